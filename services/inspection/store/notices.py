"""Notices by their code, every version of them."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, insert, select

from libs.common.db.transaction import Transaction
from services.inspection.domain.errors import NoticeUnknown
from services.inspection.domain.notice import Notice
from services.inspection.store.tables import notices


async def save(tx: Transaction, notice: Notice) -> None:
    """Store a version of a notice as it is issued."""
    await tx.execute(
        insert(notices).values(
            code=notice.code,
            version=notice.version,
            case_id=notice.case_id,
            county=notice.county,
            issued_at=notice.issued_at,
            content=notice.content,
            because=notice.because,
        )
    )


async def load(tx: Transaction, code: str, version: int | None = None) -> Notice:
    """The newest version of the notice with this code, or the one that is named; raises NoticeUnknown."""
    statement = select(notices).where(notices.c.code == code).order_by(notices.c.version.desc()).limit(1)
    row = await tx.first(statement if version is None else statement.where(notices.c.version == version))
    if row is None:
        raise NoticeUnknown
    return _notice(row)


async def versions(tx: Transaction, code: str) -> Sequence[Notice]:
    """Every version of a notice, the newest first."""
    rows = await tx.all(select(notices).where(notices.c.code == code).order_by(notices.c.version.desc()))
    return [_notice(row) for row in rows]


def _notice(row: RowMapping) -> Notice:
    return Notice(
        row["code"],
        row["case_id"],
        row["county"],
        row["issued_at"],
        row["content"],
        row["version"],
        row["because"],
    )
