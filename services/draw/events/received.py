"""The part of others' events that draw relies on; fields it does not use are not named."""

from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from libs.common.messaging.envelope import Received


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Subject(_Part):
    """A subject as of `version`."""

    uscc: str
    version: int
    name: str
    kind: str
    enterprise_type: str
    legal_representative: str
    address: str
    county: str
    industry: str
    scale: str
    headcount: int
    insured_headcount: int
    live: bool
    credit_class: str
    whitelisted: bool
    last_inspected_on: date | None
    inspections_this_year: int


class SubjectsChanged(Received):
    """Who may be drawn."""

    TYPE: ClassVar[str] = "registry.subjects_changed"
    subjects: list[Subject]


class Officer(_Part):
    """An officer as of `version`."""

    officer_id: str
    version: int
    name: str
    unit_id: str
    county: str
    certificate_number: str
    certificate_valid_to: date
    staff_kind: str
    on_duty: bool
    items_allowed: list[str]
    recusals: list[str]


class OfficersChanged(Received):
    """Who may be sent."""

    TYPE: ClassVar[str] = "registry.officers_changed"
    officers: list[Officer]


class Item(_Part):
    """An item as of `version`."""

    code: str
    version: int
    category: str
    name: str
    level: str
    legal_basis: str
    section: str
    valid_from: date
    valid_to: date | None


class ItemsPublished(Received):
    """On what."""

    TYPE: ClassVar[str] = "registry.items_published"
    items: list[Item]


class Unit(_Part):
    """A unit as of `version`."""

    unit_id: str
    version: int
    name: str
    county: str
    kind: str


class UnitsChanged(Received):
    """Who receives the lists."""

    TYPE: ClassVar[str] = "registry.units_changed"
    units: list[Unit]


class Condition(_Part):
    """One condition of the pool filter that the rule asks for."""

    col: str
    within: list[str] | None = None
    prefix: list[str] | None = None


class TriggerFired(Received):
    """Why a plan is proposed."""

    TYPE: ClassVar[str] = "trigger.trigger_fired"
    trigger_id: str
    rule_name: str
    source: str
    county: str
    reason: str
    mode: Literal["directed_draw", "one_subject"]
    filter: list[Condition]
    item_categories: list[str]
    urgent: bool
    finish_by: date


class EntryLogged(Received):
    """The public log's receipt."""

    TYPE: ClassVar[str] = "publicity.entry_logged"
    index: int
    kind: str
    reference: str
    leaf_hash: str
    tree_size: int
    root_hash: str
    checkpoint: str
    inclusion: list[str]
    entry: str = ""


class InspectionStarted(Received):
    """A visit has begun: no other task can join it any more."""

    TYPE: ClassVar[str] = "inspection.inspection_started"
    case_id: str
    started_at: datetime


class ExtensionRefused(Received):
    """A task could not join a visit: it needs a case of its own."""

    TYPE: ClassVar[str] = "inspection.extension_refused"
    case_id: str
    draw_id: str
    reason: str


class RecusalGranted(Received):
    """The unit granted a firm's request: this officer stands aside."""

    TYPE: ClassVar[str] = "inspection.recusal_granted"
    case_id: str
    officer_id: str
    at: datetime


class InspectionCompleted(Received):
    """What became of a case."""

    TYPE: ClassVar[str] = "inspection.inspection_completed"
    case_id: str
    subject_result: str
    ended_on: date
