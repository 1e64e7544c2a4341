"""Notices by their code."""

from sqlalchemy import insert, select

from libs.common.db.transaction import Transaction
from services.inspection.domain.errors import NoticeUnknown
from services.inspection.domain.notice import Notice
from services.inspection.store.tables import notices


async def save(tx: Transaction, notice: Notice) -> None:
    """Store a notice as it is issued."""
    await tx.execute(
        insert(notices).values(
            code=notice.code,
            case_id=notice.case_id,
            county=notice.county,
            issued_at=notice.issued_at,
            content=notice.content,
        )
    )


async def load(tx: Transaction, code: str) -> Notice:
    """The notice with this code; raises NoticeUnknown."""
    row = await tx.first(select(notices).where(notices.c.code == code))
    if row is None:
        raise NoticeUnknown
    return Notice(row["code"], row["case_id"], row["county"], row["issued_at"], row["content"])
