"""Corrections: what was asked for and what was decided, both appended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, insert, select

from libs.common.db.transaction import Transaction
from services.publicity.domain.content import content_from
from services.publicity.domain.correction import Correction
from services.publicity.store.tables import correction_decisions, corrections


@dataclass(frozen=True, slots=True)
class Decided:
    """A correction with its decision; `confirmed` is None while it waits."""

    correction: Correction
    confirmed: bool | None
    by_name: str
    at: datetime | None


async def insert_correction(tx: Transaction, publication_id: str, correction: Correction) -> None:
    """Write a correction that waits."""
    await tx.execute(
        insert(corrections).values(
            publication_id=publication_id,
            number=correction.number,
            before=correction.before.document(),
            after=correction.after.document(),
            reason=correction.reason,
            by=correction.by,
            by_name=correction.by_name,
            at=correction.at,
        )
    )


async def insert_decision(
    tx: Transaction, publication_id: str, number: int, *, confirmed: bool, by: str, by_name: str, at: datetime
) -> None:
    """Write the decision of another person."""
    await tx.execute(
        insert(correction_decisions).values(
            publication_id=publication_id, number=number, confirmed=confirmed, by=by, by_name=by_name, at=at
        )
    )


async def load_corrections(tx: Transaction, publication_id: str) -> list[Decided]:
    """Every correction of a publication with its decision, oldest first."""
    decisions = correction_decisions
    joined = corrections.outerjoin(
        decisions,
        (decisions.c.publication_id == corrections.c.publication_id) & (decisions.c.number == corrections.c.number),
    )
    rows: Sequence[RowMapping] = await tx.all(
        select(
            corrections,
            decisions.c.confirmed,
            decisions.c.by_name.label("decided_by"),
            decisions.c.at.label("decided_at"),
        )
        .select_from(joined)
        .where(corrections.c.publication_id == publication_id)
        .order_by(corrections.c.number)
    )
    return [Decided(_correction(row), row["confirmed"], row["decided_by"] or "", row["decided_at"]) for row in rows]


def _correction(row: RowMapping) -> Correction:
    return Correction(
        row["number"],
        content_from(row["before"]),
        content_from(row["after"]),
        row["reason"],
        row["by"],
        row["by_name"],
        row["at"],
    )
