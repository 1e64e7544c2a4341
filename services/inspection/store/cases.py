"""Cases in and out, with the history of who did what."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db.transaction import Transaction
from libs.common.ids import new_id
from services.inspection.domain.case import Case, State
from services.inspection.domain.dispatch import Dispatch
from services.inspection.domain.errors import CaseUnknown
from services.inspection.domain.visit import FurtherTask, Replacement
from services.inspection.store.tables import case_history, cases


def _document(dispatch: Dispatch) -> dict[str, Any]:
    return {
        **asdict(dispatch),
        "finish_by": dispatch.finish_by.isoformat(),
        "dispatched_at": dispatch.dispatched_at.isoformat(),
    }


async def create(tx: Transaction, case: Case) -> bool:
    """Store a new case; False when it is already there."""
    dispatch = case.handed
    created = await tx.scalar(
        upsert(cases)
        .values(
            case_id=case.id,
            correlation_id=case.correlation_id,
            dispatch=_document(dispatch),
            county=dispatch.county,
            unit_id=dispatch.unit_id,
            uscc=dispatch.subject.uscc,
            subject_name=dispatch.subject.name,
            officer_ids=list(dispatch.officer_ids),
            finish_by=dispatch.finish_by,
            state=case.state,
        )
        .on_conflict_do_nothing()
        .returning(cases.c.case_id)
    )
    return created is not None


async def load(tx: Transaction, case_id: str, *, lock: bool = False) -> Case:
    """The case; with `lock` nobody else changes it until the transaction ends. Raises CaseUnknown."""
    statement = select(cases).where(cases.c.case_id == case_id)
    row = await tx.first(statement.with_for_update() if lock else statement)
    if row is None:
        raise CaseUnknown
    return _case(row)


def _case(row: RowMapping) -> Case:
    return Case(
        handed=Dispatch.from_document(row["dispatch"]),
        correlation_id=row["correlation_id"],
        state=State(row["state"]),
        notice_code=row["notice_code"],
        approved_at=row["approved_at"],
        approved_by=row["approved_by"],
        approved_by_name=row["approved_by_name"],
        approved_afterwards=row["approved_afterwards"],
        started_at=row["started_at"],
        present=tuple(row["present"]),
        completed_at=row["completed_at"],
        recorded_by=row["recorded_by"],
        record=row["record"],
        record_sha256=row["record_sha256"],
        published_at=row["published_at"],
        published_address=row["published_address"],
        archived_at=row["archived_at"],
        further=tuple(FurtherTask.from_document(document) for document in row["further"]),
        replaced=tuple(Replacement.from_document(document) for document in row["replaced"]),
        withdrawn_at=row["withdrawn_at"],
        withdrawn_because=row["withdrawn_because"],
    )


async def save(tx: Transaction, case: Case) -> None:
    """Write the decisions of a case; what was handed over is never written again."""
    await tx.execute(
        update(cases)
        .where(cases.c.case_id == case.id)
        .values(
            state=case.state,
            notice_code=case.notice_code,
            approved_at=case.approved_at,
            approved_by=case.approved_by,
            approved_by_name=case.approved_by_name,
            approved_afterwards=case.approved_afterwards,
            started_at=case.started_at,
            present=list(case.present),
            completed_at=case.completed_at,
            recorded_by=case.recorded_by,
            record=case.record,
            record_sha256=case.record_sha256,
            published_at=case.published_at,
            published_address=case.published_address,
            archived_at=case.archived_at,
            further=[task.document() for task in case.further],
            replaced=[one.document() for one in case.replaced],
            withdrawn_at=case.withdrawn_at,
            withdrawn_because=case.withdrawn_because,
            officer_ids=list(case.dispatch.officer_ids),
            finish_by=case.dispatch.finish_by,
        )
    )


async def remember(tx: Transaction, case_id: str, what: str, who: str, account: str, at: datetime) -> None:
    """Append to the history of a case."""
    await tx.execute(
        insert(case_history).values(case_id=case_id, entry_id=new_id(), at=at, who=who, account=account, what=what)
    )


async def history(tx: Transaction, case_id: str) -> list[dict[str, Any]]:
    """Who did what when, newest first."""
    rows = await tx.all(
        select(case_history.c.at, case_history.c.who, case_history.c.what.label("text"))
        .where(case_history.c.case_id == case_id)
        .order_by(case_history.c.at.desc(), case_history.c.entry_id.desc())
    )
    return [dict(row) for row in rows]
