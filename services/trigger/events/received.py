"""The part of others' events that trigger relies on; fields it does not use are not named."""

from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from libs.common.messaging.envelope import Received


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SubjectState(_Part):
    """A subject as signals are matched to it."""

    uscc: str
    version: int
    name: str
    county: str
    industry: str
    live: bool
    address: str = ""
    scale: str = ""
    credit_class: str = ""
    integrity_grade: str = ""
    enterprise_type: str = ""
    headcount: int = 0
    insured_headcount: int = 0


class SubjectsChanged(Received):
    """Subjects to match signals to."""

    TYPE: ClassVar[str] = "registry.subjects_changed"
    subjects: list[SubjectState]


class PlanPublished(Received):
    """The plan that came of triggers."""

    TYPE: ClassVar[str] = "draw.plan_published"
    plan_id: str
    name: str
    trigger_ids: list[str]


class SubjectsDrawn(Received):
    """How many cases a draw will give."""

    TYPE: ClassVar[str] = "draw.subjects_drawn"
    draw_id: str
    trigger_ids: list[str]
    drawn: int


class CaseSubject(_Part):
    """The subject of a case."""

    uscc: str


class CaseDispatched(Received):
    """A case that followed from triggers."""

    TYPE: ClassVar[str] = "draw.case_dispatched"
    case_id: str
    draw_id: str
    trigger_ids: list[str]
    subject: CaseSubject


class CaseExtended(Received):
    """Another draw's firm is inspected in a case that is open already: one visit for both tasks."""

    TYPE: ClassVar[str] = "draw.case_extended"
    case_id: str
    draw_id: str
    uscc: str
    trigger_ids: list[str]


class CaseWithdrawn(Received):
    """A draw took a case back, or its part of one."""

    TYPE: ClassVar[str] = "draw.case_withdrawn"
    case_id: str
    draw_id: str


class FurtherTask(_Part):
    """Another task whose items were inspected in the same visit."""

    draw_id: str
    trigger_ids: list[str]


class InspectionCompleted(Received):
    """What a case found, as a code."""

    TYPE: ClassVar[str] = "inspection.inspection_completed"
    case_id: str
    draw_id: str
    trigger_ids: list[str]
    uscc: str
    subject_result: str
    ended_on: date
    non_cooperation: list[int]
    further_tasks: list[FurtherTask] = Field(default=[])


class ResultPublished(Received):
    """A case's result is public."""

    TYPE: ClassVar[str] = "publicity.result_published"
    case_id: str
    trigger_ids: list[str]
    uscc: str
