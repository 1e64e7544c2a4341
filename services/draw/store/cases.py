"""Cases handed to units, and what became of them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, or_, select, update

from libs.common.db.transaction import Transaction
from services.draw.store.ceremony import to_be_seen
from services.draw.store.tables import case_tasks, cases


async def add_cases(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what was dispatched."""
    await tx.execute(insert(cases), rows)


async def cases_of_draw(tx: Transaction, draw_id: str) -> Sequence[RowMapping]:
    """The cases of a draw in ticket order."""
    return await tx.all(select(cases).where(cases.c.draw_id == draw_id).order_by(cases.c.case_id))


async def assignments_since(tx: Transaction, since: datetime) -> dict[str, int]:
    """How many cases each officer was given since a moment, by public number; of sealed draws once they are opened."""
    officer = func.jsonb_array_elements_text(cases.c.officers).label("officer")
    counted = (cases.c.dispatched_at >= since, cases.c.withdrawn.is_(None), to_be_seen(cases))
    given = select(officer).where(*counted).subquery()
    rows = await tx.all(select(given.c.officer, func.count().label("number")).group_by(given.c.officer))
    return {row["officer"]: row["number"] for row in rows}


async def first_end(tx: Transaction, draw_id: str) -> date | None:
    """The day on which the first inspection of a draw ended, in a case of its own or one that it joined."""
    joined = select(case_tasks.c.case_id).where(case_tasks.c.draw_id == draw_id, case_tasks.c.parted_at.is_(None))
    mine = or_(cases.c.draw_id == draw_id, cases.c.case_id.in_(joined))
    day: date | None = await tx.scalar(select(func.min(cases.c.ended_on)).where(mine, cases.c.withdrawn.is_(None)))
    return day


async def load_case(tx: Transaction, case_id: str) -> RowMapping | None:
    """One case, or None."""
    return await tx.first(select(cases).where(cases.c.case_id == case_id))


async def change_team(tx: Transaction, case_id: str, team: Sequence[str]) -> None:
    """The officers who inspect from now on, by seat; the certificate's editions keep who it was before."""
    await tx.execute(update(cases).where(cases.c.case_id == case_id).values(officers=list(team)))


async def withdraw_case(tx: Transaction, case_id: str, reason: str) -> None:
    """Take a case back: its subject was voided."""
    await tx.execute(update(cases).where(cases.c.case_id == case_id).values(withdrawn=reason))


async def note_result(tx: Transaction, case_id: str, result: str, ended_on: date) -> None:
    """Keep what inspection found, for the summary of results."""
    await tx.execute(update(cases).where(cases.c.case_id == case_id).values(result=result, ended_on=ended_on))
