"""Every known officer as of a commitment, and whether they can still go now (细则第五条、第十条)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import RowMapping, Select, insert, select

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from libs.common.web import ListQuery
from services.draw.domain.roll import Standing, why_not
from services.draw.store.disclosure_tables import draw_officers
from services.draw.store.tables import officers


async def standings(tx: Transaction, until: date) -> dict[str, Standing]:
    """Every known officer as registry says now, and what keeps them from inspecting until a day."""
    return {
        row["officer_id"]: why_not(
            staff_kind=row["staff_kind"],
            on_duty=row["on_duty"],
            certificate_valid_to=row["certificate_valid_to"],
            until=until,
        )
        for row in await known_officers(tx)
    }


async def known_officers(tx: Transaction) -> Sequence[RowMapping]:
    """Every officer that registry has named, able or not."""
    return await tx.all(select(officers).order_by(officers.c.officer_id))


async def keep_roll(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep who was known at the commitment of a draw, and why some were not in its roster."""
    if rows:
        await tx.execute(insert(draw_officers), list(rows))


def roll_seen_by(actor: Actor, draw_id: str, query: ListQuery) -> Select[Any]:
    """The officers of a draw; an actor of a county sees its own and the city's."""
    statement = select(draw_officers).where(draw_officers.c.draw_id == draw_id).order_by(draw_officers.c.officer_id)
    if not actor.whole_city:
        statement = statement.where(draw_officers.c.county.in_([actor.county, "410300"]))
    if value := query.value("county"):
        statement = statement.where(draw_officers.c.county == value)
    if value := query.value("able"):
        able = draw_officers.c.why_not == ""
        statement = statement.where(able if value == "yes" else ~able)
    if words := query.value("q"):
        found = draw_officers.c.name.contains(words, autoescape=True) | draw_officers.c.officer_id.startswith(
            words, autoescape=True
        )
        statement = statement.where(found)
    return statement
