"""Lists and counts of cases for pages and API, within what the reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, or_, select, true

from libs.common.db.transaction import Transaction
from services.inspection.domain.case import CLOSED, State
from services.inspection.domain.recusal import Decision
from services.inspection.store.tables import cases, follow_ups, recusal_requests

DUE_SOON = timedelta(days=7)

_SORTS = {
    "case_id": cases.c.case_id,
    "subject_name": cases.c.subject_name,
    "county": cases.c.county,
    "state": cases.c.state,
    "finish_by": cases.c.finish_by,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What the reader may see: one county, one officer's own, or everything."""

    county: str = ""
    officer_id: str | None = None

    def condition(self) -> ColumnElement[bool]:
        """As a where clause."""
        parts: list[ColumnElement[bool]] = []
        if self.county:
            parts.append(cases.c.county == self.county)
        if self.officer_id is not None:
            parts.append(cases.c.officer_ids.contains([self.officer_id]))
        return and_(true(), *parts)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked of the list."""

    text: str = ""
    county: str = ""
    states: Sequence[str] = ()
    due: str = ""  # overdue, soon, or follow_up: one that is open
    not_past: bool = False  # withdrawn ones only until their day has passed: then nobody goes there any more


def _where(scope: Scope, wanted: Wanted, today: date) -> ColumnElement[bool]:
    parts = [scope.condition()]
    if wanted.text:
        parts.append(
            or_(
                cases.c.subject_name.contains(wanted.text, autoescape=True),
                cases.c.uscc.contains(wanted.text, autoescape=True),
                cases.c.case_id.contains(wanted.text, autoescape=True),
                cases.c.further.contains([{"task_id": wanted.text}]),
            )
        )
    if wanted.county:
        parts.append(cases.c.county == wanted.county)
    if wanted.states:
        parts.append(cases.c.state.in_(wanted.states))
    if wanted.not_past:
        parts.append(or_(cases.c.state != State.WITHDRAWN, cases.c.finish_by >= today))
    if wanted.due == "overdue":
        parts.append(and_(cases.c.state.not_in(CLOSED), cases.c.finish_by < today))
    elif wanted.due == "soon":
        parts.append(and_(cases.c.state.not_in(CLOSED), cases.c.finish_by.between(today, today + DUE_SOON)))
    elif wanted.due == "follow_up":
        parts.append(cases.c.case_id.in_(select(follow_ups.c.case_id).where(follow_ups.c.closed_on.is_(None))))
    return and_(*parts)


def _rows() -> Select[Any]:
    dispatch, record = cases.c.dispatch, cases.c.record
    return select(
        cases.c.case_id,
        cases.c.subject_name,
        cases.c.uscc,
        cases.c.county,
        cases.c.unit_id,
        dispatch["unit_name"].astext.label("unit_name"),
        dispatch["task_id"].astext.label("task_id"),
        dispatch["task_name"].astext.label("task_name"),
        dispatch["officers"].label("handed_officers"),
        cases.c.replaced,
        cases.c.further,
        dispatch["urgent"].astext.label("urgent"),
        cases.c.state,
        cases.c.finish_by,
        cases.c.approved_at,
        cases.c.completed_at,
        cases.c.published_at,
        cases.c.record_sha256,
        record["conclusion"]["subject_result"].astext.label("subject_result"),
        follow_ups.c.kind.label("follow_up"),
        follow_ups.c.due.label("follow_up_due"),
        follow_ups.c.closed_on.label("follow_up_closed_on"),
    ).select_from(cases.outerjoin(follow_ups, follow_ups.c.case_id == cases.c.case_id))


async def find(
    tx: Transaction,
    scope: Scope,
    wanted: Wanted,
    today: date,
    *,
    sort: str = "finish_by",
    descending: bool = False,
    limit: int | None = 50,
    offset: int = 0,
) -> tuple[list[dict[str, Any]], int]:
    """Rows of one page and the number of all that fit."""
    where = _where(scope, wanted, today)
    key = _SORTS.get(sort, cases.c.finish_by)
    statement = _rows().where(where).order_by(key.desc() if descending else key, cases.c.case_id)
    total = await tx.scalar(select(func.count()).select_from(cases).where(where))
    rows = await tx.all(statement.limit(limit).offset(offset))
    return [_row(row) for row in rows], total


def _row(row: RowMapping) -> dict[str, Any]:
    """A row as people know it: the present team, and whatever joined."""
    team = row["handed_officers"]
    for one in row["replaced"]:
        team = [one["incoming"] if member["officer_id"] == one["out"] else member for member in team]
    return {
        **row,
        "state": State(row["state"]),
        "urgent": row["urgent"] == "true" or any(task["urgent"] for task in row["further"]),
        "officers": team,
        "further": [task["task_name"] for task in row["further"]],
    }


async def counts(tx: Transaction, scope: Scope, today: date) -> dict[str, int]:
    """Cases by state, and how many are `overdue`, due `soon`, or have an open `follow_up` (late: `follow_up_late`)."""
    rows = await tx.all(select(cases.c.state, func.count().label("n")).where(scope.condition()).group_by(cases.c.state))
    result = {state.value: 0 for state in State} | {row["state"]: row["n"] for row in rows}
    for due in ("overdue", "soon"):
        result[due] = await tx.scalar(
            select(func.count()).select_from(cases).where(_where(scope, Wanted(due=due), today))
        )
    joined = cases.join(follow_ups, follow_ups.c.case_id == cases.c.case_id)
    still_open = and_(scope.condition(), follow_ups.c.closed_on.is_(None))
    result["follow_up"] = await tx.scalar(select(func.count()).select_from(joined).where(still_open))
    result["follow_up_late"] = await tx.scalar(
        select(func.count()).select_from(joined).where(still_open, follow_ups.c.due < today)
    )
    return result


async def open_recusals(tx: Transaction, scope: Scope) -> list[dict[str, Any]]:
    """Requests for recusal that wait for their unit's answer, oldest first."""
    rows = await tx.all(
        select(
            cases.c.case_id,
            cases.c.subject_name,
            recusal_requests.c.officer_name,
            recusal_requests.c.requested_at,
        )
        .join(cases, cases.c.case_id == recusal_requests.c.case_id)
        .where(
            scope.condition(),
            recusal_requests.c.decision == Decision.OPEN,
            cases.c.state.in_([State.AWAITING_APPROVAL, State.APPROVED]),
        )
        .order_by(recusal_requests.c.requested_at)
    )
    return [dict(row) for row in rows]
