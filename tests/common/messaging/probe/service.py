"""A service without business: it says numbers and tallies those that it hears, on the kernel alone."""

from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import BigInteger, Column, Identity, Integer, MetaData, Table, Text, insert

from libs.common.cli import Service
from libs.common.db.database import Database
from libs.common.db.transaction import Transaction
from libs.common.http.app import create_app
from libs.common.messaging.envelope import Envelope
from libs.common.messaging.inbox import Handlers
from libs.common.settings import Settings
from tests.common.messaging.probe.published import CountedHeard

FOLDER = Path(__file__).parent

metadata = MetaData()
# Without any key on what was heard: a message applied twice shows as two rows.
tally = Table(
    "tally",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("aggregate_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("n", Integer, nullable=False),
)


class Refused(Exception):
    """The probe was told to fail on this number."""


class ProbeSettings(Settings):
    """`fail_on`: this number is refused, as a handler with a bug would."""

    fail_on: int = -1


def app(settings: ProbeSettings, database: Database) -> FastAPI:
    """Health alone."""
    return create_app(FOLDER, "探针", settings, database)


def handlers(settings: ProbeSettings) -> Handlers:
    """Tally what is heard."""
    heard = Handlers()

    async def count(tx: Transaction, event: CountedHeard, envelope: Envelope) -> None:
        await tx.execute(insert(tally).values(aggregate_id=envelope.aggregate_id, version=envelope.version, n=event.n))
        if event.n == settings.fail_on:
            raise Refused

    heard.on(CountedHeard, count)
    return heard


SERVICE = Service(
    name="probe",
    title="探针",
    folder=FOLDER,
    settings=ProbeSettings,
    metadata=metadata,
    app=app,
    producers=("probe",),
    handlers=handlers,
)
