"""Counts by day, the alarms that stand out of them, and what people noted on these."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, Select, delete, false, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.clock import CHINA
from libs.common.db import Transaction
from libs.common.http.auth import CITY, Actor
from libs.common.reference import COUNTIES
from libs.common.web import ListQuery
from services.trigger.domain.alarm import ACKNOWLEDGED, OPEN, Acknowledgement
from services.trigger.domain.warning import Finding, monday_of
from services.trigger.store.tables import signals
from services.trigger.store.warning_tables import (
    alarm_findings,
    alarm_notes,
    alarms,
    count_steps,
    daily_counts,
    surveys,
)

COUNTED_KINDS: Final = ("投诉举报", "求助")  # a question or a proposal is no sign of trouble
BEHIND: Final = 20  # complaints of a week that an alarm's page names; the list has all
_PORTION: Final = 5_000  # steps added up at a time


async def add_up(tx: Transaction) -> int:
    """Add waiting steps to the counts, each once; returns how many. Two at a time take different ones."""
    waiting = select(count_steps.c.step_id).order_by(count_steps.c.step_id).limit(_PORTION)
    rows = await tx.all(
        delete(count_steps)
        .where(count_steps.c.step_id.in_(waiting.with_for_update(skip_locked=True)))
        .returning(count_steps.c.county, count_steps.c.category, count_steps.c.day, count_steps.c.change)
    )
    sums: dict[tuple[str, str, date], int] = {}
    for row in rows:
        key = (row["county"], row["category"], row["day"])
        sums[key] = sums.get(key, 0) + row["change"]
    if sums:
        statement = upsert(daily_counts)
        await tx.execute(
            statement.on_conflict_do_update(
                index_elements=["county", "category", "day"],
                set_={"number": daily_counts.c.number + statement.excluded.number},
            ),
            [
                {"county": county, "category": category, "day": day, "number": number}
                for (county, category, day), number in sorted(sums.items())
            ],
        )
    return len(rows)


async def series(tx: Transaction, since: date, before: date) -> dict[tuple[str, str], dict[date, int]]:
    """Counts by county and category of the days from `since` up to the day before `before`."""
    rows = await tx.all(
        select(daily_counts).where(daily_counts.c.day >= since, daily_counts.c.day < before, daily_counts.c.number != 0)
    )
    found: dict[tuple[str, str], dict[date, int]] = {}
    for row in rows:
        found.setdefault((row["county"], row["category"]), {})[row["day"]] = row["number"]
    return found


async def of_category(tx: Transaction, county: str, category: str, since: date) -> dict[date, tuple[int, int]]:
    """Counts of one category by day: of this county, and of all counties."""
    number = daily_counts.c.number
    mine = func.coalesce(func.sum(number).filter(daily_counts.c.county == county), 0)
    rows = await tx.all(
        select(daily_counts.c.day, mine.label("mine"), func.sum(number).label("whole"))
        .where(daily_counts.c.category == category, daily_counts.c.day >= since)
        .group_by(daily_counts.c.day)
    )
    return {row["day"]: (int(row["mine"]), int(row["whole"])) for row in rows}


async def first_day(tx: Transaction) -> date | None:
    """The first day of all counts, or None where nothing has been counted yet."""
    found: date | None = await tx.scalar(select(func.min(daily_counts.c.day)).where(daily_counts.c.number > 0))
    return found


async def last_survey(tx: Transaction) -> RowMapping | None:
    """The last day on which all counts were looked through."""
    return await tx.first(select(surveys).order_by(surveys.c.day.desc()).limit(1))


async def take_survey(tx: Transaction, day: date, now: datetime) -> bool:
    """Whether this transaction is the one that writes down the day's look; the others find nothing to do."""
    statement = upsert(surveys).values(day=day, finished_at=now).on_conflict_do_nothing().returning(surveys.c.day)
    return await tx.scalar(statement) is not None


async def add_alarm(
    tx: Transaction, alarm_id: str, signal_id: str, finding: Finding, strength: float, now: datetime
) -> bool:
    """A new alarm; False if its week has it. A stronger finding gives it its numbers, until somebody has judged it."""
    numbers = {
        "grain": finding.grain,
        "number": finding.verdict.count,
        "expected": finding.verdict.expected,
        "threshold": finding.verdict.limit,
        "strength": strength,
    }
    statement = upsert(alarms).values(
        alarm_id=alarm_id,
        signal_id=signal_id,
        county=finding.county,
        category=finding.category,
        week=finding.week,
        state=OPEN,
        raised_at=now,
        **numbers,
    )
    new = await tx.scalar(statement.on_conflict_do_nothing().returning(alarms.c.alarm_id)) is not None
    if not new:
        await tx.execute(
            update(alarms)
            .where(alarms.c.alarm_id == alarm_id, alarms.c.strength < strength, alarms.c.state == OPEN)
            .values(numbers)
        )
    return new


