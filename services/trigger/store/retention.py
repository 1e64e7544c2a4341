"""Which signals' time has come, who keeps them longer, and the list of who read what."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, exists, func, insert, literal, or_, select, update

from libs.common.clock import CHINA
from libs.common.db import Transaction
from libs.common.http.auth import Actor
from libs.common.ids import new_id
from libs.common.web import ListQuery
from services.trigger.domain.retention import NOT_CLOSED, Hold
from services.trigger.store.retention_tables import signal_holds
from services.trigger.store.sealed import ERASED, SEALED
from services.trigger.store.tables import (
    answers,
    rule_facts,
    secret_views,
    signal_history,
    signals,
    trigger_cases,
    trigger_signals,
)


async def due(tx: Transaction, before: datetime, limit: int) -> list[str]:
    """Closed signals to which nothing has happened since `before`, locked; those of which most is left first."""
    first = await _due(tx, signals.c.erased_at.is_(None), before, limit)
    # A platform may have added something to what was erased.
    return first or await _due(tx, and_(signals.c.erased_at.is_not(None), _still_sealed()), before, limit)


async def _due(tx: Transaction, left: ColumnElement[bool], before: datetime, limit: int) -> list[str]:
    statement = (
        select(signals.c.signal_id)
        .where(left, *_over(before))
        .order_by(signals.c.received_at)
        .limit(limit)
        .with_for_update(of=signals, skip_locked=True)
    )
    return await still_over(tx, [row["signal_id"] for row in await tx.all(statement)], before)


async def still_over(tx: Transaction, signal_ids: Sequence[str], before: datetime) -> list[str]:
    """Those of the locked signals that are due now: while they were looked for, a lead may have placed a hold."""
    if not signal_ids:
        return []
    statement = select(signals.c.signal_id).where(signals.c.signal_id.in_(signal_ids), *_over(before))
    return [row["signal_id"] for row in await tx.all(statement.order_by(signals.c.received_at))]


def _over(before: datetime) -> list[ColumnElement[bool]]:
    """Closed, kept by nobody, and nothing has happened since `before`."""
    mine = signals.c.signal_id
    return [
        signals.c.received_at < before,
        signals.c.state.not_in(NOT_CLOSED),
        signals.c.review_due.is_(None),
        ~exists().where(signal_history.c.signal_id == mine, signal_history.c.at >= before),
        ~exists().where(answers.c.signal_id == mine, answers.c.created_at >= before),
        ~exists().where(signal_holds.c.signal_id == mine, signal_holds.c.lifted_at.is_(None)),
        ~_inspection_open(),
    ]


def _inspection_open() -> ColumnElement[bool]:
    return exists().where(
        trigger_signals.c.signal_id == signals.c.signal_id,
        trigger_cases.c.trigger_id == trigger_signals.c.trigger_id,
        trigger_cases.c.subject_result == "",
    )


def _still_sealed() -> ColumnElement[bool]:
    return or_(
        *(
            exists().where(column.table.c[column.signal] == signals.c.signal_id, column.table.c[column.key] != ERASED)
            for column in SEALED
            if column.signal
        )
    )


async def is_sealed(tx: Transaction, signal_id: str) -> bool:
    """Whether anything protected is left of the signal; a platform may have added it after the erasure."""
    return bool(await tx.scalar(select(_still_sealed()).where(signals.c.signal_id == signal_id)))


async def forget(tx: Transaction, signal_ids: Sequence[str], what: str, now: datetime) -> None:
    """Remove the complainant's hash everywhere, and write into each history that this was done."""
    gone = {"complainant": "", "matter_mark": "", "erased_at": now}
    await tx.execute(update(signals).where(signals.c.signal_id.in_(signal_ids)).values(gone))
    await tx.execute(
        update(rule_facts)
        .where(rule_facts.c.signal_id.in_(signal_ids), rule_facts.c.complainant != "")
        .values(complainant="")
    )
    last = (
        select(func.coalesce(func.max(signal_history.c.number), 0))
        .where(signal_history.c.signal_id == signals.c.signal_id)
        .scalar_subquery()
    )
    lines = select(signals.c.signal_id, last + 1, literal(now), literal("系统"), literal(what)).where(
        signals.c.signal_id.in_(signal_ids)
    )
    await tx.execute(insert(signal_history).from_select(["signal_id", "number", "at", "who", "what"], lines))


