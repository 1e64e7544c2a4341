"""Clocks: their terms by platform with every change, and how many decisions came in time."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    RowMapping,
    Select,
    cast,
    func,
    insert,
    literal,
    literal_column,
    select,
    union_all,
    update,
)

from libs.common.db import Transaction
from libs.common.http.auth import Actor
from libs.common.web import ListQuery
from services.trigger.domain.signal import WAITING, WITHDRAWN
from services.trigger.domain.sla import ACCEPT, REVIEW, Terms
from services.trigger.store.order_tables import reviews, sla_changes
from services.trigger.store.tables import DECIDED_LATE, NOT_WITHDRAWN, platforms, signals

_CHINA = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Change:
    """A term was changed; None: the platform's default."""

    code: str
    clock: str
    kind: str
    before: int | None
    after: int | None
    at: datetime
    who: str


async def save_term(tx: Transaction, code: str, terms: Terms) -> None:
    """The platform's terms from now on."""
    await tx.execute(update(platforms).where(platforms.c.code == code).values(sla=terms))


async def note_change(tx: Transaction, change: Change) -> None:
    """Append to the platform's changes; the caller holds its row."""
    last = await tx.scalar(select(func.max(sla_changes.c.number)).where(sla_changes.c.code == change.code))
    await tx.execute(insert(sla_changes).values(asdict(change) | {"number": (last or 0) + 1}))


async def changes(tx: Transaction, limit: int = 50) -> Sequence[RowMapping]:
    """The latest changes, newest first."""
    return await tx.all(select(sla_changes).order_by(sla_changes.c.at.desc(), sla_changes.c.number.desc()).limit(limit))


async def by_month(tx: Transaction, actor: Actor, query: ListQuery, today: date) -> list[dict[str, Any]]:
    """Clocks by month of their last day, platform and kind of clock: in time, late, and running; newest first.

    Late is what was decided after its day, or is still open after it. Orders that were withdrawn don't count.
    """
    seen: list[Any] = [] if actor.whole_city else [signals.c.county == actor.county]
    each = union_all(*_accepting(seen, today), _reviewing(seen, today)).subquery()
    month = func.to_char(each.c.due, "YYYY-MM").label("month")
    late, running = func.sum(each.c.late), func.sum(each.c.running)
    statement = select(
        month,
        each.c.platform,
        each.c.clock,
        cast(func.sum(each.c.number) - late - running, Integer).label("in_time"),
        cast(late, Integer).label("late"),
        cast(running, Integer).label("running"),
    )
    # Whatever no platform has sent has no clock; the few sums are sooner asked for that than each signal.
    statement = statement.where(each.c.platform.in_(select(platforms.c.code)))
    statement = statement.group_by(month, each.c.platform, each.c.clock)
    for name in ("platform", "clock"):
        if value := query.value(name):
            statement = statement.where(each.c[name] == value)
    rows = await tx.all(statement.order_by(month.desc(), each.c.platform, each.c.clock))
    return [dict(row) for row in rows]


def _accepting(seen: list[Any], today: date) -> list[Select[Any]]:
    """Signals by platform and day: all of them but those withdrawn, those decided late, those that wait.

    Each is found by an index; a million signals are counted in one that holds these columns alone.
    """
    none = literal_column("0", Integer)
    numbers: tuple[tuple[list[Any], Any, Any, Any], ...] = (
        ([], func.count(), none, none),
        ([signals.c.state == WITHDRAWN], -func.count(), none, none),
        ([NOT_WITHDRAWN, DECIDED_LATE], none, func.count(), none),
        ([signals.c.state == WAITING], none, *_open(signals.c.due, today)),
    )
    return [
        select(
            literal(ACCEPT).label("clock"), signals.c.platform, signals.c.due,
            number.label("number"), late.label("late"), running.label("running"),
        )
        .where(*kept, *seen)
        .group_by(signals.c.platform, signals.c.due)
        for kept, number, late, running in numbers
    ]  # fmt: skip


def _reviewing(seen: list[Any], today: date) -> Select[Any]:
    closed = cast(func.timezone(_CHINA, reviews.c.closed_at), Date)
    late, running = _open(reviews.c.due, today, reviews.c.closed_at.is_(None))
    return (
        select(
            literal(REVIEW), signals.c.platform, reviews.c.due, func.count(),
            func.count().filter(closed > reviews.c.due) + late, running,
        )
        .join(signals, signals.c.signal_id == reviews.c.signal_id)
        .where(NOT_WITHDRAWN, *seen)
        .group_by(signals.c.platform, reviews.c.due)
    )  # fmt: skip


def _open(due: ColumnElement[date], today: date, *still: ColumnElement[bool]) -> tuple[Any, Any]:
    """How many clocks run beyond their day, and how many before it ends."""
    return func.count().filter(due < today, *still), func.count().filter(due >= today, *still)


def by_latest(rows: Sequence[Mapping[str, Any]], limit: int) -> list[dict[str, Any]]:
    """The latest months of `by_month` over all platforms that have anything decided, the oldest first."""
    months: dict[str, dict[str, Any]] = {}
    for row in rows:
        month = months.setdefault(row["month"], {"month": row["month"], "in_time": 0, "late": 0})
        for name in ("in_time", "late"):
            month[name] += row[name]
    decided = [month for month in months.values() if month["in_time"] + month["late"]]
    return sorted(decided, key=lambda month: str(month["month"]))[-limit:]
