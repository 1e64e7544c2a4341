"""Whether everything that a service has said has been heard: its event log against the inboxes of the others."""

from __future__ import annotations

import importlib
from collections import Counter

from deploy.local.stack import SERVICES, database_url
from libs.common.cli import Service
from libs.common.db.database import Database, create_engine
from libs.common.messaging.operations import count

Counted = Counter[tuple[str, str]]  # (county, type) → events


def consumers_of(producer: str) -> list[str]:
    """Which services hear `producer`, by their composition roots."""
    found = []
    for name in SERVICES:
        service: Service = importlib.import_module(f"services.{name}.app").SERVICE
        if producer in service.producers:
            found.append(name)
    return found


async def all_have_heard(postgres_url: str, producer: str) -> bool:
    """Whether every consumer has applied every event of `producer`, as the command `reconcile` counts them."""
    said = await _counted(postgres_url, producer, producer, heard=False)
    return all([await _counted(postgres_url, name, producer, heard=True) == said for name in consumers_of(producer)])


async def _counted(postgres_url: str, service: str, producer: str, *, heard: bool) -> Counted:
    database = Database(create_engine(database_url(postgres_url, service), service="reconcile", pool_size=1))
    try:
        lines = await count(database, heard=heard)
    finally:
        await database.close()
    return Counter(
        {(line["county"], line["type"]): line["events"] for line in lines if line["type"].startswith(f"{producer}.")}
    )
