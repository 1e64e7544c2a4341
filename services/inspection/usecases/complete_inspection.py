"""The record is handed in: complete, frozen, announced (细则第十条、第十二条、第十五条)."""

from datetime import datetime

from libs.common import clock
from libs.common.canonical import digest
from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.inspection.domain.case import OVER, Case
from services.inspection.domain.completion import missing
from services.inspection.domain.errors import RecordIncomplete
from services.inspection.domain.follow_up import derived, opened
from services.inspection.domain.frozen import record_document
from services.inspection.domain.record import Record
from services.inspection.events.published import FurtherTask, InspectionCompleted, ItemResult, OfficerOnRecord
from services.inspection.store import afterwards, cases, records, reference
from services.inspection.usecases.access import must_be_on_team, open_case


async def complete_inspection(tx: Transaction, case_id: str, actor: Actor, now: datetime) -> Case:
    """Freeze the record and say what was found; raises RecordIncomplete with everything that is missing."""
    case = await open_case(tx, case_id, actor)
    must_be_on_team(actor, case)
    if case.state in OVER:
        return case  # a second click, or both officers at once
    case.must_be_recording()
    record = await records.load(tx, case.id)
    if lacking := missing(case, record):
        raise RecordIncomplete(fields=lacking)
    document = record_document(case, record, actor.account_id, now)
    case = case.complete(document, digest(document), actor.account_id, now)
    await cases.save(tx, case)
    unit = await reference.unit_name(tx, case.dispatch.unit_id, case.dispatch.unit_name)
    await afterwards.open_follow_up(
        tx, case.id, opened(record.conclusion, case.dispatch.unit_id, unit, clock.china_date(now))
    )
    await cases.remember(tx, case.id, "提交检查记录，记录已固定", actor.name, actor.account_id, now)
    tx.emit(_event(case, record), aggregate=f"case/{case.id}", county=case.dispatch.county, at=now)
    return case


def _event(case: Case, record: Record) -> InspectionCompleted:
    dispatch, started, ended = case.dispatch, case.started_at, record.visit.ended_at
    assert started is not None and ended is not None  # noqa: S101, PT018 - `missing` has just said so
    return InspectionCompleted(
        case_id=case.id,
        draw_id=dispatch.draw_id,
        task_id=dispatch.task_id,
        task_name=dispatch.task_name,
        plan_id=dispatch.plan_id,
        plan_name=dispatch.plan_name,
        directed=dispatch.directed,
        county=dispatch.county,
        unit_id=dispatch.unit_id,
        unit_name=dispatch.unit_name,
        uscc=dispatch.subject.uscc,
        subject_name=dispatch.subject.name,
        subject_kind=dispatch.subject.kind,
        trigger_ids=list(dispatch.trigger_ids),
        methods=list(record.visit.methods),
        started_on=clock.china_date(started),
        ended_on=clock.china_date(ended),
        subject_result=record.conclusion.subject_result,
        item_results=[
            ItemResult(item_code=item.code, item_name=item.name, result=record.item(item.code).result)
            for item in record.check_table
            if record.item(item.code).result
        ],
        non_cooperation=sorted(record.non_cooperation),
        officers=[
            OfficerOnRecord(
                officer_id=officer.officer_id, name=officer.name, certificate_number=officer.certificate_number
            )
            for officer in case.present_officers
        ],
        recorded_by=case.recorded_by,
        follow_up=derived(record.conclusion),
        record_sha256=case.record_sha256,
        item_codes=list(case.handed.item_codes),
        further_tasks=[
            FurtherTask(
                draw_id=task.draw_id,
                task_id=task.task_id,
                task_name=task.task_name,
                plan_id=task.plan_id,
                plan_name=task.plan_name,
                directed=task.directed,
                trigger_ids=list(task.trigger_ids),
                item_codes=list(task.item_codes),
            )
            for task in case.further
        ],
    )
