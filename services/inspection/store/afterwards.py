"""What comes after the record: supplements, transfers, follow-up and the closed archive package."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db.transaction import Transaction
from services.inspection.domain.follow_up import FollowUp
from services.inspection.store.tables import archive_files, follow_ups, supplements, transfers

_FOLLOW_UP = [column for column in follow_ups.c if column.name != "case_id"]


async def append_supplement(
    tx: Transaction, case_id: str, supplement_id: str, text: str, account: str, who: str, at: datetime
) -> None:
    """Append a note; the same text by the same person is one note."""
    await tx.execute(
        upsert(supplements)
        .values(
            case_id=case_id, supplement_id=supplement_id, text=text, added_by=account, added_by_name=who, added_at=at
        )
        .on_conflict_do_nothing()
    )


async def load_supplements(tx: Transaction, case_id: str) -> list[dict[str, Any]]:
    """The notes in order."""
    statement = select(supplements.c.text, supplements.c.added_by_name, supplements.c.added_at)
    rows = await tx.all(statement.where(supplements.c.case_id == case_id).order_by(supplements.c.added_at))
    return [dict(row) for row in rows]


async def append_transfer(
    tx: Transaction,
    case_id: str,
    transfer_id: str,
    department: str,
    clue: str,
    on: date,
    account: str,
    at: datetime,
) -> bool:
    """Record a transfer (细则第十一条); False when exactly this one is already recorded."""
    created = await tx.scalar(
        upsert(transfers)
        .values(
            case_id=case_id,
            transfer_id=transfer_id,
            department=department,
            clue=clue,
            transferred_on=on,
            entered_by=account,
            entered_at=at,
        )
        .on_conflict_do_nothing()
        .returning(transfers.c.transfer_id)
    )
    return created is not None


async def load_transfers(tx: Transaction, case_id: str) -> list[dict[str, Any]]:
    """The transfers in order."""
    rows = await tx.all(select(transfers).where(transfers.c.case_id == case_id).order_by(transfers.c.entered_at))
    return [dict(row) for row in rows]


async def save_feedback(tx: Transaction, case_id: str, transfer_id: str, text: str, on: date, account: str) -> bool:
    """Enter the feedback on a transfer; False when there is no such transfer or it has its feedback."""
    done = await tx.scalar(
        update(transfers)
        .where(transfers.c.case_id == case_id, transfers.c.transfer_id == transfer_id, transfers.c.feedback == "")
        .values(feedback=text, feedback_on=on, feedback_by=account)
        .returning(transfers.c.transfer_id)
    )
    return done is not None


async def open_follow_up(tx: Transaction, case_id: str, follow_up: FollowUp) -> None:
    """Store the follow-up of a completed record."""
    await tx.execute(insert(follow_ups).values(case_id=case_id, **_values(follow_up)))


async def save_follow_up(tx: Transaction, case_id: str, follow_up: FollowUp) -> None:
    """Write its closing."""
    await tx.execute(update(follow_ups).where(follow_ups.c.case_id == case_id).values(_values(follow_up)))


async def load_follow_up(tx: Transaction, case_id: str) -> FollowUp | None:
    """The follow-up; None before the record is complete."""
    row = await tx.first(select(*_FOLLOW_UP).where(follow_ups.c.case_id == case_id))
    return FollowUp(**row) if row else None


def _values(follow_up: FollowUp) -> dict[str, Any]:
    return {column.name: getattr(follow_up, column.name) for column in _FOLLOW_UP}


async def keep_archive(tx: Transaction, case_id: str, files: Sequence[tuple[str, str, str, bytes]]) -> None:
    """Keep the package as it was closed: (name, media type, sha256, content)."""
    names = ("name", "media_type", "sha256", "content")
    await tx.execute(insert(archive_files), [{"case_id": case_id, **dict(zip(names, f, strict=True))} for f in files])


async def load_archive(tx: Transaction, case_id: str) -> list[tuple[str, str, str, bytes]]:
    """The closed package; empty before it is closed."""
    rows = await tx.all(select(archive_files).where(archive_files.c.case_id == case_id).order_by(archive_files.c.name))
    return [(row["name"], row["media_type"], row["sha256"], bytes(row["content"])) for row in rows]
