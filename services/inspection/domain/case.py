"""One inspection of one subject: what was handed over, and the states it goes through."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from services.inspection.domain.errors import (
    AlreadyApproved,
    AlreadyArchived,
    AlreadyStarted,
    FollowUpOpen,
    NotApproved,
    NotCompleted,
    NotPublished,
    NotStarted,
    RecordFrozen,
)


class State(StrEnum):
    """Where the case stands (细则第七条第四至六项)."""

    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    INSPECTING = "inspecting"
    READY = "ready"  # the record lacks nothing and can be handed in
    COMPLETED = "completed"
    PUBLISHED = "published"
    ARCHIVED = "archived"

    @property
    def chinese(self) -> str:
        """The word on the pages."""
        return _TITLES[self]


_TITLES = {
    State.AWAITING_APPROVAL: "待审批",
    State.APPROVED: "待检查",
    State.INSPECTING: "检查中",
    State.READY: "待提交",
    State.COMPLETED: "已完成",
    State.PUBLISHED: "已公示",
    State.ARCHIVED: "已归档",
}
RECORDING = frozenset({State.INSPECTING, State.READY})
OVER = frozenset({State.COMPLETED, State.PUBLISHED, State.ARCHIVED})


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject as it was in the frozen pool."""

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


@dataclass(frozen=True, slots=True)
class TeamMember:
    """An officer on the team; the first leads (主办)."""

    officer_id: str
    name: str
    certificate_number: str


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What the draw handed over; never changed afterwards."""

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
    subject: Subject
    officers: tuple[TeamMember, ...]
    assignment: str
    item_codes: tuple[str, ...]
    trigger_ids: tuple[str, ...]
    source: str
    urgent: bool
    finish_by: date
    dispatched_at: datetime

    @property
    def officer_ids(self) -> tuple[str, ...]:
        """Who is on the team."""
        return tuple(officer.officer_id for officer in self.officers)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Dispatch":
        """Read what was stored as JSON."""
        return cls(
            **{
                **document,
                "subject": Subject(**document["subject"]),
                "officers": tuple(TeamMember(**officer) for officer in document["officers"]),
                "item_codes": tuple(document["item_codes"]),
                "trigger_ids": tuple(document["trigger_ids"]),
                "finish_by": date.fromisoformat(document["finish_by"]),
                "dispatched_at": datetime.fromisoformat(document["dispatched_at"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Case:
    """A case with its decisions so far."""

    dispatch: Dispatch
    correlation_id: str
    state: State = State.AWAITING_APPROVAL
    notice_code: str = ""
    approved_at: datetime | None = None
    approved_by: str = ""
    approved_by_name: str = ""
    approved_afterwards: bool = False
    started_at: datetime | None = None
    present: tuple[str, ...] = ()  # officers who showed their certificates on the spot
    completed_at: datetime | None = None
    recorded_by: str = ""
    record: dict[str, Any] | None = None
    record_sha256: str = ""
    published_at: datetime | None = None
    published_address: str = ""
    archived_at: datetime | None = None

    @property
    def id(self) -> str:
        """`<task_id>-<4 digits>`."""
        return self.dispatch.case_id

    @property
    def present_officers(self) -> tuple[TeamMember, ...]:
        """The officers who inspect, in the order of the team."""
        return tuple(officer for officer in self.dispatch.officers if officer.officer_id in self.present)

    def overdue(self, today: date) -> bool:
        """Whether the visit is late."""
        return self.state not in OVER and today > self.dispatch.finish_by

    def approve(self, account: str, name: str, now: datetime) -> "Case":
        """Approved by somebody of the unit; after the start only where the case is urgent."""
        if self.approved_at:
            raise AlreadyApproved
        afterwards = self.state is not State.AWAITING_APPROVAL
        return replace(
            self,
            state=self.state if afterwards else State.APPROVED,
            approved_at=now,
            approved_by=account,
            approved_by_name=name,
            approved_afterwards=afterwards,
        )

    def start(self, present: tuple[str, ...], now: datetime) -> "Case":
        """Certificates were shown and the inspection begins (细则第十条)."""
        if self.started_at:
            raise AlreadyStarted
        if not self.approved_at and not self.dispatch.urgent:
            raise NotApproved
        return replace(self, state=State.INSPECTING, started_at=now, present=present)

    def must_be_recording(self) -> None:
        """Raise unless the record is open."""
        if self.state in OVER:
            raise RecordFrozen
        if self.state not in RECORDING:
            raise NotStarted

    def must_be_over(self) -> None:
        """Raise unless the record is handed in."""
        if self.state not in OVER:
            raise NotCompleted

    def complete(self, record: dict[str, Any], sha256: str, account: str, now: datetime) -> "Case":
        """The record is handed in and frozen."""
        self.must_be_recording()
        return replace(
            self, state=State.COMPLETED, completed_at=now, recorded_by=account, record=record, record_sha256=sha256
        )

    def publish(self, address: str, at: datetime) -> "Case":
        """Its result became public; hearing it twice changes nothing."""
        self.must_be_over()
        if self.published_at:
            return self
        return replace(self, state=State.PUBLISHED, published_at=at, published_address=address)

    def archive(self, now: datetime, *, follow_up_open: bool) -> "Case":
        """Everything is over: the package is closed (细则第十三条)."""
        if self.archived_at:
            raise AlreadyArchived
        self.must_be_over()
        if not self.published_at:
            raise NotPublished
        if follow_up_open:
            raise FollowUpOpen
        return replace(self, state=State.ARCHIVED, archived_at=now)
