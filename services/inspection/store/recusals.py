"""Requests for recusal of a case."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update

from libs.common.db.transaction import Transaction
from services.inspection.domain.recusal import Decision, Request
from services.inspection.store.tables import recusal_requests


def _values(request: Request) -> dict[str, object]:
    return {**asdict(request), "request_id": UUID(request.request_id), "decision": request.decision.value}


async def add(tx: Transaction, case_id: str, request: Request) -> None:
    """Keep a request; the caller holds the lock of the case."""
    await tx.execute(insert(recusal_requests).values(case_id=case_id, **_values(request)))


async def save(tx: Transaction, case_id: str, request: Request) -> None:
    """Keep its decision."""
    table = recusal_requests
    await tx.execute(
        update(table)
        .where(table.c.case_id == case_id, table.c.request_id == UUID(request.request_id))
        .values(_values(request))
    )


async def of_case(tx: Transaction, case_id: str) -> list[Request]:
    """Every request, oldest first."""
    table = recusal_requests
    rows = await tx.all(select(table).where(table.c.case_id == case_id).order_by(table.c.requested_at))
    return [_request(row) for row in rows]


def _request(row: RowMapping) -> Request:
    values = {name: row[name] for name in Request.__dataclass_fields__}
    return Request(**{**values, "request_id": str(row["request_id"]), "decision": Decision(row["decision"])})
