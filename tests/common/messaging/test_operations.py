"""What an operator does by hand: look at parked messages, replay, discard, send again, reconcile; and move a county."""

import asyncio
import json
from argparse import Namespace
from typing import Any

import pytest
from sqlalchemy import select

from libs.common.db import kernel
from libs.common.messaging import operations
from libs.common.messaging.rabbit import connect, open_channel
from libs.common.testing.doors import House
from libs.common.testing.waiting import eventually
from tests.common.messaging.wire import Heard, Wire


class Desk:
    """The operator's commands at one house, and what they print."""

    def __init__(self, wire: Wire, printed: pytest.CaptureFixture[str]) -> None:
        self._wire, self._printed = wire, printed

    async def run(self, house: House, command: str, **options: Any) -> list[dict[str, Any]]:
        """Run a command; its lines."""
        self._printed.readouterr()
        await operations.run(
            Namespace(command=command, **options), "probe", house.database, house.settings, self._wire.queues
        )
        return [json.loads(line) for line in self._printed.readouterr().out.splitlines() if line.startswith("{")]

    async def dlq(self, action: str, event_id: str | None = None) -> list[dict[str, Any]]:
        """`dlq ACTION [EVENT_ID]` at the listener."""
        return await self.run(self._wire.listener, "dlq", action=action, event_id=event_id)


