"""The drawn firms of a draw in ticket order, with names, teams and what became of them."""

from typing import Any

from sqlalchemy import RowMapping, Select, func, select

from libs.common.db.transaction import Transaction
from services.draw.store.disclosure_tables import drawn_subjects
from services.draw.store.tables import case_tasks, cases, officers, subjects

BATCH = 2_000


def drawn_of(draw_id: str) -> Select[Any]:
    """The drawn firms of a draw in ticket order; the case is their own or the one that their items joined."""
    own = cases.alias("own")
    joined = cases.alias("joined")
    here = (case_tasks.c.draw_id == drawn_subjects.c.draw_id) & case_tasks.c.parted_at.is_(None)
    return (
        select(
            drawn_subjects.c.place,
            drawn_subjects.c.uscc,
            func.coalesce(subjects.c.name, "").label("name"),
            drawn_subjects.c.county,
            drawn_subjects.c.industry,
            drawn_subjects.c.size,
            drawn_subjects.c.credit_class,
            drawn_subjects.c.ticket,
            func.coalesce(own.c.officers, joined.c.officers, drawn_subjects.c.officers).label("officers"),
            func.coalesce(own.c.case_id, joined.c.case_id).label("case_id"),
            func.coalesce(own.c.result, joined.c.result).label("result"),
            func.coalesce(own.c.ended_on, joined.c.ended_on).label("ended_on"),
            own.c.withdrawn,
        )
        .outerjoin(subjects, subjects.c.uscc == drawn_subjects.c.uscc)
        .outerjoin(own, (own.c.draw_id == drawn_subjects.c.draw_id) & (own.c.uscc == drawn_subjects.c.uscc))
        .outerjoin(case_tasks, here & (case_tasks.c.uscc == drawn_subjects.c.uscc))
        .outerjoin(joined, joined.c.case_id == case_tasks.c.case_id)
        .where(drawn_subjects.c.draw_id == draw_id)
        .order_by(drawn_subjects.c.place)
    )


async def drawn_after(tx: Transaction, draw_id: str, place: int, limit: int = BATCH) -> list[RowMapping]:
    """The next drawn firms after a place in ticket order."""
    return list(await tx.all(drawn_of(draw_id).where(drawn_subjects.c.place > place).limit(limit)))


async def drawn_firm(tx: Transaction, draw_id: str, uscc: str) -> RowMapping | None:
    """One drawn firm, or None: it was not drawn."""
    return await tx.first(drawn_of(draw_id).where(drawn_subjects.c.uscc == uscc))


async def officer_names(tx: Transaction) -> dict[str, str]:
    """Public number → name, of every known officer."""
    return {row["officer_id"]: row["name"] for row in await tx.all(select(officers.c.officer_id, officers.c.name))}
