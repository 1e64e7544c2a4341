"""Each service is killed in the middle of every step, again and again: nothing is lost and nothing is doubled."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest

from deploy.local.processes import Processes
from deploy.local.stack import SERVICES
from deploy.local.story.progress import Progress
from deploy.local.story.story import STEPS, play
from deploy.local.theatre import Theatre
from tests.system.ledger import everything_said_was_heard, nothing_lost_nothing_doubled, read
from tests.system.staging import staged

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

# The services that work on each step; the story's own requests set the moment, so that it is always in the middle.
BUSY = {
    2: ("trigger",),
    3: ("trigger", "draw"),
    4: ("draw", "publicity", "draw"),
    5: ("inspection", "registry", "inspection"),
    6: ("publicity", "inspection"),
    7: ("publicity",),
    8: ("trigger",),
}
EVERY = 3  # requests between two kills in one step


class Executioner(Progress):
    """Kills what a step is busy with while its requests are on their way, and starts it again at once."""

    def __init__(self, processes: Processes) -> None:
        super().__init__(STEPS)
        self._processes = processes
        self._condemned: list[str] = []
        self._at, self._requests = 0, 0
        self.killed: Counter[str] = Counter()
        self.at_work: set[asyncio.Task[None]] = set()

    def step(self, title: str) -> None:
        """The next step begins, with its list of who is to fall."""
        super().step(title)
        self._at, self._requests = self._at + 1, 0
        self._condemned = list(BUSY.get(self._at, ()))

    async def on_request(self, request: httpx.Request) -> None:
        """Called before each request to the gateway: some never see an answer."""
        if not self._condemned or request.url.path.endswith("/sessions"):
            return
        self._requests += 1
        if self._requests % EVERY == 0:
            task = asyncio.create_task(asyncio.to_thread(self._kill, self._condemned.pop(0)))
            self.at_work.add(task)

    def _kill(self, service: str) -> None:
        self._processes.kill(service)
        self._processes.restart(service)
        self.killed[service] += 1


def test_killing_each_service_in_every_step_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with staged(tmp_path) as theatre:
        asyncio.run(_play(theatre))


async def _play(theatre: Theatre) -> None:
    executioner = Executioner(theatre.stack.processes)
    async with theatre.scene(executioner, subjects=6_000, on_request=executioner.on_request) as scene:
        counts = await play(scene)
        await asyncio.gather(*executioner.at_work)
        assert set(executioner.killed) == set(SERVICES), "each was to be killed at least once"
        await everything_said_was_heard(scene)
        ledger = await read(scene)
    nothing_lost_nothing_doubled(ledger)
    assert counts.signals == 60
    assert counts.drawn == counts.inspected == counts.published == counts.mirrored > 0
