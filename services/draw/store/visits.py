"""Visits that several tasks share: which cases can be joined, who joined, and what was saved by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, func, literal, or_, select, true, union, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from libs.common.web import ListQuery
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
            cases.c.withdrawn.is_(None),
            cases.c.started_at.is_(None),
            cases.c.withdrawn.is_(None),
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


async def joined_draws(tx: Transaction, case_id: str) -> list[str]:
    """The draws of other tasks that still share this case."""
    here = (case_tasks.c.case_id == case_id) & case_tasks.c.parted_at.is_(None)
    rows = await tx.all(select(case_tasks.c.draw_id).where(here).order_by(case_tasks.c.draw_id))
    return [row["draw_id"] for row in rows]


async def change_joined_team(tx: Transaction, case_id: str, draw_id: str, team: Sequence[str]) -> None:
    """The officers who go if the draw's part leaves the common case."""
    mine = (case_tasks.c.case_id == case_id) & (case_tasks.c.draw_id == draw_id)
    await tx.execute(update(case_tasks).where(mine).values(officers=list(team)))


async def note_start(tx: Transaction, case_id: str, at: datetime) -> None:
    """The visit has begun, as inspection says."""
    await tx.execute(update(cases).where(cases.c.case_id == case_id).values(started_at=at))


def visits_of_draws() -> Select[Any]:
    """Every drawn subject that was handed over, by draw: in a case of its own draw, or in the one that it joined."""
    of_case = [cases.c[name] for name in ("county", "unit_id", "name", "officers", "result", "ended_on", "started_at")]
    task = select(draws.c.task_id).where(draws.c.draw_id == cases.c.draw_id).scalar_subquery().label("task_of_case")
    own = select(cases.c.draw_id, cases.c.uscc, cases.c.case_id, literal(False).label("joined"), task, *of_case)
    theirs = (
        select(case_tasks.c.draw_id, case_tasks.c.uscc, cases.c.case_id, true().label("joined"), task, *of_case)
        .join(cases, cases.c.case_id == case_tasks.c.case_id)
        .where(case_tasks.c.parted_at.is_(None))
    )
    return select(own.union_all(theirs).subquery("visits"))


async def visits_of_draw(tx: Transaction, draw_id: str, among: Sequence[str] | None = None) -> dict[str, RowMapping]:
    """The visit to each subject of one draw, or to those `among` them, by subject."""
    visits = visits_of_draws().subquery()
    statement = select(visits).where(visits.c.draw_id == draw_id)
    if among is not None:
        statement = statement.where(visits.c.uscc == func.any(list(among)))
    return {row["uscc"]: row for row in await tx.all(statement)}


async def handed_over_of(tx: Transaction, draw_id: str, among: Sequence[str] | None = None) -> set[str]:
    """The case numbers of a draw, or those `among` them, that went out: as a case of their own or joined to one."""
    own = select(cases.c.case_id).where(cases.c.draw_id == draw_id)
    joined = select(case_tasks.c.own_case_id).where(case_tasks.c.draw_id == draw_id)
    if among is not None:
        own = own.where(cases.c.case_id == func.any(list(among)))
        joined = joined.where(case_tasks.c.own_case_id == func.any(list(among)))
    return {row["case_id"] for row in await tx.all(own.union_all(joined))}


async def count_joined(tx: Transaction, draw_id: str) -> int:
    """How many subjects of one draw are inspected in other tasks' cases."""
    here = (case_tasks.c.draw_id == draw_id) & case_tasks.c.parted_at.is_(None)
    return int(await tx.scalar(select(func.count()).where(here)))


@dataclass(frozen=True, slots=True)
class Saved:
    """Visits that a task spared by joining others' cases, and that others spared by joining its cases."""

    joined: int
    hosted: int


async def saved_by_task(tx: Transaction, task_id: str) -> Saved:
    """What one task's page says about it."""
    here = case_tasks.c.parted_at.is_(None)
    joined = await tx.scalar(select(func.count()).where(case_tasks.c.task_id == task_id, here))
    host = case_tasks.join(cases, cases.c.case_id == case_tasks.c.case_id).join(
        draws, draws.c.draw_id == cases.c.draw_id
    )
    hosted = await tx.scalar(select(func.count()).select_from(host).where(draws.c.task_id == task_id, here))
    return Saved(int(joined), int(hosted))


def saved_visits(actor: Actor, query: ListQuery) -> Select[Any]:
    """The subjects of which a second visit was spared, newest first; an actor of a county sees its own."""
    first, second = tasks.alias("first"), tasks.alias("second")
    statement = (
        select(
            cases.c.case_id,
            cases.c.uscc,
            cases.c.name,
            cases.c.county,
            first.c.task_id.label("first_task_id"),
            first.c.title.label("first_title"),
            second.c.task_id,
            second.c.title,
            case_tasks.c.draw_id,
            case_tasks.c.joined_at,
            cases.c.started_at,
            cases.c.ended_on,
        )
        .select_from(case_tasks)
        .join(cases, cases.c.case_id == case_tasks.c.case_id)
        .join(draws, draws.c.draw_id == cases.c.draw_id)
        .join(first, first.c.task_id == draws.c.task_id)
        .join(second, second.c.task_id == case_tasks.c.task_id)
        .where(case_tasks.c.parted_at.is_(None), cases.c.withdrawn.is_(None))
        .order_by(case_tasks.c.joined_at.desc(), cases.c.case_id)
    )
    if not actor.whole_city:
        statement = statement.where(case_tasks.c.county == actor.county)
    if county := query.value("county"):
        statement = statement.where(case_tasks.c.county == county)
    if words := query.value("q"):
        statement = statement.where(
            or_(
                cases.c.name.contains(words, autoescape=True),
                cases.c.uscc.startswith(words.upper(), autoescape=True),
                *(
                    table.c.title.contains(words, autoescape=True) | table.c.task_id.startswith(words, autoescape=True)
                    for table in (first, second)
                ),
            )
        )
    return statement


async def count_saved(tx: Transaction, statement: Select[Any]) -> tuple[int, dict[str, int]]:
    """Of the same list: how many tasks share visits, and how many visits were spared by county."""
    rows = statement.order_by(None).subquery()
    both = union(select(rows.c.task_id), select(rows.c.first_task_id)).subquery()
    by_county = await tx.all(select(rows.c.county, func.count().label("n")).group_by(rows.c.county))
    return int(await tx.scalar(select(func.count()).select_from(both))), {row["county"]: row["n"] for row in by_county}
