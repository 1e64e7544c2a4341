"""What each version of a rule counts, by group, and when its groups fired by event time."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    RowMapping,
    Select,
    String,
    Text,
    any_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, array

from libs.common.db import Transaction
from services.trigger.domain.changes import Fired
from services.trigger.domain.rule import Asked, Group, Rule, points_of
from services.trigger.domain.signal import MATCHED
from services.trigger.domain.weigh import Fact, Firing, micros, when
from services.trigger.store.tables import rule_facts, rule_firings, signals

BATCH = 5_000  # rows between two breaths of the event loop
_COLUMNS = ("accepted_at", "signal_id", "county", "letter", "uscc", "complainant", "category", "points")


def _of(table: Any, rule: Rule, group_key: str | None = None) -> list[ColumnElement[bool]]:
    own = [table.c.rule_id == rule.id, table.c.version == rule.version]
    return own if group_key is None else [*own, table.c.group_key == group_key]


async def lock(tx: Transaction, rule: Rule, keys: Iterable[str]) -> None:
    """Until this transaction ends nobody else weighs these groups by this rule, in whichever version.

    A rule that looks at a whole county or industry is weighed one group at a time, since groups decide on each other.
    """
    wanted = [rule.id] if rule.gathers else [f"{rule.id}|{key}" for key in sorted(set(keys))]
    await tx.execute(_LOCK, {"keys": wanted})


_LOCK: Final = text("""
select pg_advisory_xact_lock(hashtextextended(key, 2))
from unnest(cast(:keys as text[])) with ordinality as wanted(key, place) order by place
""")


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
    given = {
        "rule": rule.id,
        "version": rule.version,
        "keys": [key for key, _, _ in facts],
        "accepted_at": [accepted_at for _, accepted_at, _ in facts],
        **{name: [getattr(fact, name) for _, _, fact in facts] for name in _COLUMNS[1:]},
    }
    return [row.signal_id for row in await tx.execute(_ADD, given)]


_ADD: Final = text(f"""
insert into rule_facts (rule_id, version, group_key, {", ".join(_COLUMNS)})
select :rule, :version, * from unnest(
  cast(:keys as text[]), cast(:accepted_at as timestamptz[]), cast(:signal_id as text[]), cast(:county as text[]),
  cast(:letter as text[]), cast(:uscc as text[]), cast(:complainant as text[]), cast(:category as text[]),
  cast(:points as int[])
)
on conflict do nothing
returning signal_id
""")  # noqa: S608 - names of our own


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


async def facts(tx: Transaction, rule: Rule, since: Mapping[str, datetime]) -> dict[str, list[Fact]]:
    """The counted signals of these groups accepted after the moment given for each, in order."""
    found: dict[str, list[Fact]] = {key: [] for key in since}
    wanted = {"rule": rule.id, "version": rule.version, "keys": list(since), "since": list(since.values())}
    for row in (await tx.execute(_FACTS, wanted)).mappings():
        found[row["key"]].append(_fact(row))
    return found


_FACTS: Final = text(f"""
select wanted.key, {", ".join(_COLUMNS)}
from unnest(cast(:keys as text[]), cast(:since as timestamptz[])) as wanted(key, since) join rule_facts
  on rule_id = :rule and version = :version and group_key = wanted.key and accepted_at > wanted.since
order by accepted_at, signal_id collate "C"
""")  # noqa: S608 - names of our own


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
    return [_fact(row) for row in await tx.all(statement)]


def _fact(row: RowMapping) -> Fact:
    return Fact(micros(row["accepted_at"]), *(row[name] for name in _COLUMNS[1:]))


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


async def firings(tx: Transaction, rule: Rule, keys: Iterable[str]) -> dict[str, list[Fired]]:
    """The firings of these groups by this version, by event time; first those taken over from earlier versions."""
    found: dict[str, list[Fired]] = {key: [] for key in keys}
    rows = await tx.all(
        select(*(rule_firings.c[name] for name in ("group_key", "trigger_id", "moment", "signal_id", *_HOW)))
        .where(*_of(rule_firings, rule), rule_firings.c.group_key == any_(literal(list(found), ARRAY(Text))))
        .order_by(rule_firings.c.inherited.desc(), rule_firings.c.moment, rule_firings.c.signal_id.collate("C"))
    )
    for row in rows:
        moment = micros(row["moment"]), row["signal_id"]
        found[row["group_key"]].append(Fired(row["trigger_id"], moment, row["announced"], row["inherited"]))
    return found


_HOW: Final = ("announced", "inherited")


async def add_firings(tx: Transaction, rule: Rule, new: Sequence[tuple[str, Fired, Mapping[str, int]]]) -> None:
    """Write firings (group key, firing, counts) down."""
    if new:
        await tx.execute(
            insert(rule_firings),
            [
                {
                    "rule_id": rule.id,
                    "version": rule.version,
                    "group_key": key,
                    "trigger_id": fired.trigger_id,
                    "moment": when(fired.moment[0]),
                    "signal_id": fired.moment[1],
                    "counts": dict(counts),
                    "announced": fired.announced,
                    "inherited": fired.inherited,
                }
                for key, fired, counts in new
            ],
        )


async def move_firings(tx: Transaction, rule: Rule, moved: Sequence[tuple[str, str, Firing]]) -> None:
    """A signal that came late changed when a group (key, trigger id) fired, or for how many signals."""
    if moved:
        await tx.execute(
            _MOVE,
            [
                {
                    "rule": rule.id, "numbered": rule.version, "key": key, "trigger": trigger_id,
                    "moment": firing.at, "signal_id": firing.moment[1], "counts": dict(firing.counts),
                }
                for key, trigger_id, firing in sorted(moved, key=lambda each: each[:2])
            ],
        )  # fmt: skip


_MOVE: Final = update(rule_firings).where(
    rule_firings.c.rule_id == bindparam("rule"),
    rule_firings.c.version == bindparam("numbered"),
    rule_firings.c.group_key == bindparam("key"),
    rule_firings.c.trigger_id == bindparam("trigger"),
)


async def recounted(tx: Transaction, trigger_id: str) -> RowMapping | None:
    """The firing of a trigger as all signals known today say; None for one older than that record."""
    statement = select(rule_firings).where(rule_firings.c.trigger_id == trigger_id, ~rule_firings.c.inherited)
    return await tx.first(statement)
