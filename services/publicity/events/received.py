"""The part of others' events that publicity relies on; fields it does not use are not named."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from libs.common.messaging.envelope import Received


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Item(_Part):
    """One 抽查事项 of the published list."""

    code: str
    version: int
    category: str
    name: str
    subject_kinds: str
    level: str
    methods: list[str]
    authority: str
    legal_basis: str
    valid_from: date
    valid_to: date | None
    published_at: datetime


class ItemsPublished(Received):
    """Registry published items of the list."""

    TYPE: ClassVar[str] = "registry.items_published"
    items: list[Item]


class PlanPublished(Received):
    """A plan is public."""

    TYPE: ClassVar[str] = "draw.plan_published"
    plan_id: str
    name: str
    year: int
    kind: str
    document_number: str
    authority: str
    county: str
    scope: str
    ratio: dict[str, list[int]]
    approved_at: datetime


class TaskPublished(Received):
    """A task of a plan is open."""

    TYPE: ClassVar[str] = "draw.task_published"
    task_id: str
    plan_id: str
    name: str
    directed: bool
    county: str
    item_codes: list[str]
    finish_by: date


class DrawCommitted(Received):
    """A draw was committed to before any seed exists."""

    TYPE: ClassVar[str] = "draw.draw_committed"
    draw_id: str
    task_id: str
    commit: str
    commit_sha256: str


class SeedFixed(Received):
    """The seed of a draw is complete."""

    TYPE: ClassVar[str] = "draw.seed_fixed"
    draw_id: str
    seed_txt: str
    seed_sha256: str


class SubjectsDrawn(Received):
    """A draw has its result."""

    TYPE: ClassVar[str] = "draw.subjects_drawn"
    draw_id: str
    task_id: str
    plan_id: str
    pool_rows: int
    drawn: int
    result_sha256: str
    certificate_sha256: str


class SealOpened(Received):
    """A sealed draw is public."""

    TYPE: ClassVar[str] = "draw.seal_opened"
    draw_id: str
    reason: str
    by_rule: bool
    certificate_sha256: str


class CertificateAmended(Received):
    """A certificate has a new edition: a void, a reserve, a fresh draw, another officer."""

    TYPE: ClassVar[str] = "draw.certificate_amended"
    draw_id: str
    edition: int
    kind: str
    certificate_sha256: str
    previous_sha256: str


class DrawAborted(Received):
    """A draw ended without a result."""

    TYPE: ClassVar[str] = "draw.draw_aborted"
    draw_id: str
    reason: str


class ItemResult(_Part):
    """The result of one item."""

    item_code: str
    item_name: str
    result: str


class OfficerOnRecord(_Part):
    """An officer who inspected; the name is not taken."""

    officer_id: str


class FurtherTask(_Part):
    """Another task whose items were inspected in the same visit."""

    draw_id: str
    task_id: str
    task_name: str
    plan_id: str
    plan_name: str
    directed: bool
    trigger_ids: list[str]
    item_codes: list[str]


class InspectionCompleted(Received):
    """An inspection has its record: the clock of 细则第十四条 starts."""

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
    subject_result: str
    item_results: list[ItemResult]
    non_cooperation: list[int]
    officers: list[OfficerOnRecord]
    recorded_by: str
    follow_up: str
    record_sha256: str
    item_codes: list[str] = Field(default=[])
    further_tasks: list[FurtherTask] = Field(default=[])


class FollowUpClosed(Received):
    """The follow-up of a case is over."""

    TYPE: ClassVar[str] = "inspection.follow_up_closed"
    case_id: str
    closed_on: date
