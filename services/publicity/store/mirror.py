"""The mirror: records as sent, their deliveries, every receipt, and packages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, func, insert, or_, select, update

from libs.common.db.transaction import Transaction
from services.publicity.domain.mirror import Delivery, Receipt
from services.publicity.domain.record import ENTERPRISE, FILE
from services.publicity.store.tables import (
    mirror_deliveries,
    mirror_packages,
    mirror_receipts,
    mirror_records,
    publications,
)

_RECORD_OF_DELIVERY = (mirror_records.c.publication_id == mirror_deliveries.c.publication_id) & (
    mirror_records.c.sequence == mirror_deliveries.c.sequence
)


async def insert_record(tx: Transaction, record: Mapping[str, Any], county: str, now: datetime) -> None:
    """Write a record to be sent, and its delivery, due at once."""
    await tx.execute(insert(mirror_records).values(**record))
    await tx.execute(
        insert(mirror_deliveries).values(
            publication_id=record["publication_id"],
            sequence=record["sequence"],
            county=county,
            state=Delivery.QUEUED,
            attempts=0,
            next_attempt_at=now,
            code="",
            message="",
            updated_at=now,
        )
    )


async def records_of(tx: Transaction, publication_id: str) -> Sequence[RowMapping]:
    """Every record of a publication with its delivery, oldest first."""
    return await tx.all(
        _joined().where(mirror_records.c.publication_id == publication_id).order_by(mirror_records.c.sequence)
    )


async def claim_due(tx: Transaction, now: datetime, until: datetime, limit: int) -> Sequence[RowMapping]:
    """Records of the HTTP channel that are due; theirs to this worker until `until`, whatever becomes of it."""
    rows = await tx.all(
        _joined()
        .where(
            mirror_records.c.channel == ENTERPRISE,
            mirror_deliveries.c.state.in_([Delivery.QUEUED, Delivery.PENDING]),
            mirror_deliveries.c.next_attempt_at <= now,
        )
        .order_by(mirror_deliveries.c.next_attempt_at)
        .limit(limit)
        .with_for_update(of=mirror_deliveries, skip_locked=True)
    )
    for row in rows:
        await _update(tx, row, next_attempt_at=until, attempts=row["attempts"] + 1)
    return rows


async def lock_delivery(tx: Transaction, record_id: str) -> RowMapping | None:
    """The record with its delivery, locked; None if we never sent one with this id."""
    return await tx.first(
        _joined().where(mirror_records.c.record_id == record_id).with_for_update(of=mirror_deliveries)
    )


async def save_delivery(tx: Transaction, row: RowMapping, now: datetime, **values: Any) -> None:
    """Write how far the sending is."""
    await _update(tx, row, updated_at=now, **values)


async def append_receipt(tx: Transaction, row: RowMapping, receipt: Receipt) -> None:
    """Keep an answer as it came; under the delivery's row lock."""
    table = mirror_receipts
    last = await tx.scalar(
        select(func.coalesce(func.max(table.c.number), 0)).where(
            table.c.publication_id == row["publication_id"], table.c.sequence == row["sequence"]
        )
    )
    await tx.execute(
        insert(table).values(
            publication_id=row["publication_id"],
            sequence=row["sequence"],
            number=int(last) + 1,
            status=receipt.status,
            code=receipt.code,
            message=receipt.message,
            at=receipt.at,
        )
    )


async def receipts_of(tx: Transaction, publication_id: str) -> Sequence[RowMapping]:
    """Every answer about a publication, oldest first."""
    table = mirror_receipts
    return await tx.all(
        select(table).where(table.c.publication_id == publication_id).order_by(table.c.sequence, table.c.number)
    )


async def list_deliveries(
    tx: Transaction,
    *,
    text: str,
    state: str,
    channel: str,
    county: str,
    sort: str,
    descending: bool,
    limit: int,
    offset: int,
) -> tuple[Sequence[RowMapping], int]:
    """One page of what was sent, and how much there is."""
    where = []
    if text:
        where.append(
            or_(
                publications.c.subject_name.contains(text, autoescape=True),
                publications.c.uscc.contains(text.upper(), autoescape=True),
                mirror_records.c.record_id.contains(text.lower(), autoescape=True),
            )
        )
    for value, column in (
        (state, mirror_deliveries.c.state),
        (channel, mirror_records.c.channel),
        (county, mirror_deliveries.c.county),
    ):
        if value:
            where.append(column == value)
    counted = select(func.count()).select_from(_tables()).where(*where)
    total = int(await tx.scalar(counted))
    sorts = {
        "updated_at": mirror_deliveries.c.updated_at,
        "state": mirror_deliveries.c.state,
        "at": mirror_records.c.at,
    }
    column = sorts.get(sort, mirror_deliveries.c.updated_at)
    ordered = _joined().where(*where).order_by(column.desc() if descending else column, mirror_records.c.record_id)
    return await tx.all(ordered.limit(limit).offset(offset)), total


async def count_deliveries(tx: Transaction, county: str) -> dict[str, int]:
    """How many sendings are in each state."""
    table = mirror_deliveries
    statement = select(table.c.state, func.count().label("n")).group_by(table.c.state)
    if county:
        statement = statement.where(table.c.county == county)
    return {state.value: 0 for state in Delivery} | {row["state"]: row["n"] for row in await tx.all(statement)}


async def lock_waiting_for_file(tx: Transaction, limit: int) -> Sequence[RowMapping]:
    """Records of the file channel that no package holds yet, locked."""
    return await tx.all(
        _joined()
        .where(mirror_records.c.channel == FILE, mirror_deliveries.c.state == Delivery.QUEUED)
        .order_by(mirror_records.c.at, mirror_records.c.record_id)
        .limit(limit)
        .with_for_update(of=mirror_deliveries, skip_locked=True)
    )


async def insert_package(tx: Transaction, package: Mapping[str, Any]) -> None:
    """Keep a package as it is handed out."""
    await tx.execute(insert(mirror_packages).values(**package))


async def load_package(tx: Transaction, package_id: str) -> RowMapping | None:
    """One package with its files."""
    return await tx.first(select(mirror_packages).where(mirror_packages.c.package_id == package_id))


async def list_packages(tx: Transaction, limit: int = 20) -> Sequence[RowMapping]:
    """The newest packages."""
    return await tx.all(select(mirror_packages).order_by(mirror_packages.c.at.desc()).limit(limit))


def _tables() -> Any:
    return mirror_deliveries.join(mirror_records, _RECORD_OF_DELIVERY).join(
        publications, publications.c.publication_id == mirror_records.c.publication_id
    )


def _joined() -> Select[Any]:
    return select(
        mirror_records,
        mirror_deliveries.c.county,
        mirror_deliveries.c.state,
        mirror_deliveries.c.attempts,
        mirror_deliveries.c.next_attempt_at,
        mirror_deliveries.c.code,
        mirror_deliveries.c.message,
        mirror_deliveries.c.updated_at,
        publications.c.subject_name,
        publications.c.uscc,
        publications.c.case_id,
        publications.c.correlation_id,
    ).select_from(_tables())


async def _update(tx: Transaction, row: RowMapping, **values: Any) -> None:
    await tx.execute(
        update(mirror_deliveries)
        .where(
            mirror_deliveries.c.publication_id == row["publication_id"],
            mirror_deliveries.c.sequence == row["sequence"],
        )
        .values(**values)
    )
