"""One inspection of one subject: what was handed over, and the states it goes through."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from services.inspection.domain.dispatch import Dispatch, TeamMember
from services.inspection.domain.errors import (
    AlreadyApproved,
    AlreadyArchived,
    AlreadyStarted,
    CaseWithdrawn,
    FollowUpOpen,
    NotApproved,
    NotCompleted,
    NotPublished,
    NotStarted,
    RecordFrozen,
)
from services.inspection.domain.visit import FurtherTask, Replacement, as_it_is_now


class State(StrEnum):
    """Where the case stands (细则第七条第四至六项)."""

    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    INSPECTING = "inspecting"
    READY = "ready"  # the record lacks nothing and can be handed in
    COMPLETED = "completed"
    PUBLISHED = "published"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"  # the draw took it back before it had a result

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
    State.WITHDRAWN: "已撤回",
}
RECORDING = frozenset({State.INSPECTING, State.READY})
OVER = frozenset({State.COMPLETED, State.PUBLISHED, State.ARCHIVED})
CLOSED = OVER | {State.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class Case:
    """A case with its decisions so far; `handed` is what the draw handed over, never changed afterwards."""

    handed: Dispatch
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
    further: tuple[FurtherTask, ...] = ()  # other tasks that joined the visit, in order
    replaced: tuple[Replacement, ...] = ()  # officers, in order
    withdrawn_at: datetime | None = None
    withdrawn_because: str = ""

    @property
    def dispatch(self) -> Dispatch:
        """The visit as it is now: what was handed over, what joined, the present team."""
        return as_it_is_now(self.handed, self.further, self.replaced)

    @property
    def task_names(self) -> tuple[str, ...]:
        """Every task that the visit serves."""
        return self.handed.task_name, *(task.task_name for task in self.further)

    @property
    def id(self) -> str:
        """`<task_id>-<4 digits>`."""
        return self.handed.case_id

    @property
    def present_officers(self) -> tuple[TeamMember, ...]:
        """The officers who inspect, in the order of the team."""
        return tuple(officer for officer in self.dispatch.officers if officer.officer_id in self.present)

    def overdue(self, today: date) -> bool:
        """Whether the visit is late."""
        return self.state not in CLOSED and today > self.dispatch.finish_by

    def approve(self, account: str, name: str, now: datetime) -> "Case":
        """Approved by somebody of the unit; after the start only where the case is urgent."""
        self._must_stand()
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
        self._must_stand()
        if self.started_at:
            raise AlreadyStarted
        if not self.approved_at and not self.dispatch.urgent:
            raise NotApproved
        return replace(self, state=State.INSPECTING, started_at=now, present=present)

    def closed_to_more(self, uscc: str) -> str:
        """Why another task about `uscc` can't join the visit, or nothing (细则第三条)."""
        if uscc != self.handed.subject.uscc:
            return "检查对象不是同一个"
        if self.state is State.WITHDRAWN:
            return "检查已撤回"
        return "检查已经开始" if self.started_at else ""

    def joined(self, task: FurtherTask) -> "Case":
        """With the items of another task; what was approved without them is approved anew."""
        waiting = replace(self, further=(*self.further, task))
        if self.state is State.APPROVED:
            return replace(
                waiting, state=State.AWAITING_APPROVAL, approved_at=None, approved_by="", approved_by_name=""
            )
        return waiting

    def parted(self, draw_id: str) -> "Case":
        """Without the task of that draw."""
        return replace(self, further=tuple(task for task in self.further if task.draw_id != draw_id))

    def with_officer(self, replacement: Replacement) -> "Case":
        """With one officer in the place of another. Raises AlreadyStarted, CaseWithdrawn."""
        self._must_stand()
        if self.started_at:
            raise AlreadyStarted
        return replace(self, replaced=(*self.replaced, replacement))

    def withdraw(self, reason: str, at: datetime) -> "Case":
        """Taken back by the draw; a record that is handed in stays. Raises RecordFrozen, CaseWithdrawn."""
        self._must_stand()
        if self.state in OVER:
            raise RecordFrozen
        return replace(self, state=State.WITHDRAWN, withdrawn_at=at, withdrawn_because=reason)

    def _must_stand(self) -> None:
        if self.state is State.WITHDRAWN:
            raise CaseWithdrawn(f"本次检查已撤回（{self.withdrawn_because}），不要前往检查对象，也不再办理。")

    def must_be_recording(self) -> None:
        """Raise unless the record is open."""
        self._must_stand()
        if self.state in OVER:
            raise RecordFrozen
        if self.state not in RECORDING:
            raise NotStarted

    def must_be_over(self) -> None:
        """Raise unless the record is handed in."""
        self._must_stand()
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
