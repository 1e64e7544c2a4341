"""The record of a case: check table, parts with all their versions, evidence."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db.transaction import Transaction
from services.inspection.domain.check_table import CheckItem, arranged
from services.inspection.domain.errors import CaseUnknown
from services.inspection.domain.record import Evidence, Part, Record, Saved, document_of, part_from
from services.inspection.store.tables import check_table, evidence, record_parts

_CATALOGUE = [column for column in evidence.c if column.name in Evidence.__dataclass_fields__]


async def save_check_table(
    tx: Transaction, case_id: str, added: Sequence[CheckItem], dropped: Sequence[str], at: datetime
) -> None:
    """Freeze items of the check table; what is there stays as it was, what is dropped stays on record."""
    if dropped:
        await tx.execute(
            update(check_table)
            .where(
                check_table.c.case_id == case_id,
                check_table.c.dropped_at.is_(None),
                check_table.c.document["code"].astext.in_(dropped),
            )
            .values(dropped_at=at)
        )
    last = await tx.scalar(
        select(func.coalesce(func.max(check_table.c.position), 0)).where(check_table.c.case_id == case_id)
    )
    rows = [
        {"case_id": case_id, "position": position, "document": item.document()}
        for position, item in enumerate(added, start=int(last) + 1)
    ]
    if rows:
        await tx.execute(insert(check_table), rows)


async def load_check_table(tx: Transaction, case_id: str) -> tuple[CheckItem, ...]:
    """The check table in its order; empty before approval."""
    rows = await tx.all(
        select(check_table.c.document).where(check_table.c.case_id == case_id, check_table.c.dropped_at.is_(None))
    )
    return arranged(CheckItem.from_document(row["document"]) for row in rows)


async def load(tx: Transaction, case_id: str) -> Record:
    """Everything recorded so far."""
    rows = await tx.all(
        select(record_parts)
        .where(record_parts.c.case_id == case_id)
        .ext(distinct_on(record_parts.c.part))
        .order_by(record_parts.c.part, record_parts.c.version.desc())
    )
    return Record(
        check_table=await load_check_table(tx, case_id),
        saved={
            row["part"]: Saved(
                row["version"], part_from(row["part"], row["content"]), row["saved_by_name"], row["saved_at"]
            )
            for row in rows
        },
        evidence=await load_catalogue(tx, case_id),
    )


async def save_part(
    tx: Transaction, case_id: str, name: str, version: int, part: Part, account: str, who: str, at: datetime
) -> None:
    """Append a version of a part; the caller holds the lock of the case."""
    await tx.execute(
        insert(record_parts).values(
            case_id=case_id,
            part=name,
            version=version,
            content=document_of(part),
            saved_by=account,
            saved_by_name=who,
            saved_at=at,
        )
    )


async def load_catalogue(tx: Transaction, case_id: str) -> tuple[Evidence, ...]:
    """The evidence of a case without the files themselves."""
    rows = await tx.all(
        select(*_CATALOGUE)
        .where(evidence.c.case_id == case_id)
        .order_by(evidence.c.uploaded_at, evidence.c.evidence_id)
    )
    return tuple(Evidence(**row) for row in rows)


async def save_evidence(tx: Transaction, case_id: str, file: Evidence, content: bytes, account: str) -> None:
    """Keep a file; the same file for the same part is kept once."""
    await tx.execute(
        upsert(evidence)
        .values(
            case_id=case_id,
            content=content,
            uploaded_by=account,
            **{column.name: getattr(file, column.name) for column in _CATALOGUE},
        )
        .on_conflict_do_nothing()
    )


async def load_file(tx: Transaction, case_id: str, evidence_id: str) -> dict[str, Any]:
    """One file with its content; raises CaseUnknown when there is none."""
    row = await tx.first(select(evidence).where(evidence.c.case_id == case_id, evidence.c.evidence_id == evidence_id))
    if row is None:
        raise CaseUnknown("没有这份证据，请核对编号。")
    return dict(row)
