"""The story, played once on a stage of its own, for all tests that look at what it left behind."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from deploy.local.story.progress import Progress
from deploy.local.story.story import STEPS, play
from deploy.local.story.table import Counts
from deploy.local.theatre import Theatre
from tests.system.ledger import Ledger, everything_said_was_heard, read
from tests.system.staging import staged


@dataclass(frozen=True)
class Played:
    """The stage after the story, still up."""

    theatre: Theatre
    counts: Counts
    ledger: Ledger


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The whole story with every order and every subject of the demo."""
    with staged(tmp_path_factory.mktemp("story")) as theatre:
        counts, ledger = asyncio.run(_play(theatre))
        yield Played(theatre, counts, ledger)


async def _play(theatre: Theatre) -> tuple[Counts, Ledger]:
    async with theatre.scene(Progress(STEPS)) as scene:
        counts = await play(scene)
        await everything_said_was_heard(scene)
        return counts, await read(scene)
