"""Read models for pages and API: signals, triggers and answers as lists, and the numbers of the overview."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Select, Table, TextClause, and_, func, or_, select, text

from libs.common.db import Transaction
from libs.common.http.auth import Actor
from libs.common.reference import AREAS
from libs.common.web import ListPage, ListQuery
from services.trigger.domain.category import CATEGORIES
from services.trigger.domain.entry import ORDER
from services.trigger.domain.signal import WAITING
from services.trigger.domain.sla import next_workday
from services.trigger.store import answers as answer_store
from services.trigger.store import warning
from services.trigger.store.delivery import FAILING
from services.trigger.store.retention_tables import signal_holds
from services.trigger.store.tables import OTHER_DOOR, URGED, answers, signals, triggers

Row = Mapping[str, Any]
MOST: Final = 10_000  # rows that a page counts and goes through; exports and programs get all
_SORTED: Final = 3 * MOST  # of what was searched for, rows that are sorted sooner than met with along an index
# Few signals have any of these.
SPARSE: Final[dict[str, Any]] = {
    "supervised": signals.c.supervised,
    "urge_count": URGED,
    "review_due": signals.c.review_due.is_not(None),
}
# What an index goes on with after a column of which many signals have the same: so none has to sort them.
_ALONG: Final[dict[Any, tuple[ColumnElement[Any], ...]]] = {
    signals.c.state: (signals.c.employer_key,),
    signals.c.county: (signals.c.category, signals.c.accepted_at),
}
_PLAIN = (
    *("signal_id", "platform", "order_id", "source", "came_by", "channel", "kind", "category", "urgency"),
    *("supervised", "county"),
    *("accepted_at", "received_at", "due", "due_provisional", "state", "uscc", "score", "employer_name"),
    *("urge_count", "reopened", "revisit", "review_due"),
)


async def page_of(tx: Transaction, statement: Select[Any], query: ListQuery, *, bounded: bool = False) -> ListPage[Row]:
    """One page of `statement`, ordered as the user asked, by its first column among equals; for an export everything.

    `bounded` lists end after MOST rows, and say so: whoever looks at a page narrows the list down instead.
    """
    everything = statement.order_by(None)
    known = await _count(tx, everything, MOST if bounded and not query.format else None)
    total = min(known, MOST) if bounded and not query.format else known
    if query.sort:
        statement = everything.order_by(*_order(statement, query), statement.selected_columns[0])
    if not query.format:
        limit = max(min(query.limit, total - query.offset), 0)
        statement = await _quick(tx, statement, query, known, limit)
    return ListPage([dict(row) for row in await tx.all(statement)], total, query, more=known > total)


def _order(statement: Select[Any], query: ListQuery) -> list[ColumnElement[Any] | TextClause]:
    """By the chosen column; what has nothing there comes last, whichever way it is sorted."""
    chosen = statement.selected_columns[query.sort]
    if chosen is signals.c.order_id:  # sign by sign, as its index has it
        return [text(f"signals.order_id using {'~>~' if query.descending else '~<~'}")]
    order: list[ColumnElement[Any]] = [chosen, *_ALONG.get(chosen, ())]
    if not query.descending:
        return [*order]
    if isinstance(chosen, Column) and chosen.nullable:
        return [chosen.desc().nulls_last()]
    return [column.desc() for column in order]


async def _quick(tx: Transaction, statement: Select[Any], query: ListQuery, known: int, limit: int) -> Select[Any]:
    """The statement for `limit` rows from the query's offset on, said so that PostgreSQL reads few of `known` rows."""
    few, needed = known <= MOST, query.offset + limit
    if not few and query.descending and query.sort in SPARSE:
        # Who has most is among those who have any, if these fill the page.
        first = statement.where(SPARSE[query.sort])
        if await _count(tx, first.order_by(None), needed) >= needed:
            few, statement = True, first
    if not few and query.value("q"):
        # The beginning of an order's number means a time, perhaps long ago: a long way along the order.
        few = await _count(tx, statement.order_by(None), _SORTED) <= _SORTED
    if few:
        # Few are found by what they have in common and then sorted. With the limit in sight PostgreSQL would rather
        # walk along the order until it has met enough of them, which may mean all rows. A CTE keeps its order.
        statement = select(statement.cte("found").prefix_with("materialized"))
    return statement.limit(limit).offset(query.offset)


async def _count(tx: Transaction, statement: Select[Any], most: int | None) -> int:
    """How many rows there are; beyond `most`, one more than that."""
    limited = statement if most is None else statement.limit(most + 1)
    return int(await tx.scalar(select(func.count()).select_from(limited.subquery())))


def page_in(rows: Sequence[Row], query: ListQuery) -> ListPage[Row]:
    """One page of what was loaded whole, ordered as the user asked; for an export everything."""
    if query.sort:
        rows = sorted(rows, key=lambda row: row[query.sort], reverse=query.descending)
    shown = rows if query.format else rows[query.offset : query.offset + query.limit]
    return ListPage([dict(row) for row in shown], len(rows), query)


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
    statement = statement.where(*_marked(query))
    if words := query.value("q"):
        statement = statement.where(or_(signals.c.order_id.startswith(words, autoescape=True), signals.c.uscc == words))
    return statement


def _marked(query: ListQuery) -> list[ColumnElement[bool] | TextClause]:
    """What few signals have in common, said as their indexes say it."""
    found: list[ColumnElement[bool] | TextClause] = []
    if query.value("supervised"):
        found.append(signals.c.supervised)
    if query.value("urged"):
        found.append(URGED)
    if query.value("review"):
        found.append(signals.c.review_due.is_not(None))
    if query.value("held"):
        standing = select(signal_holds.c.signal_id).where(signal_holds.c.lifted_at.is_(None))
        found.append(signals.c.signal_id.in_(standing))
    if query.value("came_by") not in {"", ORDER}:
        found.append(OTHER_DOOR)
    if week := query.value("week"):
        # Every county and category that there is, for the index that begins with them.
        every = (signals.c.county.in_(list(AREAS)), signals.c.category.in_(CATEGORIES))
        found += [*warning.counted_in(week), *every]
    return found


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
        named = select(signals.c.signal_id).where(signals.c.order_id.startswith(words, autoescape=True))
        statement = statement.where(answers.c.signal_id.in_(named))
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
