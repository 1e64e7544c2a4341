"""What a bad message, a bug in a handler, a lost network, database or process cost: time, and nothing else."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from libs.common.db import kernel
from libs.common.db.database import Database, create_engine
from libs.common.messaging.rabbit import PASSING, connect, open_channel
from libs.common.messaging.relay import send_batch
from libs.common.messaging.topology import DEAD, EVENTS, RETRY_DELAYS
from libs.common.testing.doors import PUBLIC_KEY, House, json_key
from libs.common.testing.waiting import eventually
from tests.common.messaging.proxy import Line
from tests.common.messaging.wire import Wire
from tests.conftest import ROOT


async def test_what_cannot_be_read_is_parked_and_blocks_nobody(wire: Wire) -> None:
    async with wire.consuming():
        await wire.publish("count/0", 1, 10)
        await wire.publish_raw(b"{}", {"from": "elsewhere"}, f"probe.counted.v1.{wire.county}")
        await wire.publish("count/1", 1, b'{"n": "not a number"}')
        await wire.publish("count/2", 1, b"\xff\x00")
        await wire.publish("count/0", 2, 20)
        await wire.publish("count/3", 1, 10)
        await wire.has_heard([("count/0", 1, 10), ("count/0", 2, 20), ("count/3", 1, 10)])
        await eventually(lambda: _parked(wire, 3), "three parked messages")


async def test_a_handler_that_failed_is_tried_again_and_later_messages_of_the_aggregate_wait(wire: Wire) -> None:
    await wire.publish("count/0", 1, 13)
    await wire.publish("count/0", 2, 20)
    await wire.publish("count/1", 1, 10)
    async with wire.consuming(fail_on=13):
        await wire.has_heard([("count/1", 1, 10)])
        await eventually(lambda: _some_held(wire), "the second message held")
    async with wire.consuming():  # the bug is mended
        await wire.has_heard([("count/1", 1, 10), ("count/0", 1, 13), ("count/0", 2, 20)])
    assert await wire.parked() == 0


async def test_a_handler_that_always_fails_parks_its_message_after_every_delay(wire: Wire) -> None:
    async with wire.consuming(fail_on=13):
        await wire.publish("count/0", 1, 13)
        await wire.publish("count/0", 2, 20)
        await eventually(lambda: _parked(wire, 1), "the parked message")
        await wire.publish("count/1", 1, 10)
        await wire.has_heard([("count/1", 1, 10)])
    assert await wire.count(kernel.held) == 1  # the second waits for what an operator decides


async def test_of_many_that_were_held_one_that_fails_holds_up_no_other(wire: Wire) -> None:
    names = [f"count/{a}" for a in range(6)]
    early = [(name, version, 13 if (name, version) == ("count/3", 2) else 10) for name in names for version in (3, 2)]
    async with wire.consuming(fail_on=13):
        for message in early:
            await wire.publish(*message)
        await eventually(lambda: _held(wire, len(early)), "all of them held")
        for name in names:
            await wire.publish(name, 1, 10)
        fine = [message for message in early if message[0] != "count/3"]
        await wire.has_heard([*fine, *((name, 1, 10) for name in names)])
        await eventually(lambda: _parked(wire, 1), "the parked message")
    assert await wire.count(kernel.held) == 1, "what follows it waits for what an operator decides"


async def test_the_delays_are_those_that_operators_know() -> None:
    assert list(RETRY_DELAYS.values()) == [5_000, 30_000, 300_000, 1_800_000]
    assert DEAD == "sunlot.dead"


async def test_a_relay_killed_between_publish_and_delete_sends_twice_and_it_is_applied_once(
    wire: Wire, tmp_path: Path
) -> None:
    await wire.say("count/0", [10, 20, 30])
    expected = [("count/0", 1, 10), ("count/0", 2, 20), ("count/0", 3, 30)]
    engine = wire.speaker.database.engine
    async with wire.consuming():
        async with engine.connect() as blocker, blocker.begin():
            # Reading goes on, deleting waits: the relay stands exactly between confirm and delete.
            await blocker.execute(text("lock table outbox in share row exclusive mode"))
            async with _process(wire, wire.speaker, "relay", tmp_path) as process:
                await wire.has_heard(expected)
                process.send_signal(signal.SIGKILL)
                await process.wait()
        assert await wire.count(kernel.outbox, wire.speaker) == 3
        async with wire.relaying():
            await eventually(wire.outbox_is_empty, "an empty outbox")
            await wire.say("count/0", [40])
            await wire.has_heard([*expected, ("count/0", 4, 40)])
    assert await wire.count(kernel.inbox) == 4


async def test_when_the_way_to_the_broker_breaks_everything_goes_on_afterwards(wire: Wire) -> None:
    line = Line(wire.amqp_url)
    await line.mend()
    async with wire.relaying(line.url), wire.consuming(amqp_url=line.url):
        for turn in range(3):
            await wire.say("count/0", [turn * 20 + 10])
            await line.cut()
            await wire.say("count/0", [turn * 20 + 20])
            await line.mend()
        await wire.has_heard([("count/0", version, version * 10) for version in range(1, 7)])
    await line.cut()


async def test_a_channel_that_was_lost_while_nothing_was_said_is_no_reason_to_end(wire: Wire) -> None:
    line = Line(wire.amqp_url)
    await line.mend()
    channel = await open_channel(await connect(line.url))
    exchange = await channel.get_exchange(EVENTS, ensure=False)
    await line.cut()
    await asyncio.wait_for(channel.closed(), 10)
    await wire.say("count/0", [10])
    with pytest.raises(PASSING):  # what `supervise` begins again after
        await send_batch(wire.speaker.database, exchange)
    assert not await wire.outbox_is_empty()


async def test_a_relay_whose_session_was_ended_leads_again(wire: Wire) -> None:
    async with wire.relaying(), wire.consuming():
        await wire.say("count/0", [10])
        await wire.has_heard([("count/0", 1, 10)])
        async with wire.speaker.database.engine.connect() as other:
            others = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
            await other.execute(text(f"select pg_terminate_backend(pid) {others}"))
        await wire.say("count/0", [20])
        await wire.has_heard([("count/0", 1, 10), ("count/0", 2, 20)])


async def test_a_relay_that_stops_lets_the_next_one_lead(wire: Wire) -> None:
    async with wire.consuming():
        for turn in (1, 2):
            async with wire.relaying():
                await wire.say("count/0", [turn])
                await wire.has_heard([("count/0", version, version) for version in range(1, turn + 1)])


async def test_a_value_that_no_column_takes_delays_its_own_message_only(wire: Wire) -> None:
    async with wire.consuming():
        await wire.publish("count/0", 2**40, 10)
        await wire.publish("count/1", 1, 10)
        await wire.has_heard([("count/1", 1, 10)])
        await eventually(lambda: _parked(wire, 1), "the parked message")


async def test_what_waits_for_the_broker_is_counted_while_it_is_away(wire: Wire) -> None:
    line = Line(wire.amqp_url)
    await line.mend()
    await line.cut()
    await wire.say("count/0", [10, 20, 30])

    async def counted() -> bool:
        return REGISTRY.get_sample_value("sunlot_outbox_waiting") == 3

    async with wire.relaying(line.url):
        await eventually(counted, "three messages that wait")


async def test_when_the_database_goes_away_nothing_is_parked_and_it_resumes(wire: Wire) -> None:
    line = Line(wire.listener.settings.database_url)
    await line.mend()
    behind = Database(create_engine(line.url, service="probe", pool_size=3))
    async with wire.relaying(), wire.consuming(database=behind):
        await wire.say("count/0", [10])
        await wire.has_heard([("count/0", 1, 10)])
        await line.cut()
        await wire.say("count/0", [20, 30])
        await eventually(wire.outbox_is_empty, "an empty outbox")
        await line.mend()
        await wire.has_heard([("count/0", version, version * 10) for version in (1, 2, 3)])
    assert await wire.parked() == 0
    await behind.close()
    await line.cut()


async def test_a_consumer_killed_in_the_middle_leaves_no_half_and_no_copy(wire: Wire, tmp_path: Path) -> None:
    await asyncio.gather(*(wire.say(f"count/{a}", range(10, 260, 10)) for a in range(8)))
    ledger = [(f"count/{a}", version, version * 10) for a in range(8) for version in range(1, 26)]
    async with wire.relaying():
        await eventually(wire.outbox_is_empty, "an empty outbox")
    for _ in range(3):
        async with _process(wire, wire.listener, "consume", tmp_path) as process:
            before = len(await wire.heard())
            await eventually(partial(_more_than, wire, before), "some progress", seconds=30)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        if len(await wire.heard()) == len(ledger):
            break
    async with wire.consuming():
        await wire.has_heard(ledger)


async def _parked(wire: Wire, expected: int) -> bool:
    return await wire.parked() == expected


async def _held(wire: Wire, expected: int) -> bool:
    return await wire.count(kernel.held) == expected


async def _some_held(wire: Wire) -> bool:
    return await wire.count(kernel.held) > 0


async def _more_than(wire: Wire, start: int) -> bool:
    return len(await wire.heard()) > start


@asynccontextmanager
async def _process(wire: Wire, house: House, command: str, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    counties = folder / "counties.toml"
    groups = [f"{group} = {codes}" for group, codes in wire.groups.items()]
    counties.write_text("\n".join(["[groups]", *groups]), "utf-8")
    environment = {
        **os.environ,
        "PROBE_NAME": wire.consumer_name,
        "SUNLOT_COUNTIES_FILE": str(counties),
        "SUNLOT_DATABASE_URL": house.settings.database_url,
        "SUNLOT_AMQP_URL": wire.amqp_url,
        "SUNLOT_SESSION_PUBLIC_KEY": json_key(PUBLIC_KEY),
        "SUNLOT_LOG_LEVEL": "warning",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.common.messaging.probe", command, cwd=ROOT, env=environment
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
