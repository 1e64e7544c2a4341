"""What each version of a rule counts, by group, and when its groups fired by event time."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    RowMapping,
    Select,
    String,
    cast,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db import Transaction
from services.trigger.domain.rule import Asked, Group, Rule, points_of
from services.trigger.domain.signal import MATCHED
from services.trigger.domain.weigh import Fact, Firing, Moment, micros
from services.trigger.store.tables import rule_facts, rule_firings, signals

BATCH = 5_000  # rows between two breaths of the event loop
_COLUMNS = ("accepted_at", "signal_id", "county", "letter", "uscc", "complainant", "category", "points")


def _of(table: Any, rule: Rule, group_key: str | None = None) -> list[ColumnElement[bool]]:
    own = [table.c.rule_id == rule.id, table.c.version == rule.version]
    return own if group_key is None else [*own, table.c.group_key == group_key]


async def lock(tx: Transaction, rule: Rule, group: Group) -> None:
    """Until this transaction ends nobody else weighs this group by this rule, in whichever version.

    A rule that looks at a whole county or industry is weighed one group at a time, since groups decide on each other.
    """
    key = rule.id if rule.gathers else f"{rule.id}|{group.key}"
    await tx.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 2))").bindparams(key=key))


def concerning(rule: Rule) -> list[ColumnElement[bool]]:
    """The conditions of `domain.rule.concerns`, as SQL on signals."""
    when = rule.when
    conditions: list[ColumnElement[bool]] = [
        signals.c.state == MATCHED,
        signals.c.kind.in_(when.kinds),
        signals.c.category.in_(when.categories),
    ]
    if when.sources:
        conditions.append(signals.c.source.in_(when.sources))
    if when.items:
        conditions.append(signals.c.category_path.has_any(cast(array(when.items), ARRAY(String))))
    if when.flags:
        conditions.append(signals.c.flags.has_any(cast(array(when.flags), ARRAY(String))))
    if when.supervised:
        conditions.append(signals.c.supervised)
    return conditions + _fitting(when.subject)


def _fitting(asked: Asked) -> list[ColumnElement[bool]]:
    known = signals.c.attributes
    named = {"credit_class": asked.classes, "scale": asked.scales, "enterprise_type": asked.types}
    conditions: list[ColumnElement[bool]] = [
        func.coalesce(known[name].astext, "").in_(words) for name, words in named.items() if words
    ]
    if asked.industries:
        conditions.append(signals.c.industry.regexp_match(f"^({'|'.join(asked.industries)})"))
    headcount = func.coalesce(cast(known["headcount"].astext, Integer), 0)
    insured = func.coalesce(cast(known["insured_headcount"].astext, Integer), 0)
    if asked.headcount_from is not None:
        conditions.append(headcount >= asked.headcount_from)
    if asked.headcount_to is not None:
        conditions.append(headcount <= asked.headcount_to)
    if asked.uninsured_from is not None:
        conditions.append(headcount - insured >= asked.uninsured_from)
    return conditions


async def count_history(tx: Transaction, rule: Rule) -> RowMapping:
    """How many stored signals the rule counts (`number`), and when the first and last were accepted."""
    moment = signals.c.accepted_at
    found = await tx.first(
        select(func.count().label("number"), func.min(moment).label("first"), func.max(moment).label("last")).where(
            *concerning(rule)
        )
    )
    assert found is not None  # noqa: S101 - an aggregate has one row
    return found


async def history(tx: Transaction, rule: Rule, since: datetime | None = None) -> AsyncIterator[list[Fact]]:
    """The stored signals that the rule counts, in the order of acceptance, in portions."""
    about = (signals.c.category, signals.c.flags, signals.c.supervised) if rule.when.points else (signals.c.category,)
    statement: Select[Any] = (
        select(
            signals.c.accepted_at,
            signals.c.signal_id,
            signals.c.county,
            func.left(signals.c.industry, 1),
            signals.c.uscc,
            signals.c.complainant,
            *about,
        )
        .where(*concerning(rule), signals.c.accepted_at > since if since else true())
        .order_by(signals.c.accepted_at, signals.c.signal_id.collate("C"))
    )
    async with tx.connection.stream(statement.execution_options(yield_per=BATCH)) as result:
        async for rows in result.partitions():
            if rule.when.points:
                yield [
                    Fact(micros(at), sid, county, letter, uscc, who, kind, points_of(rule, kind, flags, supervised=sup))
                    for at, sid, county, letter, uscc, who, kind, flags, sup in rows
                ]
            else:
                yield [
                    Fact(micros(at), sid, county, letter, uscc, who, kind, 1)
                    for at, sid, county, letter, uscc, who, kind in rows
                ]


async def add(tx: Transaction, rule: Rule, facts: Sequence[tuple[str, datetime, Fact]]) -> list[str]:
    """Write signals (group key, time, fact) down as counted; the ids of those that were not yet."""
    rows = [
        {"rule_id": rule.id, "version": rule.version, "group_key": key, **fact._asdict(), "accepted_at": accepted_at}
        for key, accepted_at, fact in facts
    ]
    new: list[str] = []
    for start in range(0, len(rows), 2_000):  # PostgreSQL takes 32 767 parameters at most
        part = [{name: value for name, value in row.items() if name != "at"} for row in rows[start : start + 2_000]]
        values = part[0] if len(part) == 1 else part  # SQLAlchemy compiles a list anew each time
        statement = upsert(rule_facts).values(values).on_conflict_do_nothing().returning(rule_facts.c.signal_id)
        new += [row["signal_id"] for row in await tx.all(statement)]
    return new


async def raise_points(tx: Transaction, rule: Rule, group: Group, fact: Fact, accepted_at: datetime) -> bool:
    """A counted signal weighs more than it did (督办); False if it does not."""
    statement = (
        update(rule_facts)
        .where(*_one(rule, group, fact, accepted_at), rule_facts.c.points < fact.points)
        .values(points=fact.points)
    )
    return await tx.scalar(statement.returning(rule_facts.c.signal_id)) is not None


async def forget(tx: Transaction, rule: Rule, group: Group, fact: Fact, accepted_at: datetime) -> None:
    """The signal is counted no longer."""
    await tx.execute(delete(rule_facts).where(*_one(rule, group, fact, accepted_at)))


def _one(rule: Rule, group: Group, fact: Fact, accepted_at: datetime) -> list[ColumnElement[bool]]:
    own = (rule_facts.c.accepted_at == accepted_at, rule_facts.c.signal_id == fact.signal_id)
    return [*_of(rule_facts, rule, group.key), *own]


async def fired_within(tx: Transaction, rule: Rule, accepted_at: datetime) -> bool:
    """Whether any group fired in a window that may have held a signal accepted then."""
    until = accepted_at + timedelta(days=rule.when.window_days)
    fired = rule_firings.c.moment >= accepted_at, rule_firings.c.moment < until
    return bool(await tx.scalar(select(exists().where(*_of(rule_firings, rule), *fired))))


async def facts(tx: Transaction, rule: Rule, group: Group, since: datetime) -> list[Fact]:
    """The group's counted signals accepted after `since`, in order."""
    return await _facts(tx, *_of(rule_facts, rule, group.key), rule_facts.c.accepted_at > since)


