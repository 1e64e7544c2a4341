"""Relay → broker → consumer between two services: each message is applied once and in order, whatever happens."""

import asyncio
import hashlib
import warnings

import pytest
from aio_pika.exceptions import AMQPException

from libs.common.db import kernel
from libs.common.messaging.rabbit import connect, open_channel
from libs.common.messaging.relay import send_batch
from libs.common.messaging.schemas import EventBreaksItsSchema
from libs.common.messaging.topology import EVENTS
from libs.common.testing.waiting import eventually
from tests.common.messaging.probe.published import Counted
from tests.common.messaging.wire import Wire


def _spoken(aggregates: int, each: int) -> list[tuple[str, int, int]]:
    return [(f"count/{a}", version, version * 10) for a in range(aggregates) for version in range(1, each + 1)]


async def test_what_is_said_is_heard_once_and_in_order(wire: Wire) -> None:
    async with wire.relaying(), wire.consuming():
        await asyncio.gather(*(wire.say(f"count/{a}", range(10, 310, 10)) for a in range(10)))
        await wire.has_heard(_spoken(10, 30))
        await eventually(wire.outbox_is_empty, "an empty outbox")
    assert await wire.count(kernel.event_log, wire.speaker) == 300
    assert await wire.count(kernel.inbox) == 300
    assert await wire.waiting(*(queue.name for queue in wire.queues)) == 0


async def test_what_was_said_while_nobody_relayed_or_listened_is_heard_later(wire: Wire) -> None:
    await wire.say("count/0", [10, 20, 30])
    async with wire.relaying():
        await eventually(wire.outbox_is_empty, "an empty outbox")
    async with wire.consuming():
        await wire.has_heard(_spoken(1, 3))


async def test_a_transaction_that_fails_says_nothing(wire: Wire) -> None:
    async def fail() -> None:
        async with wire.speaker.database.transaction() as tx:
            tx.emit(Counted(n=10), aggregate="count/0", county=wire.county)
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert await wire.outbox_is_empty()
    assert await wire.count(kernel.event_log, wire.speaker) == 0


async def test_copies_late_and_early_messages_are_applied_once_in_order(wire: Wire) -> None:
    async with wire.consuming():
        for version in (3, 1, 3, 5, 1, 2, 2, 5, 4, 1):
            await wire.publish("count/0", version, version * 10)
        await wire.has_heard(_spoken(1, 5))
        assert await wire.count(kernel.held) == 0


async def test_hundreds_of_messages_in_a_shuffled_order_with_copies_are_applied_once_in_order(wire: Wire) -> None:
    ledger = _spoken(12, 15)
    # Twice each, in an order that a digest decides: the same on every machine.
    copies = [(copy, message) for copy in (1, 2) for message in ledger]
    shuffled = [m for _, m in sorted(copies, key=lambda pair: hashlib.sha256(repr(pair).encode()).digest())]
    async with wire.consuming():
        for start in range(0, len(shuffled), 50):
            await asyncio.gather(*(wire.publish(*message) for message in shuffled[start : start + 50]))
        await wire.has_heard(ledger, seconds=60)


async def test_two_consumers_of_one_queue_apply_each_message_once(wire: Wire) -> None:
    async with wire.relaying(), wire.consuming(), wire.consuming():
        await asyncio.gather(*(wire.say(f"count/{a}", range(10, 210, 10)) for a in range(8)))
        await wire.has_heard(_spoken(8, 20))


async def test_of_two_relays_one_leads_and_the_other_takes_over(wire: Wire) -> None:
    async with wire.consuming():
        async with wire.relaying():
            await wire.say("count/0", [10])
            await wire.has_heard(_spoken(1, 1))
            async with wire.relaying():
                await wire.say("count/0", [20])
                await wire.has_heard(_spoken(1, 2))
        async with wire.relaying():
            await wire.say("count/0", [30])
            await wire.has_heard(_spoken(1, 3))


async def test_a_message_that_no_queue_takes_is_an_error_and_stays_in_the_outbox(wire: Wire) -> None:
    await wire.say("count/0", [10], county="nobody")
    connection = await connect(wire.amqp_url)
    async with connection:
        exchange = await (await open_channel(connection)).get_exchange(EVENTS, ensure=False)
        with pytest.raises(AMQPException):
            await send_batch(wire.speaker.database, exchange)
    assert await wire.count(kernel.outbox, wire.speaker) == 1


async def test_an_event_that_breaks_its_schema_is_refused_before_it_is_written(wire: Wire) -> None:
    broken = Counted(n=1).model_copy(update={"n": "one"})
    with pytest.raises(EventBreaksItsSchema, match=r"probe\.counted\.v1"):
        await _say_in_one_transaction(wire, broken)
    assert await wire.count(kernel.event_log, wire.speaker) == 0


async def _say_in_one_transaction(wire: Wire, event: Counted) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # pydantic warns of the wrong type too
        async with wire.speaker.database.transaction() as tx:
            tx.emit(event, aggregate="count/0", county=wire.county)
