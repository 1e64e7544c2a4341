"""The story, played once on a stage of its own, for all tests that look at what it left behind."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.stack import SERVICES, database_url
from deploy.local.story.progress import Progress
from deploy.local.story.story import STEPS, play
from deploy.local.story.table import Counts
from deploy.local.theatre import Theatre
from libs.common.db import kernel
from libs.common.db.database import Database, create_engine
from libs.common.messaging.envelope import Envelope
from libs.common.messaging.relay import envelope_of
from tests.system.aftermath import give_up_an_attempt, go_on
from tests.system.eavesdrop import eavesdropping
from tests.system.ledger import Ledger, everything_said_was_heard, read
from tests.system.staging import staged
from tests.system.whisper import Overheard, search_everything

Said = tuple[Envelope, str]  # with its data as JSON text


@dataclass(frozen=True)
class Played:
    """What is left after the story: counts, the ledger outside, and everything that the services have said."""

    counts: Counts
    ledger: Ledger
    said: dict[str, list[Said]]  # by event type, in order
    overheard: Overheard  # of the informants' words


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The whole story with every order and every subject of the demo, and what may come after it."""
    home = tmp_path_factory.mktemp("story")
    with staged(home) as theatre:
        yield asyncio.run(_play(theatre, home))


async def _play(theatre: Theatre, home: Path) -> Played:
    amqp_url = theatre.stack.environment("trigger")["SUNLOT_AMQP_URL"]
    async with theatre.scene(Progress(STEPS)) as scene, eavesdropping(amqp_url) as heard:
        counts = await play(scene, give_up_an_attempt)
        await everything_said_was_heard(scene)
        ledger = await read(scene)
        await go_on(scene, ledger)
        await everything_said_was_heard(scene)
        overheard = await search_everything(scene, theatre, home, heard)
    said: dict[str, list[Said]] = {}
    for service in SERVICES:
        for envelope, payload in await _said(theatre.postgres_url, service):
            said.setdefault(envelope.type, []).append((envelope, payload))
    return Played(counts, ledger, said, overheard)


async def _said(postgres_url: str, service: str) -> list[Said]:
    database = Database(create_engine(database_url(postgres_url, service), service="test", pool_size=1))
    try:
        async with database.transaction() as tx:
            rows = await tx.all(kernel.event_log.select().order_by(kernel.event_log.c.event_id))
    finally:
        await database.close()
    return [(envelope_of(row), row["payload"]) for row in rows]