async def around(tx: Transaction, rule: Rule, group: Group, letters: Sequence[str], since: datetime) -> list[Fact]:
    """The counted signals of the whole county and of these industry letters, accepted after `since`."""
    near = (rule_facts.c.county == group.county) | rule_facts.c.letter.in_(letters)
    return await _facts(tx, *_of(rule_facts, rule), near, rule_facts.c.accepted_at > since)


async def _facts(tx: Transaction, *conditions: ColumnElement[bool]) -> list[Fact]:
    statement = (
        select(*(rule_facts.c[name] for name in _COLUMNS))
        .where(*conditions)
        .order_by(rule_facts.c.accepted_at, rule_facts.c.signal_id.collate("C"))
    )
    return [Fact(micros(row[0]), *row[1:]) for row in await tx.connection.execute(statement)]


async def neighbours(tx: Transaction, rule: Rule, fact: Fact, accepted_at: datetime) -> list[str]:
    """The groups whose firing a signal may decide, since it counts for their county or industry."""
    near = (rule_facts.c.county == fact.county) | (rule_facts.c.letter == fact.letter)
    until = accepted_at + timedelta(days=rule.when.window_days)
    statement = (
        select(rule_facts.c.group_key)
        .where(*_of(rule_facts, rule), near, rule_facts.c.accepted_at >= accepted_at, rule_facts.c.accepted_at < until)
        .distinct()
    )
    return sorted(row["group_key"] for row in await tx.all(statement))


async def firings(tx: Transaction, rule: Rule, group: Group) -> list[RowMapping]:
    """The group's firings by this version, by event time; first the one taken over from earlier versions."""
    return list(
        await tx.all(
            select(rule_firings)
            .where(*_of(rule_firings, rule, group.key))
            .order_by(rule_firings.c.inherited.desc(), rule_firings.c.moment, rule_firings.c.signal_id.collate("C"))
        )
    )


def moment_of(row: RowMapping) -> Moment:
    """When a stored firing was, by event time."""
    return micros(row["moment"]), row["signal_id"]


async def add_firing(
    tx: Transaction, rule: Rule, group_key: str, trigger_id: str, firing: Firing, *, announced: bool,
    inherited: bool = False,
) -> None:  # fmt: skip
    """Write a firing down."""
    await tx.execute(
        insert(rule_firings).values(
            rule_id=rule.id,
            version=rule.version,
            group_key=group_key,
            trigger_id=trigger_id,
            moment=firing.at,
            signal_id=firing.moment[1],
            counts=dict(firing.counts),
            announced=announced,
            inherited=inherited,
        )
    )


async def move_firing(tx: Transaction, rule: Rule, group: Group, trigger_id: str, firing: Firing) -> None:
    """A signal that came late changed when the group fired, or for how many signals."""
    await tx.execute(
        update(rule_firings)
        .where(*_of(rule_firings, rule, group.key), rule_firings.c.trigger_id == trigger_id)
        .values(moment=firing.at, signal_id=firing.moment[1], counts=dict(firing.counts))
    )


async def recounted(tx: Transaction, trigger_id: str) -> RowMapping | None:
    """The firing of a trigger as all signals known today say; None for one older than that record."""
    statement = select(rule_firings).where(rule_firings.c.trigger_id == trigger_id, ~rule_firings.c.inherited)
    return await tx.first(statement)
