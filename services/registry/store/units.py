"""Units, in and out."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, func, select

from libs.common.db.transaction import Transaction
from libs.common.web.tables import ListQuery
from services.registry.domain.unit import Unit
from services.registry.store.bulk import upsert_rows
from services.registry.store.tables import officers, units


async def load_units(tx: Transaction) -> dict[str, tuple[Unit, int]]:
    """Every unit with its version; there are a few dozen."""
    rows = await tx.all(select(units).order_by(units.c.unit_id))
    return {
        row["unit_id"]: (Unit(row["unit_id"], row["name"], row["county"], row["kind"]), row["version"]) for row in rows
    }


async def save_units(tx: Transaction, known: Iterable[tuple[Unit, int]], who: str, now: datetime) -> None:
    """Write new and changed units."""
    await upsert_rows(
        tx,
        units,
        [
            {
                "unit_id": unit.unit_id,
                "version": version,
                "name": unit.name,
                "county": unit.county,
                "kind": unit.kind,
                "changed_at": now,
                "changed_by": who,
            }
            for unit, version in known
        ],
    )


async def list_units(tx: Transaction, query: ListQuery, *, every: bool = False) -> tuple[Sequence[RowMapping], int]:
    """One page (or all) of the units with the number of their officers."""
    staff = select(officers.c.unit_id, func.count().label("officers")).group_by(officers.c.unit_id).subquery()
    where = []
    if text := query.value("q"):
        where.append(units.c.name.contains(text, autoescape=True))
    where.extend(units.c[name] == value for name in ("county", "kind") if (value := query.value(name)))
    order = units.c[query.sort or "unit_id"]
    statement = (
        select(units, func.coalesce(staff.c.officers, 0).label("officers"))
        .outerjoin(staff, staff.c.unit_id == units.c.unit_id)
        .where(*where)
        .order_by(order.desc() if query.descending else order, units.c.unit_id)
    )
    if not every:
        statement = statement.limit(query.limit).offset(query.offset)
    total = await tx.scalar(select(func.count()).select_from(units).where(*where))
    return await tx.all(statement), int(total)
