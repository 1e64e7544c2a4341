"""Every producer is held to its contracts by what its real use cases said while the story was played."""

import json
from typing import Any

import pytest

from tests.contracts.agreements import NAMES, PAIRS, description, hold
from tests.system.played import Played

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(600),
    # The verifier leaves the socket of its message server to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


def _said(played: Played, consumer: str, producer: str) -> dict[str, str]:
    """Of each event the longest that was said, so that its lists are not empty."""
    return {
        description(model): max((payload for _, payload in played.said[model.TYPE]), key=len)
        for model in PAIRS[consumer, producer]
    }


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
