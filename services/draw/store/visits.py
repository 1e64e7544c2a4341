"""Visits that several tasks share: which cases can be joined, who joined, and what was saved by it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, func, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db.transaction import Transaction
from services.draw.domain.visits import OpenVisit
from services.draw.store.tables import case_tasks, cases, draws, tasks

ONE_AT_A_TIME = 7  # the advisory lock under which lists are dispatched


async def wait_for_other_lists(tx: Transaction, county: str) -> None:
    """Lists of one county are dispatched one after the other, so that two never miss each other's cases."""
    await tx.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME, func.hashtext(county))))


async def open_visits(
    tx: Transaction, subject_ids: Sequence[str], task_id: str, since: datetime
) -> dict[str, list[OpenVisit]]:
    """By subject, the cases of other tasks that were dispatched since then and have not begun, oldest first; locked."""
    joined = (
        select(func.jsonb_agg(tasks.c["items"]))
        .select_from(case_tasks.join(tasks, tasks.c.task_id == case_tasks.c.task_id))
        .where(case_tasks.c.case_id == cases.c.case_id, case_tasks.c.parted_at.is_(None))
        .scalar_subquery()
    )
    statement = (
        select(
            cases.c.case_id,
            cases.c.uscc,
            cases.c.unit_id,
            cases.c.officers,
            tasks.c["items"].label("item_codes"),
            joined.label("joined"),
            tasks.c.deadline,
        )
        .join(draws, draws.c.draw_id == cases.c.draw_id)
        .join(tasks, tasks.c.task_id == draws.c.task_id)
        .where(
            cases.c.uscc == func.any(list(subject_ids)),
            cases.c.dispatched_at >= since,
            cases.c.result.is_(None),
            cases.c.started_at.is_(None),
            tasks.c.task_id != task_id,
        )
        .order_by(cases.c.dispatched_at, cases.c.case_id)
        .with_for_update(of=cases)
    )
    found: dict[str, list[OpenVisit]] = {}
    for row in await tx.all(statement):
        codes = frozenset(row["item_codes"]).union(*(row["joined"] or ()))
        visit = OpenVisit(row["case_id"], row["uscc"], row["unit_id"], tuple(row["officers"]), codes, row["deadline"])
        found.setdefault(row["uscc"], []).append(visit)
    return found


async def add_joined(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep which subjects of a draw are inspected in another task's case."""
    if rows:
        await tx.execute(upsert(case_tasks).on_conflict_do_nothing(), rows)


async def lock_joined(tx: Transaction, case_id: str, draw_id: str) -> RowMapping | None:
    """One draw's part in a common case, locked; None if it never joined."""
    statement = select(case_tasks).where(case_tasks.c.case_id == case_id, case_tasks.c.draw_id == draw_id)
    return await tx.first(statement.with_for_update())


async def part(tx: Transaction, case_id: str, draw_id: str, reason: str, at: datetime) -> None:
    """The draw's part leaves the common case."""
    await tx.execute(
        update(case_tasks)
        .where(case_tasks.c.case_id == case_id, case_tasks.c.draw_id == draw_id)
        .values(parted_at=at, parted_because=reason)
    )


async def note_start(tx: Transaction, case_id: str, at: datetime) -> None:
    """The visit has begun, as inspection says."""
    await tx.execute(update(cases).where(cases.c.case_id == case_id).values(started_at=at))


def visits_of_draws() -> Select[Any]:
    """Every drawn subject that was handed over, by draw: in a case of its own draw, or in the one that it joined."""
    shared = ("county", "unit_id", "name", "officers", "result", "ended_on", "started_at")
    own = select(cases.c.draw_id, cases.c.uscc, cases.c.case_id, literal(False).label("joined"), *_of_case(shared))
    theirs = (
        select(case_tasks.c.draw_id, case_tasks.c.uscc, cases.c.case_id, true().label("joined"), *_of_case(shared))
        .join(cases, cases.c.case_id == case_tasks.c.case_id)
        .where(case_tasks.c.parted_at.is_(None))
    )
    return select(own.union_all(theirs).subquery("visits"))


def _of_case(names: Sequence[str]) -> list[Any]:
    return [cases.c[name] for name in names]


async def visits_of_draw(tx: Transaction, draw_id: str) -> dict[str, RowMapping]:
    """The visit to each subject of one draw, by subject."""
    visits = visits_of_draws().subquery()
    return {row["uscc"]: row for row in await tx.all(select(visits).where(visits.c.draw_id == draw_id))}
