"""Every producer is held to its contracts by what its real use cases said while the story was played."""

import json
from typing import Any

import pytest

from tests.architecture.services import ALL_PUBLISHED
from tests.architecture.test_events import example
from tests.contracts.agreements import NAMES, PAIRS, description, hold
from tests.system.played import Played

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(600),
    # The verifier leaves the socket of its message server to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


# What the story on real processes does not come to, and who holds it to its model instead.
UNSTAGED = {
    "draw.case_extended": "tests/system/test_one_visit.py plays two tasks of the same firms through all services",
    "draw.seal_opened": "tests/draw/test_seal.py opens a sealed draw",
    "inspection.extension_refused": "tests/system/test_one_visit.py lets a visit begin before a task would join it",
}


def _said(played: Played, consumer: str, producer: str) -> dict[str, str]:
    """Of each event the longest that was said, so that its lists are not empty."""
    return {description(model): _longest(played, model.TYPE) for model in PAIRS[consumer, producer]}


def _longest(played: Played, kind: str) -> str:
    if kind in UNSTAGED:
        return json.dumps(example(ALL_PUBLISHED[kind], "valid"))
    return max((payload for _, payload in played.said[kind]), key=len)


def test_what_is_said_to_be_unstaged_is_not_in_the_story(played: Played) -> None:
    assert set(UNSTAGED).isdisjoint(played.said)


@pytest.mark.parametrize(("consumer", "producer"), sorted(PAIRS), ids=NAMES)
def test_a_producer_says_what_its_consumer_needs(consumer: str, producer: str, played: Played) -> None:
    hold(consumer, producer, _said(played, consumer, producer)).verify()


@pytest.mark.parametrize(
    ("consumer", "producer", "field"),
    [("draw", "registry", "credit_class"), ("trigger", "draw", "trigger_ids"), ("publicity", "inspection", "uscc")],
)
def test_a_broken_field_is_found_by_its_name(consumer: str, producer: str, field: str, played: Played) -> None:
    said = {
        name: json.dumps(_without(json.loads(text), field)) for name, text in _said(played, consumer, producer).items()
    }
    verifier = hold(consumer, producer, said)
    with pytest.raises(RuntimeError, match="verifier"):
        verifier.verify()
    assert f"missing the following keys: {field}" in verifier.output(strip_ansi=True)


def _without(value: Any, field: str) -> Any:
    if isinstance(value, dict):
        return {name: _without(part, field) for name, part in value.items() if name != field}
    if isinstance(value, list):
        return [_without(part, field) for part in value]
    return value
