"""Every consumer states what it needs of each event; its real handler takes a message that holds no more than that."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from libs.common import clock
from libs.common.cli import Service
from libs.common.errors import NotFound
from libs.common.ids import new_id
from libs.common.messaging.envelope import Envelope, Received
from libs.common.messaging.inbox import Outcome, receive
from libs.common.testing.doors import House
from tests.architecture.services import ALL_PUBLISHED, SERVICES
from tests.architecture.test_events import example
from tests.conftest import MakeHouse
from tests.contracts.agreements import NAMES, PAIRS, description, draft, interactions, pact_file
from tests.contracts.shape import with_nothing

# What these tell is about something of the consumer's own, which an empty house does not have.
ABOUT_OUR_OWN = {
    ("draw", "publicity.entry_logged"),
    ("inspection", "publicity.result_published"),
    ("publicity", "inspection.follow_up_closed"),
}
CONSUMERS: dict[str, Service] = {service.name: service for service in SERVICES}


@pytest.mark.parametrize(("consumer", "producer"), sorted(PAIRS), ids=NAMES)
def test_the_checked_in_contract_is_what_the_consumer_needs(consumer: str, producer: str, tmp_path: Path) -> None:
    pact = draft(consumer, producer)
    models = {description(model): model for model in PAIRS[consumer, producer]}
    taken: list[str] = []

    def take(body: str | bytes | None, _metadata: dict[str, object]) -> None:
        data = json.loads(body or b"")
        fitting = [name for name, model in models.items() if _fits(model, data)]
        assert fitting, data
        taken.extend(fitting)

    pact.verify(take, kind="Async")
    assert set(taken) == set(models)
    pact.write_file(tmp_path, overwrite=True)
    written = next(tmp_path.glob("*.json"))
    assert interactions(pact_file(consumer, producer)) == interactions(written), "run python -m tests.contracts.write"


def _fits(model: type[Received], data: Any) -> bool:
    try:
        model.model_validate(with_nothing(model, data))
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(("consumer", "producer"), sorted(PAIRS), ids=NAMES)
async def test_the_real_handlers_take_the_producers_examples(
    consumer: str, producer: str, make_house: MakeHouse
) -> None:
    house = await make_house(CONSUMERS[consumer])
    for number, model in enumerate(PAIRS[consumer, producer]):
        payload = json.dumps(example(ALL_PUBLISHED[model.TYPE], "valid")).encode()
        envelope = Envelope(
            event_id=new_id(), type=model.TYPE, major=model.MAJOR, aggregate_id=f"example/{number}", version=1,
            county="410329", occurred_at=clock.now(), correlation_id="contract", causation_id=None,
        )  # fmt: skip
        asks = pytest.raises(NotFound) if (consumer, model.TYPE) in ABOUT_OUR_OWN else nullcontext()
        with asks:
            assert await _hear(house, envelope, payload) is Outcome.APPLIED, model.TYPE


async def _hear(house: House, envelope: Envelope, payload: bytes) -> Outcome:
    async with house.database.transaction() as tx:
        tx.cause = envelope
        return await receive(
            tx, house.service.handlers(house.settings), envelope, payload, queue="", headers=envelope.headers()
        )
