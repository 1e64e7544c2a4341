"""Lists of publications for pages and API: filtered, sorted, one page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from libs.common.db.transaction import Transaction
from services.publicity.domain.publication import PUBLIC, Publication, State
from services.publicity.store.publications import publication_from
from services.publicity.store.tables import publications

SORTS = {
    "due": publications.c.due,
    "ended_on": publications.c.ended_on,
    "published_at": publications.c.published_at,
    "subject_name": publications.c.subject_name,
    "county": publications.c.county,
    "state": publications.c.state,
    "subject_result": publications.c.subject_result,
    "received_at": publications.c.received_at,
}
OPEN = (State.AWAITING, State.RETURNED)


@dataclass(frozen=True, slots=True)
class Search:
    """What a list is asked for; an empty field asks nothing."""

    text: str = ""  # in name or code
    county: str = ""
    states: Sequence[State] = ()
    subject_result: str = ""
    task_id: str = ""
    uscc: str = ""
    due_before: date | None = None
    due_from: date | None = None
    published_from: date | None = None
    published_to: date | None = None


async def list_publications(
    tx: Transaction, search: Search, *, sort: str, descending: bool, limit: int, offset: int
) -> tuple[list[Publication], int]:
    """One page of publications, and how many there are."""
    where = _where(search)
    total = int(await tx.scalar(select(func.count()).select_from(publications).where(*where)))
    column = SORTS.get(sort, publications.c.due)
    ordered: Select[Any] = (
        select(publications)
        .where(*where)
        .order_by(column.desc().nulls_last() if descending else column.asc(), publications.c.publication_id)
    )
    rows = await tx.all(ordered.limit(limit).offset(offset))
    return [publication_from(row) for row in rows], total


async def count_states(tx: Transaction, county: str, today: date) -> dict[str, int]:
    """Counts for the desk: by state, and `overdue` and `provisional`."""
    where = [publications.c.county == county] if county else []
    rows = await tx.all(
        select(publications.c.state, func.count().label("n")).where(*where).group_by(publications.c.state)
    )
    counts = {state.value: 0 for state in State} | {row["state"]: row["n"] for row in rows}
    late = await tx.scalar(
        select(func.count())
        .select_from(publications)
        .where(*where, publications.c.state.in_(OPEN), publications.c.due < today)
    )
    return counts | {"overdue": int(late)}


async def count_public(tx: Transaction) -> dict[str, Any]:
    """Numbers for the public front page: results, in time, by county and by result."""
    of_public = publications.c.state.in_(PUBLIC)
    counted = func.count().label("n")
    totals = await tx.first(
        select(
            counted,
            func.count().filter(publications.c.in_time).label("in_time"),
            func.count().filter(publications.c.corrections > 0).label("corrected"),
            func.count(publications.c.uscc.distinct()).label("subjects"),
        ).where(of_public)
    )
    by_county = await tx.all(select(publications.c.county, counted).where(of_public).group_by(publications.c.county))
    by_result = await tx.all(
        select(publications.c.subject_result, counted)
        .where(of_public)
        .group_by(publications.c.subject_result)
        .order_by(counted.desc(), publications.c.subject_result)
    )
    return {
        "totals": dict(totals or {}),
        "by_county": {row["county"]: row["n"] for row in by_county},
        "by_result": [(row["subject_result"], row["n"]) for row in by_result],
    }


def _where(search: Search) -> list[ColumnElement[bool]]:
    table = publications.c
    published_on = func.date(func.timezone("Asia/Shanghai", table.published_at))
    # Built only when asked for: SQLAlchemy refuses an order compared with None.
    where: list[ColumnElement[bool]] = []
    if search.text:
        code = table.uscc.contains(search.text.upper(), autoescape=True)
        where.append(or_(table.subject_name.contains(search.text, autoescape=True), code))
    if search.states:
        where.append(table.state.in_(search.states))
    for value, column in (
        (search.county, table.county),
        (search.subject_result, table.subject_result),
        (search.uscc, table.uscc),
    ):
        if value:
            where.append(column == value)
    if search.task_id:
        further = table.content["further_tasks"].contains([{"task_id": search.task_id}])
        where.append(or_(table.task_id == search.task_id, further))
    if search.due_before:
        where.append(table.due < search.due_before)
    if search.due_from:
        where.append(table.due >= search.due_from)
    if search.published_from:
        where.append(published_on >= search.published_from)
    if search.published_to:
        where.append(published_on <= search.published_to)
    return where
