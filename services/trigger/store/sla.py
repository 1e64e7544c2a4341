"""Clocks: their terms by platform with every change, and how many decisions came in time."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, RowMapping, Select, case, cast, func, insert, literal, or_, select, union_all, update

from libs.common.db import Transaction
from libs.common.http.auth import Actor
from libs.common.web import ListQuery
from services.trigger.domain.signal import WITHDRAWN
from services.trigger.domain.sla import ACCEPT, REVIEW, Terms
from services.trigger.store.order_tables import reviews, sla_changes
from services.trigger.store.tables import platforms, signals

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


def by_month(actor: Actor, query: ListQuery, today: date) -> Select[Any]:
    """Clocks by month of their last day, platform and kind of clock: in time, late, and running; newest first.

    Late is what was decided after its day, or is still open after it. Orders that were withdrawn don't count.
    """
    decided = cast(func.timezone(_CHINA, signals.c.decided_at), Date)
    closed = cast(func.timezone(_CHINA, reviews.c.closed_at), Date)
    seen: list[Any] = [] if actor.whole_city else [signals.c.county == actor.county]
    accepting = select(
        literal(ACCEPT).label("clock"), signals.c.platform, signals.c.due, decided.label("decided")
    ).where(signals.c.state != WITHDRAWN, signals.c.platform.in_(select(platforms.c.code)), *seen)
    reviewing = (
        select(literal(REVIEW), signals.c.platform, reviews.c.due, closed)
        .join(signals, signals.c.signal_id == reviews.c.signal_id)
        .where(signals.c.state != WITHDRAWN, *seen)
    )
    each = union_all(accepting, reviewing).subquery()
    month = func.to_char(each.c.due, "YYYY-MM").label("month")
    late = or_(each.c.decided > each.c.due, each.c.decided.is_(None) & (each.c.due < today))
    running = each.c.decided.is_(None) & (each.c.due >= today)
    statement = select(
        month,
        each.c.platform,
        each.c.clock,
        func.count(case((~late & ~running, 1))).label("in_time"),
        func.count(case((late, 1))).label("late"),
        func.count(case((running, 1))).label("running"),
    ).group_by(month, each.c.platform, each.c.clock)
    for name in ("platform", "clock"):
        if value := query.value(name):
            statement = statement.where(each.c[name] == value)
    return statement.order_by(month.desc(), each.c.platform, each.c.clock)


async def months(tx: Transaction, statement: Select[Any], limit: int) -> list[RowMapping]:
    """The latest months of `by_month` over all platforms that have anything decided, the oldest first."""
    each = statement.order_by(None).subquery()
    rows = await tx.all(
        select(each.c.month, func.sum(each.c.in_time).label("in_time"), func.sum(each.c.late).label("late"))
        .group_by(each.c.month)
        .having(func.sum(each.c.in_time) + func.sum(each.c.late) > 0)
        .order_by(each.c.month.desc())
        .limit(limit)
    )
    return list(reversed(rows))