async def last_event(tx: Transaction, signal_id: str) -> datetime:
    """The time of the last thing that happened to the signal."""
    happened = select(signals.c.received_at.label("at")).where(signals.c.signal_id == signal_id)
    noted = select(signal_history.c.at).where(signal_history.c.signal_id == signal_id)
    answered = select(answers.c.created_at).where(answers.c.signal_id == signal_id)
    every = happened.union_all(noted, answered).subquery()
    found: datetime = await tx.scalar(select(func.max(every.c.at)))
    return found


async def is_open(tx: Transaction, signal_id: str) -> bool:
    """Whether somebody still has to do something with the signal."""
    still = or_(signals.c.state.in_(NOT_CLOSED), signals.c.review_due.is_not(None), _inspection_open())
    statement = select(still).where(signals.c.signal_id == signal_id)
    return bool(await tx.scalar(statement))


async def holds(tx: Transaction, signal_id: str) -> Sequence[RowMapping]:
    """Every hold of the signal, in order; the last may still stand."""
    return await tx.all(
        select(signal_holds).where(signal_holds.c.signal_id == signal_id).order_by(signal_holds.c.placed_at)
    )


async def held(tx: Transaction, signal_ids: Sequence[str]) -> set[str]:
    """Those of these signals that a hold keeps now."""
    standing = (signal_holds.c.signal_id.in_(signal_ids), signal_holds.c.lifted_at.is_(None))
    return {row["signal_id"] for row in await tx.all(select(signal_holds.c.signal_id).where(*standing))}


async def place(tx: Transaction, signal_id: str, hold: Hold, actor: Actor, now: datetime) -> None:
    """Keep the signal from now on."""
    await tx.execute(
        insert(signal_holds).values(
            signal_id=signal_id, hold_id=str(new_id()), ground=hold.ground, document=hold.document,
            placed_at=now, placed_by=actor.account_id, placed_name=actor.name,
        )
    )  # fmt: skip


async def lift(tx: Transaction, signal_id: str, hold_id: str, actor: Actor, now: datetime) -> None:
    """The policy applies again."""
    here = (signal_holds.c.signal_id == signal_id, signal_holds.c.hold_id == hold_id)
    await tx.execute(
        update(signal_holds).where(*here).values(lifted_at=now, lifted_by=actor.account_id, lifted_name=actor.name)
    )


def views_seen_by(actor: Actor, query: ListQuery) -> Select[Any]:
    """Who read protected text, the newest first; filters by role, county, days, and a name, account or order."""
    of_view = (secret_views.c[name] for name in ("viewed_at", "name", "account_id", "role", "fields", "purpose"))
    statement = (
        select(secret_views.c.view_id, secret_views.c.signal_id, *of_view, signals.c.order_id, signals.c.county)
        .join(signals, signals.c.signal_id == secret_views.c.signal_id)
        .order_by(secret_views.c.viewed_at.desc(), secret_views.c.view_id.desc())
    )
    if not actor.whole_city:
        statement = statement.where(signals.c.county == actor.county)
    if county := query.value("county"):
        statement = statement.where(signals.c.county == county)
    if role := query.value("role"):
        statement = statement.where(secret_views.c.role == role)
    if since := _day(query.value("since")):
        statement = statement.where(secret_views.c.viewed_at >= datetime.combine(since, time.min, CHINA))
    if until := _day(query.value("until")):
        statement = statement.where(
            secret_views.c.viewed_at < datetime.combine(until, time.min, CHINA) + timedelta(days=1)
        )
    if words := query.value("q"):
        named = or_(secret_views.c.name == words, secret_views.c.account_id == words, signals.c.order_id == words)
        statement = statement.where(named)
    return statement


def _day(text: str) -> date | None:
    """The day, or None for anything else; the calendar's last years have no day after."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2999 else None