async def add_finding(tx: Transaction, alarm_id: str, finding: Finding, now: datetime) -> None:
    """Keep what was found, once for its day or week."""
    await tx.execute(
        upsert(alarm_findings)
        .values(
            alarm_id=alarm_id,
            grain=finding.grain,
            period=finding.period,
            number=finding.verdict.count,
            expected=finding.verdict.expected,
            threshold=finding.verdict.limit,
            chance=finding.verdict.chance,
            reference_periods=finding.verdict.references,
            found_at=now,
        )
        .on_conflict_do_nothing()
    )


async def load(tx: Transaction, alarm_id: str, *, lock: bool = False) -> RowMapping | None:
    """The alarm, or None."""
    statement = select(alarms).where(alarms.c.alarm_id == alarm_id)
    return await tx.first(statement.with_for_update() if lock else statement)


async def findings(tx: Transaction, alarm_id: str) -> Sequence[RowMapping]:
    """What was found of the alarm's week."""
    mine = select(alarm_findings).where(alarm_findings.c.alarm_id == alarm_id)
    return await tx.all(mine.order_by(alarm_findings.c.period, alarm_findings.c.grain))


async def notes(tx: Transaction, alarm_id: str) -> Sequence[RowMapping]:
    """What people noted, in order."""
    return await tx.all(select(alarm_notes).where(alarm_notes.c.alarm_id == alarm_id).order_by("number"))


async def acknowledge(
    tx: Transaction, alarm_id: str, said: Acknowledgement, account_id: str, who: str, at: datetime
) -> None:
    """Append a note; the alarm counts as judged. The caller holds the alarm's row."""
    last = select(func.coalesce(func.max(alarm_notes.c.number), 0) + 1).where(alarm_notes.c.alarm_id == alarm_id)
    await tx.execute(
        insert(alarm_notes).values(
            alarm_id=alarm_id,
            number=await tx.scalar(last),
            at=at,
            account_id=account_id,
            who=who,
            conclusion=said.conclusion,
            note=said.note,
        )
    )
    await tx.execute(update(alarms).where(alarms.c.alarm_id == alarm_id).values(state=ACKNOWLEDGED))


def alarms_seen_by(actor: Actor, query: ListQuery) -> Select[Any]:
    """Alarms, latest week first, the strongest of a week first."""
    names = ("alarm_id", "signal_id", "county", "category", "week", "grain", "number", "expected", "threshold")
    statement = select(*(alarms.c[name] for name in (*names, "strength", "state", "raised_at"))).order_by(
        alarms.c.week.desc(), alarms.c.strength.desc(), alarms.c.alarm_id
    )
    if not actor.whole_city:
        statement = statement.where(alarms.c.county == actor.county)
    for name in ("county", "category", "state", "grain"):
        if value := query.value(name):
            statement = statement.where(alarms.c[name] == value)
    return statement


async def by_county(tx: Transaction, actor: Actor, since: date) -> dict[str, int]:
    """How many alarms each county has had since the week of `since`."""
    statement = select(alarms.c.county, func.count().label("number")).where(alarms.c.week >= since)
    if not actor.whole_city:
        statement = statement.where(alarms.c.county == actor.county)
    return {row["county"]: row["number"] for row in await tx.all(statement.group_by(alarms.c.county))}


async def open_alarms(tx: Transaction, actor: Actor) -> int:
    """How many alarms wait for somebody's judgement."""
    statement = select(func.count()).select_from(alarms).where(alarms.c.state == OPEN)
    if not actor.whole_city:
        statement = statement.where(alarms.c.county == actor.county)
    return int(await tx.scalar(statement))


def counted_in(day: str) -> list[ColumnElement[bool]]:
    """Which signals are counted in the week of this day (YYYY-MM-DD), in China; none if it is no day of our times."""
    try:
        first = monday_of(date.fromisoformat(day))
    except (ValueError, OverflowError):
        return [false()]
    if not 2000 <= first.year < 9000:
        return [false()]
    after = first + timedelta(weeks=1)
    return [
        signals.c.kind.in_(COUNTED_KINDS),
        signals.c.accepted_at >= datetime.combine(first, time.min, CHINA),
        signals.c.accepted_at < datetime.combine(after, time.min, CHINA),
    ]


async def signals_of(tx: Transaction, county: str, category: str, week: date) -> Sequence[RowMapping]:
    """The complaints behind a week's count, without anything protected, at most 20; CITY: of all counties."""
    counties = [area.adcode for area in COUNTIES] if county == CITY else [county]  # for the index by county
    names = ("signal_id", "order_id", "platform", "county", "state", "accepted_at")
    statement = select(*(signals.c[name] for name in names)).where(
        signals.c.county.in_(counties), signals.c.category == category, *counted_in(week.isoformat())
    )
    return await tx.all(statement.order_by(signals.c.accepted_at.desc(), signals.c.signal_id).limit(BEHIND))
