"""Salts handed out and views of secrets: appended, never changed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, Select, Table, func, insert, select

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from libs.common.web import ListQuery
from services.draw.store.disclosure_tables import handed_salts, secret_views
from services.draw.store.tables import subjects


async def _append(tx: Transaction, table: Table, draw_id: str, values: Mapping[str, Any]) -> int:
    # One after the other for a draw, so that numbers have no gap and no two are the same.
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{table.name}/{draw_id}", 0))))
    last = await tx.scalar(select(func.max(table.c.n)).where(table.c.draw_id == draw_id))
    n = int(last or 0) + 1
    await tx.execute(insert(table).values(draw_id=draw_id, n=n, **values))
    return n


async def add_handed(tx: Transaction, draw_id: str, values: Mapping[str, Any]) -> int:
    """Keep that a salt was handed out; the number of the record."""
    return await _append(tx, handed_salts, draw_id, values)


async def add_view(tx: Transaction, draw_id: str, values: Mapping[str, Any]) -> int:
    """Keep that somebody looked at a secret."""
    return await _append(tx, secret_views, draw_id, values)


async def handed(tx: Transaction, draw_id: str, n: int) -> RowMapping | None:
    """One handing out."""
    return await tx.first(_handed().where(handed_salts.c.draw_id == draw_id, handed_salts.c.n == n))


def _handed() -> Select[Any]:
    return select(*handed_salts.c, func.coalesce(subjects.c.name, "").label("name")).outerjoin(
        subjects, subjects.c.uscc == handed_salts.c.uscc
    )


def handed_seen_by(actor: Actor, draw_id: str, query: ListQuery) -> Select[Any]:
    """Salts of a draw that were handed out, the newest first; an actor of a county sees its own firms."""
    statement = _handed().where(handed_salts.c.draw_id == draw_id).order_by(handed_salts.c.n.desc())
    if not actor.whole_city:
        statement = statement.where(handed_salts.c.county == actor.county)
    if words := query.value("q"):
        found = handed_salts.c.uscc.startswith(words, autoescape=True) | handed_salts.c.given_to.contains(
            words, autoescape=True
        )
        statement = statement.where(found)
    return statement


async def views_of(tx: Transaction, draw_id: str) -> list[RowMapping]:
    """Who looked at a draw's secrets, the newest first; at most two hundred."""
    statement = select(secret_views).where(secret_views.c.draw_id == draw_id).order_by(secret_views.c.n.desc())
    return list(await tx.all(statement.limit(200)))
