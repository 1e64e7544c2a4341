"""Subjects, in and out."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, RowMapping, Text, any_, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db.transaction import Transaction
from libs.common.web.tables import ListQuery
from services.registry.domain.subject import KnownSubject, Subject, Visits
from services.registry.store.bulk import copy_upsert
from services.registry.store.tables import subject_inspections, subjects

_FIELDS = tuple(field.name for field in fields(Subject))


def _known(row: RowMapping) -> KnownSubject:
    return KnownSubject(
        Subject(**{name: row[name] for name in _FIELDS}),
        row["version"],
        Visits(row["last_inspected_on"], row["inspections"], row["inspections_year"]),
    )


async def load_subjects(tx: Transaction, codes: Sequence[str]) -> dict[str, KnownSubject]:
    """Those of the codes that are known, locked against change."""
    wanted = literal(list(codes), ARRAY(Text))
    rows = await tx.all(
        select(subjects).where(subjects.c.uscc == any_(wanted)).order_by(subjects.c.uscc).with_for_update()
    )
    return {row["uscc"]: _known(row) for row in rows}


async def save_subjects(tx: Transaction, known: Iterable[KnownSubject], who: str, now: datetime) -> None:
    """Write new and changed subjects."""
    rows: list[dict[str, Any]] = [
        {
            **{name: getattr(one.subject, name) for name in _FIELDS},
            "version": one.version,
            "last_inspected_on": one.visits.last_on,
            "inspections": one.visits.count,
            "inspections_year": one.visits.year,
            "changed_at": now,
            "changed_by": who,
        }
        for one in known
    ]
    await copy_upsert(tx, subjects, rows)


async def find_subject(tx: Transaction, uscc: str) -> KnownSubject | None:
    """One subject, or None."""
    row = await tx.first(select(subjects).where(subjects.c.uscc == uscc))
    return _known(row) if row else None


async def note_inspection(tx: Transaction, uscc: str, case_id: str, ended_on: date, result: str) -> bool:
    """Remember a finished inspection; False when this case was counted already."""
    statement = upsert(subject_inspections).values(uscc=uscc, case_id=case_id, ended_on=ended_on, result=result)
    done = await tx.execute(statement.on_conflict_do_nothing())
    return bool(done.rowcount)


async def inspections_of(tx: Transaction, uscc: str) -> Sequence[RowMapping]:
    """The finished inspections of a subject, the latest first."""
    return await tx.all(
        select(subject_inspections)
        .where(subject_inspections.c.uscc == uscc)
        .order_by(subject_inspections.c.ended_on.desc())
    )


async def list_subjects(
    tx: Transaction, query: ListQuery, county: str | None, *, every: bool = False
) -> tuple[Sequence[RowMapping], int]:
    """One page (or all) of the subjects of `county` (None: of every county), and their number."""
    where = _conditions(query, county)
    order = subjects.c[query.sort or "name"]
    statement = select(subjects).where(*where)
    statement = statement.order_by(
        order.desc().nulls_last() if query.descending else order.asc().nulls_first(), subjects.c.uscc
    )
    if not every:
        statement = statement.limit(query.limit).offset(query.offset)
    total = await tx.scalar(select(func.count()).select_from(subjects).where(*where))
    return await tx.all(statement), int(total)


def _conditions(query: ListQuery, county: str | None) -> list[Any]:
    where: list[Any] = [subjects.c.county == county] if county else []
    if text := query.value("q"):
        where.append(
            or_(
                subjects.c.name.contains(text, autoescape=True),
                subjects.c.uscc.startswith(text.upper(), autoescape=True),
            )
        )
    where.extend(
        subjects.c[name] == value
        for name in ("county", "scale", "kind", "integrity_grade")
        if (value := query.value(name))
    )
    if classes := query.values("credit_class"):
        where.append(subjects.c.credit_class.in_(classes))
    if industry := query.value("industry"):
        where.append(subjects.c.industry.startswith(industry, autoescape=True))
    if live := query.value("live"):
        alive = subjects.c.registration_state == "存续"
        where.append(alive if live == "yes" else ~alive)
    return where


async def count_subjects(tx: Transaction, by: str, county: str | None) -> dict[str, int]:
    """Live subjects by county, credit class, scale, or section of industry (`industry`)."""
    column: Any = func.substr(subjects.c.industry, 1, 1) if by == "industry" else subjects.c[by]
    statement = select(column.label("of"), func.count().label("n")).where(subjects.c.registration_state == "存续")
    if county:
        statement = statement.where(subjects.c.county == county)
    return {row["of"]: row["n"] for row in await tx.all(statement.group_by(column))}


async def set_visits(tx: Transaction, one: KnownSubject, now: datetime) -> None:
    """Write version and inspections of a subject after one more inspection."""
    await tx.execute(
        update(subjects)
        .where(subjects.c.uscc == one.subject.uscc)
        .values(
            version=one.version,
            last_inspected_on=one.visits.last_on,
            inspections=one.visits.count,
            inspections_year=one.visits.year,
            changed_at=now,
            changed_by="inspection",
        )
    )
