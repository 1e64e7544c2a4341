"""Read models for pages and API: signals, triggers and answers as lists, and the numbers of the overview."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, func, or_, select

from libs.common.db import Transaction
from libs.common.http.auth import Actor
from libs.common.web import ListPage, ListQuery
from services.trigger.domain.signal import WAITING
from services.trigger.domain.sla import next_workday
from services.trigger.store import answers as answer_store
from services.trigger.store import warning
from services.trigger.store.delivery import FAILING
from services.trigger.store.tables import answers, signals, triggers

Row = Mapping[str, Any]
_PLAIN = (
    *("signal_id", "platform", "order_id", "source", "came_by", "channel", "kind", "category", "urgency"),
    *("supervised", "county"),
    *("accepted_at", "received_at", "due", "due_provisional", "state", "uscc", "score", "employer_name"),
    *("urge_count", "reopened", "revisit", "review_due"),
)


async def page_of(tx: Transaction, statement: Select[Any], query: ListQuery) -> ListPage[Row]:
    """One page of `statement`, ordered as the user asked; for an export everything."""
    total = await tx.scalar(select(func.count()).select_from(statement.order_by(None).subquery()))
    if query.sort:
        column = statement.selected_columns[query.sort]
        statement = statement.order_by(None).order_by(column.desc() if query.descending else column)
    if not query.format:
        statement = statement.limit(query.limit).offset(query.offset)
    return ListPage([dict(row) for row in await tx.all(statement)], int(total), query)


def signals_seen_by(actor: Actor, query: ListQuery, today: date) -> Select[Any]:
    """Signals without anything protected, newest first; `late`: `1` for past their day, `due` for due by tomorrow."""
    statement = select(*(signals.c[name] for name in _PLAIN)).order_by(
        signals.c.received_at.desc(), signals.c.signal_id
    )
    if not actor.whole_city:
        statement = statement.where(signals.c.county == actor.county)
    for name in ("county", "state", "source", "came_by", "platform", "category"):
        if value := query.value(name):
            statement = statement.where(signals.c[name] == value)
    if late := query.value("late"):
        statement = statement.where(_running(today, late=late != "due"))
    if query.value("supervised"):
        statement = statement.where(signals.c.supervised)
    if query.value("urged"):
        statement = statement.where(signals.c.urge_count > 0)
    if week := query.value("week"):
        statement = statement.where(*warning.counted_in(week))
    if query.value("review"):
        statement = statement.where(signals.c.review_due.is_not(None))
    if words := query.value("q"):
        statement = statement.where(or_(signals.c.order_id.startswith(words, autoescape=True), signals.c.uscc == words))
    return statement


def _running(today: date, *, late: bool) -> ColumnElement[bool]:
    """A clock of the signal runs, to take it up or to review it, and its day is past (`late`) or near."""

    def fits(day: ColumnElement[date]) -> ColumnElement[bool]:
        return day < today if late else day.between(today, next_workday(today))

    return or_(and_(signals.c.state == WAITING, fits(signals.c.due)), fits(signals.c.review_due))


def triggers_seen_by(actor: Actor, query: ListQuery) -> Select[Any]:
    """Triggers, newest first."""
    names = ("trigger_id", "rule_name", "rule_version", "source", "county", "signal_count", "fired_at", "finish_by")
    statement = select(*(triggers.c[name] for name in (*names, "plan_id", "reason", "rule_id"))).order_by(
        triggers.c.fired_at.desc(), triggers.c.trigger_id
    )
    if not actor.whole_city:
        statement = statement.where(triggers.c.county == actor.county)
    for name in ("county", "source"):
        if value := query.value(name):
            statement = statement.where(triggers.c[name] == value)
    return statement


def answers_seen_by(actor: Actor, query: ListQuery) -> Select[Any]:
    """Answers, newest first."""
    names = ("answer_id", "signal_id", "platform", "order_id", "county", "stage", "sequence", "text", "state")
    times = ("created_at", "attempts", "next_attempt_at", "sent_at", "last_error")
    statement = select(*(answers.c[name] for name in (*names, *times))).order_by(
        answers.c.created_at.desc(), answers.c.signal_id, answers.c.sequence.desc()
    )
    if not actor.whole_city:
        statement = statement.where(answers.c.county == actor.county)
    for name in ("stage", "platform"):
        if value := query.value(name):
            statement = statement.where(answers.c[name] == value)
    if state := query.value("state"):
        statement = statement.where(FAILING if state == "failed" else answers.c.state == state)
    if words := query.value("q"):
        statement = statement.where(answers.c.order_id.startswith(words, autoescape=True))
    return statement


async def overview(tx: Transaction, actor: Actor, today: date) -> dict[str, Any]:
    """Counts by state, source, county and category, and what waits, of what the actor sees."""
    kinds = {"states": "state", "sources": "source", "counties": "county", "categories": "category"}
    columns = [signals.c[name] for name in kinds.values()]
    # One pass over an index that holds these columns alone; a pass for each of them would read all signals four times.
    counted = select(*columns, func.count().label("number")).where(*_mine(actor, signals)).group_by(*columns)
    numbers: dict[str, Counter[str]] = {name: Counter() for name in kinds}
    for row in await tx.all(counted):
        for name, column in kinds.items():
            numbers[name][row[column]] += row["number"]
    fired = select(func.count()).select_from(triggers).where(*_mine(actor, triggers))
    return {**numbers, "triggers": int(await tx.scalar(fired)), **await waiting(tx, actor, today)}


async def waiting(tx: Transaction, actor: Actor, today: date) -> dict[str, int]:
    """How much waits for somebody of what the actor sees: signals, clocks, reviews, alarms and answers."""

    async def number(table: Table, condition: ColumnElement[bool]) -> int:
        return int(await tx.scalar(select(func.count()).select_from(table).where(condition, *_mine(actor, table))))

    return {
        "waiting": await number(signals, signals.c.state == WAITING),
        "late": await number(signals, _running(today, late=True)),
        "due": await number(signals, _running(today, late=False)),
        "reviews": await number(signals, signals.c.review_due.is_not(None)),
        "alarms": await warning.open_alarms(tx, actor),
        "stalled": await number(answers, answers.c.state == answer_store.STALLED),
    }


def _mine(actor: Actor, table: Table) -> list[ColumnElement[bool]]:
    return [] if actor.whole_city else [table.c.county == actor.county]
