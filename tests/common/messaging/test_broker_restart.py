"""The broker falls in the middle of everything and comes back: nothing is lost, nothing is applied twice."""

import asyncio
import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.local.machine import State
from deploy.local.rabbitmq import RabbitMQ, answers
from libs.common.testing.waiting import eventually
from tests.common.messaging.probe.service import SERVICE, tally
from tests.common.messaging.wire import Heard, Wire
from tests.conftest import ROOT, MakeHouse

AHEAD = 200  # messages that may be said and not heard
TIME_OF_A_FALL = 120  # seconds


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RabbitMQ]:
    """A broker of this test's own, since the shared one must not fall."""
    (tmp_path / "log").mkdir()
    own = RabbitMQ(tmp_path, State.load(tmp_path / "servers.json"), unpacked=ROOT / ".local" / "packages")
    own.start()
    yield own
    own.stop()


@pytest.mark.timeout(180)
async def test_a_broker_killed_and_started_again_loses_and_doubles_nothing(
    broker: RabbitMQ, make_house: MakeHouse
) -> None:
    county = f"c{secrets.token_hex(3)[:5]}"
    wire = Wire(await make_house(SERVICE), await make_house(SERVICE), broker.url, {"all": [county]})
    await wire.declare()
    stop_speaking = asyncio.Event()
    spoken: list[Heard] = []

    async def speak() -> None:
        while not stop_speaking.is_set():
            # Never far ahead: a listener that shares our loop would not work through a backlog in time.
            if len(spoken) % AHEAD == 0:
                await eventually(
                    lambda: _not_far_behind(wire, len(spoken)), "a listener that keeps up", seconds=TIME_OF_A_FALL
                )
            spoken.append(("count/0", len(spoken) + 1, len(spoken)))
            await wire.say("count/0", [spoken[-1][2]])

    async with wire.relaying(), wire.consuming():
        speaking = asyncio.create_task(speak())
        # RabbitMQ 3.10 loses confirmed messages of a quorum queue that is younger than two seconds.
        old_enough = asyncio.get_running_loop().time() + 10
        await eventually(
            lambda: _has_worked(wire, 500, until=old_enough), "a queue that has worked for a while", seconds=60
        )
        pid = broker.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: _is_gone(broker), "the broker's end", seconds=20)
        await asyncio.to_thread(broker.start)
        after = len(spoken)
        await eventually(lambda: _is_older(wire, after), "what was said after the fall", seconds=60)
        stop_speaking.set()
        await speaking
        await wire.has_heard(spoken, seconds=60)


async def _is_gone(broker: RabbitMQ) -> bool:
    return not await asyncio.to_thread(answers, urlsplit(broker.url).port or 0)


async def _has_worked(wire: Wire, messages: int, *, until: float) -> bool:
    return asyncio.get_running_loop().time() > until and await _is_older(wire, messages)


async def _is_older(wire: Wire, messages: int) -> bool:
    return await wire.count(tally) > messages


async def _not_far_behind(wire: Wire, spoken: int) -> bool:
    return await wire.count(tally) + AHEAD >= spoken
