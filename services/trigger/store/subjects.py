"""Subjects as registry last told them: a read model, never changed here."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import RowMapping, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db import Transaction
from services.trigger.domain.matching import ATTRIBUTES, Known
from services.trigger.store.tables import subjects

_STATE = ("version", "name", "name_key", "county", "industry", "live", *ATTRIBUTES)


def _known(row: RowMapping) -> Known:
    return Known(row["uscc"], row["name"], row["county"], row["industry"], row["live"], _attributes(row))


def _attributes(row: RowMapping) -> dict[str, str | int]:
    """What rules may ask about a subject."""
    return {name: row[name] for name in ATTRIBUTES}


async def keep(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Take over each state that is newer than what is known."""
    statement = upsert(subjects)
    new = statement.excluded
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["uscc"],
            set_={name: new[name] for name in _STATE},
            where=subjects.c.version < new.version,
        ),
        sorted(rows, key=lambda row: str(row["uscc"])),
    )


async def load(tx: Transaction, uscc: str) -> Known | None:
    """The subject with this code, or None."""
    row = await tx.first(select(subjects).where(subjects.c.uscc == uscc))
    return _known(row) if row else None


async def named(tx: Transaction, usccs: Iterable[str]) -> dict[str, str]:
    """The names of these subjects."""
    rows = await tx.all(select(subjects.c.uscc, subjects.c.name).where(subjects.c.uscc.in_(list(usccs))))
    return {row["uscc"]: row["name"] for row in rows}


async def found_by(tx: Transaction, uscc: str, key: str) -> list[Known]:
    """The subjects with this code or this name key."""
    conditions = [subjects.c.name_key == key] if key else []
    if uscc:
        conditions.append(subjects.c.uscc == uscc)
    if not conditions:
        return []
    return [_known(row) for row in await tx.all(select(subjects).where(or_(*conditions)).order_by(subjects.c.uscc))]


async def of_county(tx: Transaction, county: str | None) -> list[Known]:
    """Every subject of a county, or of the city when the county is not known."""
    statement = select(subjects)
    if county is not None:
        statement = statement.where(subjects.c.county == county)
    return [_known(row) for row in await tx.all(statement)]
