"""Officers, in and out, with the log of what was changed by hand."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, or_, select

from libs.common.db.transaction import Transaction
from libs.common.ids import new_id
from libs.common.web.tables import ListQuery
from services.registry.domain.officer import KnownOfficer, Officer, Recusal
from services.registry.store.bulk import upsert_rows
from services.registry.store.tables import officer_log, officers, units


def known_officer(row: RowMapping) -> KnownOfficer:
    """An officer as a row holds one."""
    return KnownOfficer(
        Officer(
            officer_id=row["officer_id"],
            name=row["name"],
            unit_id=row["unit_id"],
            certificate_number=row["certificate_number"],
            certificate_valid_to=row["certificate_valid_to"],
            staff_kind=row["staff_kind"],
            duty=row["duty"],
            phone=row["phone"],
            items_allowed=tuple(row["items_allowed"]),
            recusals=tuple(
                Recusal(
                    entry["uscc"],
                    entry["relation"],
                    date.fromisoformat(entry["declared_on"]) if entry["declared_on"] else None,
                )
                for entry in row["recusals"]
            ),
            trained_on=row["trained_on"],
        ),
        row["version"],
        row["county"],
    )


async def load_officers(tx: Transaction) -> dict[str, KnownOfficer]:
    """Every officer, locked against change; there are a few hundred."""
    rows = await tx.all(select(officers).order_by(officers.c.officer_id).with_for_update())
    return {row["officer_id"]: known_officer(row) for row in rows}


async def load_officer(tx: Transaction, officer_id: str, *, lock: bool = False) -> KnownOfficer | None:
    """One officer, or None."""
    statement = select(officers).where(officers.c.officer_id == officer_id)
    row = await tx.first(statement.with_for_update() if lock else statement)
    return known_officer(row) if row else None


async def save_officers(tx: Transaction, known: Iterable[KnownOfficer], who: str, now: datetime) -> None:
    """Write new and changed officers."""
    await upsert_rows(tx, officers, [_row(one) | {"changed_at": now, "changed_by": who} for one in known])


def _row(one: KnownOfficer) -> dict[str, Any]:
    officer = one.officer
    return {
        "officer_id": officer.officer_id,
        "version": one.version,
        "name": officer.name,
        "unit_id": officer.unit_id,
        "county": one.county,
        "certificate_number": officer.certificate_number,
        "certificate_valid_to": officer.certificate_valid_to,
        "staff_kind": officer.staff_kind,
        "duty": officer.duty,
        "phone": officer.phone,
        "items_allowed": list(officer.items_allowed),
        "recusals": [
            {
                "uscc": recusal.uscc,
                "relation": recusal.relation,
                "declared_on": recusal.declared_on.isoformat() if recusal.declared_on else None,
            }
            for recusal in officer.recusals
        ],
        "trained_on": officer.trained_on,
    }


async def log_officer(tx: Transaction, officer_id: str, who: str, what: str, now: datetime) -> None:
    """Append to the officer's log."""
    await tx.execute(insert(officer_log).values(officer_id=officer_id, entry_id=new_id(), at=now, who=who, what=what))


async def log_of(tx: Transaction, officer_id: str) -> Sequence[RowMapping]:
    """What was changed by hand, the latest first."""
    return await tx.all(
        select(officer_log).where(officer_log.c.officer_id == officer_id).order_by(officer_log.c.entry_id.desc())
    )


async def list_officers(
    tx: Transaction, query: ListQuery, county: str | None, today: date, *, every: bool = False
) -> tuple[Sequence[RowMapping], int]:
    """One page (or all) of the officers of `county` (None: of every county) with the names of their units."""
    where: list[Any] = [officers.c.county == county] if county else []
    drawable = (
        (officers.c.duty == "在岗") & (officers.c.staff_kind == "执法人员") & (officers.c.certificate_valid_to >= today)
    )
    if text := query.value("q"):
        where.append(
            or_(
                *(
                    officers.c[name].contains(text, autoescape=True)
                    for name in ("name", "officer_id", "certificate_number")
                )
            )
        )
    where.extend(
        officers.c[name] == value
        for name in ("county", "unit_id", "staff_kind", "duty")
        if (value := query.value(name))
    )
    if state := query.value("drawable"):
        where.append(drawable if state == "yes" else ~drawable)
    order = officers.c[query.sort or "officer_id"]
    statement = (
        select(officers, func.coalesce(units.c.name, officers.c.unit_id).label("unit_name"), drawable.label("drawable"))
        .outerjoin(units, units.c.unit_id == officers.c.unit_id)
        .where(*where)
        .order_by(order.desc() if query.descending else order, officers.c.officer_id)
    )
    if not every:
        statement = statement.limit(query.limit).offset(query.offset)
    total = await tx.scalar(select(func.count()).select_from(officers).where(*where))
    return await tx.all(statement), int(total)
