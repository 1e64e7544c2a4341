"""What the risk view knows of subjects, and the points as of the last night."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import RowMapping, Select, delete, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.clock import CHINA, china_date
from libs.common.db import Transaction
from libs.common.http.auth import Actor
from libs.common.web import ListQuery
from services.trigger.domain.risk import COUNTED_SOURCE, Complaint, Facts, Result
from services.trigger.store.tables import signals, subjects
from services.trigger.store.warning_tables import risk_points, subject_results


async def keep_result(
    tx: Transaction, case_id: str, uscc: str, code: str, non_cooperation: Sequence[int], ended_on: date
) -> None:
    """What an inspection found of a subject; heard again it changes nothing."""
    await tx.execute(
        upsert(subject_results)
        .values(
            case_id=case_id, uscc=uscc, subject_result=code, non_cooperation=list(non_cooperation), ended_on=ended_on
        )
        .on_conflict_do_nothing()
    )


async def subject(tx: Transaction, uscc: str) -> RowMapping | None:
    """The subject as registry told of it, or None."""
    return await tx.first(select(subjects).where(subjects.c.uscc == uscc))


async def portion(tx: Transaction, after: str, limit: int) -> Sequence[RowMapping]:
    """The next subjects by code after `after`."""
    return await tx.all(select(subjects).where(subjects.c.uscc > after).order_by(subjects.c.uscc).limit(limit))


async def facts_of(tx: Transaction, rows: Sequence[RowMapping], today: date, days: int) -> dict[str, Facts]:
    """What is known of these subjects from the last `days`."""
    codes = [row["uscc"] for row in rows]
    complaints: dict[str, list[Complaint]] = {}
    results: dict[str, list[Result]] = {}
    for row in await tx.all(
        select(signals.c.signal_id, signals.c.uscc, signals.c.category, signals.c.accepted_at)
        .where(
            signals.c.uscc.in_(codes),
            signals.c.source == COUNTED_SOURCE,
            signals.c.accepted_at >= _midnight(today - timedelta(days=days)),
        )
        .order_by(signals.c.accepted_at.desc())
    ):
        one = Complaint(row["signal_id"], row["category"], china_date(row["accepted_at"]))
        complaints.setdefault(row["uscc"], []).append(one)
    statement = select(subject_results).where(subject_results.c.uscc.in_(codes))
    for row in await tx.all(statement.order_by(subject_results.c.ended_on.desc())):
        found = Result(row["case_id"], row["subject_result"], bool(row["non_cooperation"]), row["ended_on"])
        results.setdefault(row["uscc"], []).append(found)
    return {
        row["uscc"]: Facts(
            row["credit_class"],
            row["headcount"],
            row["insured_headcount"],
            complaints.get(row["uscc"], []),
            results.get(row["uscc"], []),
        )
        for row in rows
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, CHINA)


async def keep_points(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put these points in the place of older ones."""
    if rows:
        statement = upsert(risk_points)
        new = statement.excluded
        names = ("name", "county", "industry", "points", "reasons", "table_version", "reckoned_on")
        await tx.execute(
            statement.on_conflict_do_update(index_elements=["uscc"], set_={name: new[name] for name in names}), rows
        )


async def forget_points(tx: Transaction, before: date) -> None:
    """Subjects without points any more leave the list; it is a projection, made anew each day."""
    await tx.execute(delete(risk_points).where(risk_points.c.reckoned_on < before))


def points_seen_by(actor: Actor, query: ListQuery) -> Select[Any]:
    """Subjects with points, most first."""
    statement = select(risk_points).order_by(risk_points.c.points.desc(), risk_points.c.uscc)
    if not actor.whole_city:
        statement = statement.where(risk_points.c.county == actor.county)
    if value := query.value("county"):
        statement = statement.where(risk_points.c.county == value)
    if letter := query.value("industry"):
        statement = statement.where(risk_points.c.industry.startswith(letter, autoescape=True))
    if words := query.value("q"):
        statement = statement.where(
            or_(risk_points.c.name.contains(words, autoescape=True), risk_points.c.uscc == words)
        )
    return statement
