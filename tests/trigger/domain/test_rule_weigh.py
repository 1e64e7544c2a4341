"""Late and out-of-order signals give the triggers that signals in order give."""

from bisect import insort
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.ids import new_id
from services.trigger.domain.changes import Changes, Counted, Fired
from services.trigger.domain.rule import Group, Rule, group_from
from services.trigger.domain.rule_reader import read_rule
from services.trigger.domain.weigh import (
    DAY,
    WHOLE,
    Around,
    Fact,
    Moment,
    Window,
    chain,
    owner_of,
    rechain,
    shares,
    when,
)

COUNTIES = ("410311", "410323")


def rule(effect: dict[str, Any] | None = None, **when: Any) -> Rule:
    return read_rule(
        {
            "id": "tried",
            "version": 1,
            "name": "试验规则",
            "article": "细则第二条",
            "source": "投诉举报",
            "when": {
                "kinds": ["投诉举报"],
                "categories": ["社会保险"],
                "group_by": ["county"],
                "at_least": 3,
                "distinct": "signal",
                "window_days": 10,
                "cool_down_days": 7,
            }
            | when,
            "effect": {
                "mode": "directed_draw",
                "item_categories": ["社会保险"],
                "urgent": False,
                "finish_within_days": 30,
            }
            | (effect or {}),
        }
    )


RULES = [
    rule(),
    rule(cool_down_days=0, at_least=2),
    rule(distinct="subject", cool_down_days=30),
    rule(distinct="complainant"),
    rule(at_least=1, points={"at_least": 6, "half_life_days": 3}),
    rule(at_least=2, county_at_least=4),
    rule(at_least=1, cool_down_days=2, industry_at_least=5),
]


@dataclass
class Ledger:
    """What the service keeps, in memory: the facts of each group and its chain, changed by one arrival at a time."""

    rule: Rule
    facts: dict[str, list[Fact]] = field(default_factory=dict)
    known: dict[str, list[Moment]] = field(default_factory=dict)
    announced: int = 0

    def arrive(self, fact: Fact) -> None:
        insort(self.facts.setdefault(fact.county, []), fact)
        every = sorted(one for facts in self.facts.values() for one in facts)
        around = Around(self.rule, every) if self.rule.gathers else None
        for county in self.facts if self.rule.gathers else (fact.county,):
            known = self.known.setdefault(county, [])
            before = len(known)
            near = [one for one in self.facts[county] if one.at > fact.at - self.rule.when.window_days * DAY]
            changed = rechain(self.rule, known, fact.moment, near, around)
            for place, firing in changed.moved.items():
                assert firing.moment <= known[place]  # a late signal only makes it earlier
                known[place] = firing.moment
            known += [firing.moment for firing in changed.new]
            self.announced += len(changed.new)
            known.sort()
            assert len(known) == len(set(known)) == before + len(changed.new)


@dataclass
class Together:
    """What the service keeps, in memory, when orders are taken in together."""

    rule: Rule
    facts: dict[str, list[Fact]] = field(default_factory=dict)
    fired: dict[str, list[Fired]] = field(default_factory=dict)
    announced: int = 0

    def arrive(self, arrived: list[Fact]) -> None:
        for fact in arrived:
            key = Group(fact.county, "", "").key
            insort(self.facts.setdefault(key, []), fact)
            self.fired.setdefault(key, [])
        every = sorted(one for facts in self.facts.values() for one in facts)
        around = Around(self.rule, every) if self.rule.gathers else None
        changes = Changes(self.rule, self.fired, datetime.min.replace(year=2, tzinfo=UTC), new_id)
        for key in sorted(self.facts):
            group = group_from(key)
            counted = [
                Counted(group, when(fact.at), fact)
                for fact in sorted(arrived)
                if self.rule.gathers or fact.county == group.county
            ]
            counting = [each for each in counted if not changes.rests(each)]
            if not counting:
                continue
            since = counting[0].fact.at - self.rule.when.window_days * DAY
            near = [fact for fact in self.facts[key] if fact.at > since]
            for each in counting:
                if not changes.rests(each):
                    changes.weigh(each, near, around)
        assert {fired.trigger_id for _, fired, _ in changes.new.values()} == set(changes.new)
        assert not changes.new.keys() & changes.moved.keys()
        self.announced += len(changes.new)


def in_order(tried: Rule, facts: list[Fact]) -> dict[str, list[Moment]]:
    around = Around(tried, facts) if tried.gathers else None
    counties = {fact.county for fact in facts}
    return {
        county: [each.moment for each in chain(tried, sorted(f for f in facts if f.county == county), around)]
        for county in counties
    }


