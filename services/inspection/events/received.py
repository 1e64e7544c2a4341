"""The part of others' events that inspection relies on; fields it does not use are not named."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from libs.common.messaging.envelope import Received


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class DispatchedSubject(_Part):
    """The subject of a case."""

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


class DispatchedOfficer(_Part):
    """An officer on the team."""

    officer_id: str
    name: str
    certificate_number: str


class CaseDispatched(Received):
    """A drawn subject is ours to inspect."""

    TYPE: ClassVar[str] = "draw.case_dispatched"
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
    subject: DispatchedSubject
    officers: list[DispatchedOfficer]
    assignment: str
    item_codes: list[str]
    trigger_ids: list[str]
    source: str
    urgent: bool
    finish_by: date
    dispatched_at: datetime
    sections: list[str] = Field(default=[])
    participants: list[str] = Field(default=[])


class CaseExtended(Received):
    """Another task drew the same firm: its items join the case."""

    TYPE: ClassVar[str] = "draw.case_extended"
    case_id: str
    draw_id: str
    task_id: str
    task_name: str
    plan_id: str
    plan_name: str
    directed: bool
    uscc: str
    item_codes: list[str]
    sections: list[str]
    participants: list[str]
    trigger_ids: list[str]
    source: str
    urgent: bool
    finish_by: date
    extended_at: datetime


class CaseWithdrawn(Received):
    """The drawn subject turned out not to be one."""

    TYPE: ClassVar[str] = "draw.case_withdrawn"
    case_id: str
    draw_id: str
    reason: str
    at: datetime


class OfficersReplaced(Received):
    """One seat of the team has another officer."""

    TYPE: ClassVar[str] = "draw.officers_replaced"
    case_id: str
    draw_id: str
    out: str
    incoming: DispatchedOfficer
    reason: str
    at: datetime


class PublishedCheckPoint(_Part):
    """One check point of an item."""

    text: str
    method: str
    materials: list[str]


class PublishedItem(_Part):
    """One item of the list."""

    code: str
    version: int
    category: str
    name: str
    level: str
    methods: list[str]
    legal_basis: str
    section: str
    check_points: list[PublishedCheckPoint]
    valid_from: date
    valid_to: date | None
    published_at: datetime


class ItemsPublished(Received):
    """Items may be carried out from now on."""

    TYPE: ClassVar[str] = "registry.items_published"
    items: list[PublishedItem]


class ChangedOfficer(_Part):
    """An officer as of `version`."""

    officer_id: str
    version: int
    name: str
    certificate_number: str
    certificate_valid_to: date
    staff_kind: str
    on_duty: bool
    items_allowed: list[str]
    recusals: list[str]


class OfficersChanged(Received):
    """Whose certificate is good, who is on duty, who stands aside."""

    TYPE: ClassVar[str] = "registry.officers_changed"
    officers: list[ChangedOfficer]


class ChangedUnit(_Part):
    """A unit as of `version`."""

    unit_id: str
    version: int
    name: str
    county: str


class UnitsChanged(Received):
    """What units are called."""

    TYPE: ClassVar[str] = "registry.units_changed"
    units: list[ChangedUnit]


class ResultPublished(Received):
    """A result of ours is public."""

    TYPE: ClassVar[str] = "publicity.result_published"
    case_id: str
    published_at: datetime
    address: str