@pytest.fixture
def desk(wire: Wire, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(wire, capsys)


async def _park_one(wire: Wire) -> str:
    """The first message of an aggregate meets a bug and is parked, the second waits for it."""
    async with wire.consuming(fail_on=13):
        event_id = await wire.publish("count/0", 1, 13)
        await wire.publish("count/0", 2, 20)
        await eventually(lambda: _parked(wire, 1), "the parked message")
        await eventually(lambda: _held(wire, 1), "the held message")
    return event_id


async def _park_later_one(wire: Wire) -> str:
    """The second message of an aggregate lies parked although the first has never come."""
    event_id = await wire.publish("count/0", 2, 20, queue=wire.queues[0])
    connection = await connect(wire.amqp_url)
    async with connection:
        source = await (await open_channel(connection)).get_queue(wire.queues[0].name, ensure=False)
        message = await source.get(timeout=10)
        await message.reject(requeue=False)
    await eventually(lambda: _parked(wire, 1), "the parked message")
    return event_id


async def test_a_parked_message_is_listed_and_shown_with_its_reason(wire: Wire, desk: Desk) -> None:
    event_id = await _park_one(wire)
    [line] = await desk.dlq("list")
    assert line["event_id"] == event_id
    assert line["reason"] == "Refused"
    assert "data" not in line
    [shown] = await desk.dlq("show", event_id)
    assert json.loads(shown["data"]) == {"n": 13}
    assert "service.py" in shown["stack"]
    assert len(await desk.dlq("list")) == 1  # looking changes nothing


async def test_a_replayed_message_is_applied_before_those_that_waited_for_it(wire: Wire, desk: Desk) -> None:
    event_id = await _park_one(wire)
    await desk.dlq("replay", event_id)
    assert await desk.dlq("list") == []
    async with wire.consuming():
        heard = await wire.has_heard([("count/0", 1, 13), ("count/0", 2, 20)])
    assert heard == [("count/0", 1, 13), ("count/0", 2, 20)]
    assert await _commands(wire.listener) == ["dlq replay"]


async def test_a_discarded_message_lets_the_later_ones_go_on(wire: Wire, desk: Desk) -> None:
    event_id = await _park_one(wire)
    await desk.dlq("discard", event_id)
    async with wire.consuming():
        await wire.has_heard([("count/0", 2, 20)])
    assert await desk.dlq("list") == []
    assert await _commands(wire.listener) == ["dlq discard"]


async def test_only_the_message_that_the_others_wait_for_is_discarded(wire: Wire, desk: Desk) -> None:
    event_id = await _park_later_one(wire)
    with pytest.raises(SystemExit, match="更早的消息"):
        await desk.dlq("discard", event_id)
    assert [line["event_id"] for line in await desk.dlq("list")] == [event_id]


async def test_discard_needs_an_event_id(wire: Wire, desk: Desk) -> None:
    with pytest.raises(SystemExit, match="事件编号"):
        await desk.dlq("discard")


async def test_republishing_everything_changes_nothing_that_was_heard(wire: Wire, desk: Desk) -> None:
    ledger = [(f"count/{a}", version, version * 10) for a in range(3) for version in range(1, 6)]
    async with wire.relaying(), wire.consuming():
        await asyncio.gather(*(wire.say(f"count/{a}", range(10, 60, 10)) for a in range(3)))
        await wire.has_heard(ledger)
        [line] = await _republish(wire, desk)
        assert line["sent_again"] == 15
        await eventually(wire.outbox_is_empty, "an empty outbox")
        await wire.say("count/0", [60])
        await wire.has_heard([*ledger, ("count/0", 6, 60)])


async def test_a_new_consumer_learns_the_past_by_republishing(wire: Wire, desk: Desk) -> None:
    await wire.say("count/0", [10, 20])
    async with wire.relaying():
        await eventually(wire.outbox_is_empty, "an empty outbox")
    for queue in wire.queues:  # what was delivered is lost, as with a broker's disk
        await _purge(wire, queue.name)
    async with wire.relaying(), wire.consuming():
        await wire.say("count/0", [30])
        await eventually(lambda: _held(wire, 1), "the third message held")
        await _republish(wire, desk)
        await wire.has_heard([("count/0", 1, 10), ("count/0", 2, 20), ("count/0", 3, 30)])


async def test_reconcile_counts_what_was_said_and_what_was_heard_alike(wire: Wire, desk: Desk) -> None:
    async with wire.relaying(), wire.consuming():
        await wire.say("count/0", [10, 20])
        await wire.say("count/1", [10], county=wire.groups["all"][1])
        await wire.has_heard([("count/0", 1, 10), ("count/0", 2, 20), ("count/1", 1, 10)])
    said = await desk.run(wire.speaker, "reconcile", heard=False)
    heard = await desk.run(wire.listener, "reconcile", heard=True)
    assert said == heard
    assert sorted((line["county"], line["events"]) for line in said) == sorted(
        zip(wire.groups["all"], (2, 1), strict=True)
    )


async def test_a_county_moves_to_its_own_queue_while_it_speaks_and_nothing_is_lost(wire: Wire) -> None:
    first, moving = wire.groups["all"]
    stop_speaking = asyncio.Event()
    spoken: list[Heard] = []

    async def speak() -> None:
        while not stop_speaking.is_set():
            version = len(spoken) // 2 + 1
            for county in (first, moving):
                await wire.say(f"count/{county}", [version], county)
                spoken.append((f"count/{county}", version, version))

    async with wire.relaying(), wire.consuming():
        speaking = asyncio.create_task(speak())
        await eventually(lambda: _as_many(spoken, 40), "the first messages")
        wire.groups = {"all": [first], "own": [moving]}
        await wire.declare()
        before = len(spoken)
        await eventually(lambda: _as_many(spoken, before + 40), "messages after the move")
        async with wire.consuming(groups=["own"]):
            stop_speaking.set()
            await speaking
            await wire.has_heard(spoken)
    assert await wire.waiting(*(queue.name for queue in wire.queues)) == 0


async def _republish(wire: Wire, desk: Desk) -> list[dict[str, Any]]:
    return await desk.run(wire.speaker, "events", action="republish", county=None, event_type=None, aggregate=None)


async def _purge(wire: Wire, name: str) -> None:
    connection = await connect(wire.amqp_url)
    async with connection:
        channel = await connection.channel()
        await (await channel.get_queue(name, ensure=False)).purge()


async def _commands(house: House) -> list[str]:
    async with house.database.transaction() as tx:
        return [row["command"] for row in await tx.all(select(kernel.operator_log).order_by(kernel.operator_log.c.id))]


async def _parked(wire: Wire, expected: int) -> bool:
    return await wire.parked() == expected


async def _held(wire: Wire, expected: int) -> bool:
    return await wire.count(kernel.held) == expected


async def _as_many(spoken: list[Heard], number: int) -> bool:
    return len(spoken) >= number