@st.composite
def arrivals(draw: st.DrawFn) -> list[Fact]:
    made = draw(
        st.lists(
            st.tuples(
                st.integers(0, 45 * 4),  # quarters of a day, so that times meet and windows end exactly
                st.sampled_from(COUNTIES),
                st.sampled_from("CI"),
                st.integers(0, 3),
                st.sampled_from(["", "a", "b", "c", "d"]),
                st.integers(0, 4),
            ),
            max_size=40,
        )
    )
    facts = [
        Fact(quarter * DAY // 4, f"s{number:02d}", county, letter, f"firm {firm}", who, "社会保险", points)
        for number, (quarter, county, letter, firm, who, points) in enumerate(made)
    ]
    return draw(st.permutations(facts))


@pytest.mark.parametrize("tried", RULES, ids=range(len(RULES)))
@settings(max_examples=80, deadline=None)
@given(arrived=arrivals())
def test_any_order_of_arrival_gives_the_same_triggers_and_takes_none_back(tried: Rule, arrived: list[Fact]) -> None:
    ledger = Ledger(tried)
    for fact in arrived:
        ledger.arrive(fact)
    expected = in_order(tried, arrived)
    assert {county: moments for county, moments in ledger.known.items() if moments} == {
        county: moments for county, moments in expected.items() if moments
    }
    assert ledger.announced == sum(len(moments) for moments in expected.values())


@pytest.mark.parametrize("tried", RULES, ids=range(len(RULES)))
@settings(max_examples=80, deadline=None)
@given(arrived=arrivals(), sizes=st.lists(st.integers(1, 12), min_size=1))
def test_arriving_together_gives_the_same_triggers(tried: Rule, arrived: list[Fact], sizes: list[int]) -> None:
    ledger, left = Together(tried), list(arrived)
    for size in cycle(sizes):
        if not left:
            break
        ledger.arrive(left[:size])
        del left[:size]
    expected = in_order(tried, arrived)
    assert {group_from(key).county: [one.moment for one in fired] for key, fired in ledger.fired.items() if fired} == {
        county: moments for county, moments in expected.items() if moments
    }
    assert ledger.announced == sum(len(moments) for moments in expected.values())


def test_one_that_changes_nothing_hides_no_later_one_that_came_with_it() -> None:
    ledger = Together(rule(distinct="complainant"))
    facts = {
        half_days: Fact(half_days * DAY // 2, f"s{half_days:02d}", COUNTIES[0], "I", "firm", who, "社会保险", 1)
        for half_days, who in ((0, "a"), (2, "b"), (4, "c"), (20, "a"), (22, "b"), (1, "a"), (24, "c"))
    }
    ledger.arrive([facts[place] for place in (0, 2, 4, 20, 22)])
    assert ledger.announced == 1
    ledger.arrive([facts[1], facts[24]])
    assert [one.moment for fired in ledger.fired.values() for one in fired] == [facts[4].moment, facts[24].moment]


def test_thousands_in_any_order_too() -> None:
    tried = rule(window_days=5, cool_down_days=3, points={"at_least": 4, "half_life_days": 2})
    facts = [
        Fact(n * n * 7919 % (400 * DAY), f"{n:05d}", COUNTIES[n % 2], "I", f"f{n % 9}", "", "社会保险", 1 + n % 3)
        for n in range(600)
    ]
    ledger = Ledger(tried)
    for place in range(600):
        ledger.arrive(facts[place * 389 % 600])  # 389 and 600 have no common factor: each comes once
    assert ledger.known == in_order(tried, facts)


def test_a_signal_counts_for_one_trigger_and_those_of_a_rest_for_the_next_not() -> None:
    tried = rule()
    facts = [
        Fact(day * DAY, f"{day:02d}", "410311", "I", "x", "", "社会保险", 1) for day in (1, 2, 3, 4, 9, 10, 11, 12)
    ]
    first, second = chain(tried, facts)
    assert [fact.at // DAY for fact in first.facts] == [1, 2, 3]
    assert [fact.at // DAY for fact in second.facts] == [10, 11, 12]  # the rest ends on the tenth
    moments = [first.moment, second.moment]
    assert [owner_of(tried, moments, fact) for fact in facts] == [0, 0, 0, 0, 0, 1, 1, 1]


def test_the_window_is_open_where_it_begins() -> None:
    apart = [Fact(day * DAY, f"{day:02d}", "410311", "I", "x", "", "社会保险", 1) for day in (1, 2, 11)]
    assert list(chain(rule(), apart)) == []
    near = [fact._replace(at=fact.at - 1) if fact.at == 11 * DAY else fact for fact in apart]
    assert len(list(chain(rule(), near))) == 1


def test_an_anonymous_report_is_nobody_more() -> None:
    tried = rule(distinct="complainant", at_least=2)
    people = ["a", "", "", "a", "b"]
    facts = [Fact(n, f"{n}", "410311", "I", "x", who, "社会保险", 1) for n, who in enumerate(people)]
    (firing,) = chain(tried, facts)
    assert firing.counts["complainants"] == 2
    assert firing.counts["signals"] == 5


@pytest.mark.parametrize("half_life", [1, 2, 7, 30])
def test_what_is_left_of_a_point_is_exact(half_life: int) -> None:
    for day, left in enumerate(shares(half_life, 40)):
        # n ≤ 10⁶·2^(-day/h) < n + 1, raised to the power of h so that nothing is rounded
        bound = Fraction(WHOLE**half_life, 2**day)
        assert left**half_life <= bound < (left + 1) ** half_life
    assert shares(half_life, 40)[half_life] == WHOLE // 2


def test_points_fade_by_whole_days() -> None:
    tried = rule(at_least=1, points={"at_least": 6, "each": 4, "half_life_days": 2})
    window = Window(tried)
    window.add(Fact(0, "0", "410311", "I", "x", "", "社会保险", 4))
    window.add(Fact(2 * DAY, "1", "410311", "I", "x", "", "社会保险", 4))
    assert window.weight() == 6 * WHOLE
    assert window.fits()
    window.add(Fact(3 * DAY, "2", "410311", "I", "x", "", "社会保险", 0))
    assert not window.fits()


def test_outside_its_validity_a_rule_fires_never() -> None:
    tried = replace(rule(at_least=1), valid_from=date(1970, 1, 20), valid_until=date(1970, 1, 21))
    facts = [Fact(day * DAY, f"{day:02d}", "410311", "I", "x", "", "社会保险", 1) for day in (17, 19, 29)]
    assert [fact.at // DAY for firing in chain(tried, facts) for fact in firing.facts] == [17, 19]
