"""What the risk view knows of subjects, and the points as of the last night."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    RowMapping,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.clock import CHINA
from libs.common.db import Transaction
from libs.common.http.auth import Actor
from libs.common.web import ListQuery
from services.trigger.domain.registry_signal import PLATFORM as REGISTRY
from services.trigger.domain.risk import COUNTED_SOURCE, Complaint, Facts, Result
from services.trigger.store.tables import signals, subjects
from services.trigger.store.warning_tables import risk_history, risk_points, subject_results


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
    told: dict[str, dict[str, date]] = {}
    named = any_(literal(codes, ARRAY(Text)))  # one parameter, not one for each
    day = cast(func.timezone("Asia/Shanghai", signals.c.accepted_at), Date)
    wanted = (signals.c[name] for name in ("signal_id", "uscc", "platform", "kind", "category"))
    said: Any = await tx.execute(
        select(*wanted, day)
        .where(
            signals.c.uscc == named,
            or_(signals.c.source == COUNTED_SOURCE, signals.c.platform == REGISTRY),
            signals.c.accepted_at >= _midnight(today - timedelta(days=days)),
        )
        .order_by(signals.c.accepted_at.desc())
    )
    for signal_id, uscc, platform, kind, category, on in said:
        if platform == REGISTRY:
            told.setdefault(uscc, {}).setdefault(kind, on)
        else:
            complaints.setdefault(uscc, []).append(Complaint(signal_id, category, on))
    statement = select(subject_results).where(subject_results.c.uscc == named)
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
            row["integrity_grade"],
            told.get(row["uscc"], {}),
        )
        for row in rows
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, CHINA)


async def keep_points(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put these points in the place of older ones; those of another version of the table stay in the history."""
    if rows:
        await _keep_history(
            tx,
            risk_points.c.uscc == any_(literal([row["uscc"] for row in rows], ARRAY(Text))),
            risk_points.c.table_version != rows[0]["table_version"],
        )
        await tx.execute(_KEEP, {"rows": [{**row, "reckoned_on": row["reckoned_on"].isoformat()} for row in rows]})


# All in one: row by row it takes five times as long.
_COLUMNS: Final = tuple(column.name for column in risk_points.columns)
_KEEP: Final = text(f"""
insert into risk_points ({", ".join(_COLUMNS)})
select {", ".join(_COLUMNS)} from jsonb_populate_recordset(null::risk_points, :rows) order by uscc
on conflict (uscc) do update set {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "uscc")}
""").bindparams(bindparam("rows", type_=JSONB))  # noqa: S608 - names of our own


async def _keep_history(tx: Transaction, *conditions: ColumnElement[bool]) -> None:
    names = ("uscc", "table_version", "points", "reasons", "reckoned_on")
    statement = upsert(risk_history).from_select(
        names, select(*(risk_points.c[name] for name in names)).where(*conditions)
    )
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["uscc", "table_version"],
            set_={name: statement.excluded[name] for name in ("points", "reasons", "reckoned_on")},
        )
    )


async def history(tx: Transaction, uscc: str) -> Sequence[RowMapping]:
    """What older versions of the table came to for this subject, the newest first."""
    mine = select(risk_history).where(risk_history.c.uscc == uscc)
    return await tx.all(mine.order_by(risk_history.c.table_version.desc()))


async def reckoned(tx: Transaction, uscc: str) -> RowMapping | None:
    """The subject's row of the list, as reckoned last, or None."""
    return await tx.first(select(risk_points).where(risk_points.c.uscc == uscc))


async def forget_points(tx: Transaction, before: date, version: int) -> None:
    """Subjects without points any more leave the list; it is a projection, made anew each day.

    Whoever leaves it because of a new version of the table stays in the history.
    """
    gone = risk_points.c.reckoned_on < before
    await _keep_history(tx, gone, risk_points.c.table_version != version)
    await tx.execute(delete(risk_points).where(gone))


def points_seen_by(actor: Actor, query: ListQuery) -> Select[Any]:
    """Subjects with points, most first."""
    statement = select(risk_points).order_by(risk_points.c.points.desc(), risk_points.c.uscc)
    if not actor.whole_city:
        statement = statement.where(risk_points.c.county == actor.county)
    if value := query.value("county"):
        statement = statement.where(risk_points.c.county == value)
    if letter := query.value("industry"):
        statement = statement.where(risk_points.c.industry.startswith(letter, autoescape=True))
    if version := query.value("version"):
        known = int(version) if version.isdecimal() and len(version) < 6 else 0
        statement = statement.where(risk_points.c.table_version == known)
    if words := query.value("q"):
        statement = statement.where(
            or_(risk_points.c.name.contains(words, autoescape=True), risk_points.c.uscc == words)
        )
    return statement
