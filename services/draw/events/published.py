"""What draw says: what was planned, committed, drawn and handed to whom."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from libs.common.messaging.envelope import Event


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlanPublished(Event):
    """A plan was approved by another person and is public (细则第七条第一项). Aggregate: `plan/<plan_id>`."""

    TYPE: ClassVar[str] = "draw.plan_published"
    plan_id: str
    name: str
    year: int
    kind: str  # 年度 or 触发
    document_number: str
    authority: str
    county: str
    scope: str
    ratio: dict[str, list[int]]  # class → [num, den]
    trigger_ids: list[str]
    approved_at: datetime


class TaskPublished(Event):
    """A task of a published plan is open (细则第八条). Aggregate: `task/<task_id>`."""

    TYPE: ClassVar[str] = "draw.task_published"
    task_id: str
    plan_id: str
    name: str
    directed: bool  # 定向 or 不定向
    county: str
    item_codes: list[str]
    finish_by: date


class DrawCommitted(Event):
    """The commitment, before any seed exists; publicity logs it. Aggregate: `draw/<draw_id>`."""

    TYPE: ClassVar[str] = "draw.draw_committed"
    draw_id: str
    task_id: str
    commit: str  # canonical JSON
    commit_sha256: str


class SeedFixed(Event):
    """All sources of the seed are in; of a sealed draw it is said at its opening. Aggregate: `draw/<draw_id>`."""

    TYPE: ClassVar[str] = "draw.seed_fixed"
    draw_id: str
    seed_txt: str
    seed_sha256: str


class SubjectsDrawn(Event):
    """The result stands and can be checked by anybody, if sealed then later. Aggregate: `draw/<draw_id>`."""

    TYPE: ClassVar[str] = "draw.subjects_drawn"
    draw_id: str
    task_id: str
    plan_id: str
    trigger_ids: list[str]
    pool_rows: int
    drawn: int
    result_sha256: str
    certificate_sha256: str  # empty while the draw is sealed: its certificate will hold this entry's receipt


class SealOpened(Event):
    """A sealed draw is public: by the rule when all inspections have ended, or earlier. Aggregate: `draw/<draw_id>`."""

    TYPE: ClassVar[str] = "draw.seal_opened"
    draw_id: str
    reason: str
    by_rule: bool
    certificate_sha256: str
    opened_at: datetime


class DrawAborted(Event):
    """The attempt ended without a result; it stays public. Aggregate: `draw/<draw_id>`."""

    TYPE: ClassVar[str] = "draw.draw_aborted"
    draw_id: str
    reason: str


class CertificateAmended(Event):
    """A new edition of a certificate: a void, a reserve, a fresh draw, another officer. Aggregate: `draw/<draw_id>`."""

    TYPE: ClassVar[str] = "draw.certificate_amended"
    draw_id: str
    edition: int  # 2, 3, …
    kind: str  # void, reserve, fresh or officer
    certificate_sha256: str
    previous_sha256: str  # of the edition before
    amended_at: datetime


class CaseSubject(_Part):
    """The subject of a case as it was in the frozen pool."""

    uscc: str
    name: str
    kind: str
    address: str
    legal_representative: str
    industry: str
    scale: str
    headcount: int
    insured_headcount: int
    inspections_this_year: int


class CaseOfficer(_Part):
    """An officer on the team; the first leads (主办)."""

    officer_id: str
    name: str
    certificate_number: str


class CaseDispatched(Event):
    """One drawn subject was handed to the unit that inspects it (细则第七条第三项). Aggregate: `case/<case_id>`."""

    TYPE: ClassVar[str] = "draw.case_dispatched"
    case_id: str  # <task_id>-<4 digits in ticket order>
    draw_id: str
    task_id: str
    task_name: str
    plan_id: str
    plan_name: str
    directed: bool
    county: str
    unit_id: str
    unit_name: str
    subject: CaseSubject
    officers: list[CaseOfficer]
    assignment: str  # random (随机抽取) or direct (直接选派)
    item_codes: list[str]
    trigger_ids: list[str]
    source: str  # the trigger's source, or 年度计划
    urgent: bool
    finish_by: date
    dispatched_at: datetime
    sections: list[str] = Field(default=[])
    participants: list[str] = Field(default=[])  # other departments that join the visit


class CaseExtended(Event):
    """Another task drew the same firm, and its items join the case (细则第三条). Aggregate: `case/<case_id>`.

    Inspection takes the items in unless the visit has begun; then it says `inspection.extension_refused`.
    """

    TYPE: ClassVar[str] = "draw.case_extended"
    case_id: str  # the common case, of the first task
    draw_id: str  # of the task that joins
    task_id: str
    task_name: str
    plan_id: str
    plan_name: str
    directed: bool
    county: str
    uscc: str
    item_codes: list[str]
    sections: list[str]
    participants: list[str]
    trigger_ids: list[str]
    source: str
    urgent: bool
    finish_by: date  # of the task that joins; the visit is due by the earliest
    extended_at: datetime


class CaseWithdrawn(Event):
    """The drawn subject turned out not to be one: its case ends, unless it has its result. Aggregate: `case/<case_id>`.

    With the draw of a task that had joined a common case, only that task's part ends.
    """

    TYPE: ClassVar[str] = "draw.case_withdrawn"
    case_id: str
    draw_id: str
    reason: str
    at: datetime


class OfficersReplaced(Event):
    """One seat of a team has another officer, by the draw's own rule. Aggregate: `case/<case_id>`."""

    TYPE: ClassVar[str] = "draw.officers_replaced"
    case_id: str
    draw_id: str
    seat: int  # from 1
    out: str
    incoming: CaseOfficer
    reason: str  # recusal_requested or not_available
    at: datetime
