"""What registry has said of items, officers and units: copies of which the newest version wins."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert

from libs.common.db.transaction import Transaction
from services.inspection.domain.check_table import CheckItem
from services.inspection.domain.team import RosterEntry
from services.inspection.store.tables import items, officers, units


async def _newest_wins(tx: Transaction, table: Table, row: Mapping[str, Any]) -> None:
    key = next(iter(table.primary_key.columns)).name
    statement = insert(table).values(row)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=[key],
            set_={name: statement.excluded[name] for name in row if name != key},
            where=table.c.version < statement.excluded.version,
        )
    )


async def save_item(tx: Transaction, item: CheckItem) -> None:
    """Keep an item unless a newer version is known."""
    await _newest_wins(tx, items, {"code": item.code, "version": item.version, "document": item.document()})


async def load_items(tx: Transaction, codes: Sequence[str]) -> dict[str, CheckItem]:
    """The known items among `codes`, by code."""
    rows = await tx.all(select(items.c.document).where(items.c.code.in_(codes)))
    return {row["document"]["code"]: CheckItem.from_document(row["document"]) for row in rows}


async def save_officer(tx: Transaction, officer: RosterEntry, version: int) -> None:
    """Keep an officer unless a newer version is known."""
    document = {
        "officer_id": officer.officer_id,
        "name": officer.name,
        "certificate_number": officer.certificate_number,
        "certificate_valid_to": officer.certificate_valid_to.isoformat(),
        "staff_kind": officer.staff_kind,
        "on_duty": officer.on_duty,
        "recusals": list(officer.recusals),
        "items_allowed": list(officer.items_allowed),
    }
    await _newest_wins(tx, officers, {"officer_id": officer.officer_id, "version": version, "document": document})


async def load_officers(tx: Transaction, officer_ids: Sequence[str]) -> dict[str, RosterEntry]:
    """The known officers among `officer_ids`, by id."""
    rows = await tx.all(select(officers.c.document).where(officers.c.officer_id.in_(officer_ids)))
    return {row["document"]["officer_id"]: _officer(row["document"]) for row in rows}


def _officer(document: dict[str, Any]) -> RosterEntry:
    return RosterEntry(
        **{
            **document,
            "certificate_valid_to": date.fromisoformat(document["certificate_valid_to"]),
            "recusals": tuple(document["recusals"]),
            "items_allowed": tuple(document.get("items_allowed", ())),
        }
    )


async def save_unit(tx: Transaction, unit_id: str, version: int, name: str, county: str) -> None:
    """Keep a unit unless a newer version is known."""
    await _newest_wins(tx, units, {"unit_id": unit_id, "version": version, "name": name, "county": county})


async def unit_name(tx: Transaction, unit_id: str, otherwise: str) -> str:
    """What the unit is called now."""
    found = await tx.scalar(select(units.c.name).where(units.c.unit_id == unit_id))
    return str(found) if found else otherwise
