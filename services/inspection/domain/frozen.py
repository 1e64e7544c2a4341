"""The completed record as one canonical document, whose digest proves later that nothing was changed."""

from datetime import UTC, datetime
from typing import Any

from services.inspection.domain import codes
from services.inspection.domain.case import Case
from services.inspection.domain.follow_up import derived
from services.inspection.domain.record import Record, document_of

FORMAT = "sunlot-inspection-record/1"


def record_document(case: Case, record: Record, account: str, now: datetime) -> dict[str, Any]:
    """What is frozen on completion (细则第十条、第十三条); times are ISO 8601 in UTC, no floats."""
    dispatch, subject = case.dispatch, case.dispatch.subject
    return {
        "format": FORMAT,
        "case_id": case.id,
        "draw_id": dispatch.draw_id,
        "task": {"id": dispatch.task_id, "name": dispatch.task_name},
        "plan": {"id": dispatch.plan_id, "name": dispatch.plan_name},
        "further_tasks": [
            {
                "draw_id": one.draw_id,
                "task": {"id": one.task_id, "name": one.task_name},
                "plan": {"id": one.plan_id, "name": one.plan_name},
                "items": list(one.item_codes),
            }
            for one in case.further
        ],
        "participants": list(dispatch.participants),
        "unit": {"id": dispatch.unit_id, "name": dispatch.unit_name, "county": dispatch.county},
        "subject": {
            "uscc": subject.uscc,
            "name": subject.name,
            "kind": subject.kind,
            "address": subject.address,
            "legal_representative": subject.legal_representative,
        },
        "notice_code": case.notice_code,
        "approved_at": _utc(case.approved_at),
        "approved_afterwards": case.approved_afterwards,
        "officers": [
            {"officer_id": o.officer_id, "name": o.name, "certificate_number": o.certificate_number}
            for o in case.present_officers
        ],
        "started_at": _utc(case.started_at),
        "visit": {**document_of(record.visit), "ended_at": _utc(record.visit.ended_at)},
        "items": [
            {
                "code": item.code,
                "version": item.version,
                "name": item.name,
                "legal_basis": item.legal_basis,
                "result": record.item(item.code).result,
                "facts": record.item(item.code).facts,
            }
            for item in record.check_table
        ],
        "non_cooperation": [
            {"kind": kind, "facts": entry.facts} for kind, entry in sorted(record.non_cooperation.items())
        ],
        "conclusion": {
            **document_of(record.conclusion),
            "subject_result_name": codes.SUBJECT_RESULTS[record.conclusion.subject_result],
            "follow_up": derived(record.conclusion),
        },
        "signature": document_of(record.signature),
        "evidence": [
            {
                "evidence_id": file.evidence_id,
                "about": file.about,
                "name": file.name,
                "media_type": file.media_type,
                "size": file.size,
                "sha256": file.sha256,
            }
            for file in sorted(record.evidence, key=lambda file: file.evidence_id)
        ],
        "recorded_by": account,
        "completed_at": _utc(now),
    }


def _utc(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC; every time is aware."""
    return moment.astimezone(UTC).isoformat() if moment else None
