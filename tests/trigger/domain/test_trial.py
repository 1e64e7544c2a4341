"""A back-test fires what the intake would have fired, in one pass over the history."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.trigger.domain.rule import Rule
from services.trigger.domain.trial import Trial
from services.trigger.domain.weigh import Fact, Moment
from tests.trigger.domain.test_rule_weigh import RULES, arrivals, in_order


@pytest.mark.parametrize("tried", RULES, ids=range(len(RULES)))
@settings(max_examples=60, deadline=None)
@given(arrived=arrivals(), portion=st.integers(1, 7))
def test_a_trial_fires_as_in_order_however_the_history_is_cut(tried: Rule, arrived: list[Fact], portion: int) -> None:
    facts, trial = sorted(arrived), Trial(tried)
    for start in range(0, len(facts), portion):
        trial.take(facts[start : start + portion])
    found: dict[str, list[Moment]] = {fact.county: [] for fact in facts}
    for key, firing in trial.firings:
        found[key.partition("|")[0]].append(firing.moment)
    assert found == in_order(tried, facts)
    assert trial.taken == len(facts)
