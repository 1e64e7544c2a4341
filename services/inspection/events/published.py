"""What inspection says: what was found."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from libs.common.messaging.envelope import Event


class ItemResult(BaseModel):
    """The result of one item: 合格 不合格 未检查 合理缺项."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    item_code: str
    item_name: str
    result: str


class OfficerOnRecord(BaseModel):
    """An officer who inspected."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    officer_id: str
    name: str
    certificate_number: str


class CaseApproved(Event):
    """The inspection may start; its notice exists. Aggregate: `case/<case_id>`."""

    TYPE: ClassVar[str] = "inspection.case_approved"
    case_id: str
    county: str
    approved_at: datetime


class InspectionCompleted(Event):
    """The record is complete and signed, or says why not (细则第十条). Aggregate: `case/<case_id>`."""

    TYPE: ClassVar[str] = "inspection.inspection_completed"
    case_id: str
    draw_id: str
    task_id: str
    task_name: str
    plan_id: str
    plan_name: str
    directed: bool
    county: str
    unit_id: str
    unit_name: str
    uscc: str
    subject_name: str
    subject_kind: str
    trigger_ids: list[str]
    methods: list[str]
    started_on: date
    ended_on: date
    subject_result: str  # the code: 1 E A 6 8 F 7 9 10 11 12
    item_results: list[ItemResult]
    non_cooperation: list[int]  # 细则第十二条 (一)–(四) as 1–4
    officers: list[OfficerOnRecord]
    recorded_by: str  # account that entered the result: whoever reviews it must be another
    follow_up: str  # none supervision rectification case_office other_department
    record_sha256: str


class FollowUpClosed(Event):
    """The follow-up reached its closing condition (细则第十五条). Aggregate: `case/<case_id>`."""

    TYPE: ClassVar[str] = "inspection.follow_up_closed"
    case_id: str
    county: str
    closed_on: date
    outcome: str
