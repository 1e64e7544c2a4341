"""The rows of a pool as PostgreSQL copies them out: the very bytes of a pool file, a row a subject, by code."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from sqlalchemy import ColumnElement, Select, case, literal, select, text

from libs.common.db.transaction import Transaction
from services.draw.domain.rule import Filter
from services.draw.store.reference import filtered
from services.draw.store.tables import subjects

AHEAD = 64  # pieces of about 8 kB on their way


def pool_statement(filter_: Filter, excluded: ColumnElement[str]) -> Select[Any]:
    """The seven columns of a pool; whoever may not be drawn has the reason's code where others have 1."""
    may = case((excluded == "", literal("1")), else_=excluded)
    columns = (
        subjects.c.uscc,
        subjects.c.county,
        subjects.c.industry,
        subjects.c.scale,
        subjects.c.enterprise_type,
        subjects.c.credit_class,
        may.label("may"),
    )
    # By bytes, since the database collates so (C); whoever checks the sheets would notice if it did not.
    return filtered(select(*columns), filter_).order_by(subjects.c.uscc)


async def expected_rows(tx: Transaction, statement: Select[Any]) -> int:
    """How many rows PostgreSQL expects; a guess, for a bar that people look at."""
    plan = await tx.scalar(text("explain (format json) " + _literal(tx, statement)))
    return int((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])


async def copy_out(tx: Transaction, statement: Select[Any]) -> AsyncIterator[bytes]:
    """The rows as bytes, in pieces that end anywhere, while PostgreSQL still looks for the next.

    One COPY sees one state of the table, whatever is written meanwhile.
    """
    raw = (await tx.connection.get_raw_connection()).driver_connection
    assert raw is not None  # noqa: S101 - the transaction is open
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue(AHEAD)

    async def copy() -> None:
        try:
            await raw.copy_from_query(_literal(tx, statement), output=pieces.put)
        finally:
            await pieces.put(None)

    copying = asyncio.create_task(copy())
    try:
        while (piece := await pieces.get()) is not None:
            yield piece
        await copying
    finally:
        copying.cancel()
        with suppress(asyncio.CancelledError):
            await copying


def _literal(tx: Transaction, statement: Select[Any]) -> str:
    """The statement with its values written out, since COPY takes no parameters; SQLAlchemy quotes them."""
    dialect = tx.connection.dialect
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
