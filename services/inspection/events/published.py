"""What inspection says: what was found."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

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


class FurtherTask(BaseModel):
    """Another task whose items were inspected in the same visit, and which of the items are its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    draw_id: str
    task_id: str
    task_name: str
    plan_id: str
    plan_name: str
    directed: bool
    trigger_ids: list[str]
    item_codes: list[str]


class CaseApproved(Event):
    """The inspection may start; its notice exists. Aggregate: `case/<case_id>`."""

    TYPE: ClassVar[str] = "inspection.case_approved"
    case_id: str
    county: str
    approved_at: datetime


class InspectionStarted(Event):
    """Certificates were shown and the visit has begun (细则第十条). Aggregate: `case/<case_id>`."""

    TYPE: ClassVar[str] = "inspection.inspection_started"
    case_id: str
    county: str
    started_at: datetime


class ExtensionRefused(Event):
    """A task could not join this visit: it needs a case of its own (细则第三条). Aggregate: `case/<case_id>`."""

    TYPE: ClassVar[str] = "inspection.extension_refused"
    case_id: str
    draw_id: str  # of the task that could not join
    task_id: str
    reason: str
    refused_at: datetime


class RecusalGranted(Event):
    """The unit granted the firm's request: this officer stands aside. Aggregate: `case/<case_id>`."""

    TYPE: ClassVar[str] = "inspection.recusal_granted"
    case_id: str
    officer_id: str
    at: datetime


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
    item_codes: list[str] = Field(default=[])  # the items of `task_id`; empty: all of them
    further_tasks: list[FurtherTask] = Field(default=[])


class FollowUpClosed(Event):
    """The follow-up reached its closing condition (细则第十五条). Aggregate: `case/<case_id>`."""

    TYPE: ClassVar[str] = "inspection.follow_up_closed"
    case_id: str
    county: str
    closed_on: date
    outcome: str
