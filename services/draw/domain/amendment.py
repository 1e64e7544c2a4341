"""A request to change a drawn list: one person enters it, another decides, and nothing of it is deleted."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from libs.common.errors import Invalid, NotAllowed, OutOfOrder
from services.draw.domain.plan import Signature


class AmendmentKind(StrEnum):
    """What is asked for; also the kind of the entry that comes of it."""

    VOID = "void"
    RESERVE = "reserve"
    FRESH = "fresh"
    OFFICER = "officer"

    @property
    def label(self) -> str:
        """The kind for people."""
        return _KINDS[self]


class AmendmentState(StrEnum):
    """Where a request stands."""

    PROPOSED = "proposed"
    RUNNING = "running"  # a fresh draw's ceremony is under way
    DONE = "done"
    REJECTED = "rejected"
    BLOCKED = "blocked"  # decided, but the rule finds nobody; can be tried again
    ENDED = "ended"  # approved, but its fresh draw was aborted

    @property
    def label(self) -> str:
        """The state for people."""
        return _STATES[self]


_KINDS = {
    AmendmentKind.VOID: "作废",
    AmendmentKind.RESERVE: "候补递补",
    AmendmentKind.FRESH: "重新抽取补足",
    AmendmentKind.OFFICER: "更换检查人员",
}
_STATES = {
    AmendmentState.PROPOSED: "待审批",
    AmendmentState.RUNNING: "补抽进行中",
    AmendmentState.DONE: "已生效",
    AmendmentState.REJECTED: "已退回",
    AmendmentState.BLOCKED: "无人可派",
    AmendmentState.ENDED: "补抽已中止",
}
OPEN = (AmendmentState.PROPOSED, AmendmentState.RUNNING, AmendmentState.BLOCKED)


class AmendmentNeedsAnotherApprover(NotAllowed):
    """Who enters does not approve."""

    detail = "录入变更的人不能自己审批，请由牵头科室或业务科室的另一人审批。"


class AmendmentDecided(OutOfOrder):
    """The request is not open any more."""

    detail = "这项变更已经审批或退回，不能再次处理。"


class AmendmentWaits(OutOfOrder):
    """The same thing is asked for already."""

    detail = "同一事项已有变更待处理，请先审批或退回后再录入。"


class RejectionUnreasoned(Invalid):
    """A request is sent back without a reason."""

    detail = "退回变更必须写明理由。"


@dataclass(frozen=True, slots=True)
class Amendment:
    """A request and what became of it; `body` has the words of the entry, without its number and what is chosen."""

    draw_id: str
    number: int
    kind: AmendmentKind
    body: dict[str, Any]
    proposed: Signature
    proposed_role: str
    state: AmendmentState = AmendmentState.PROPOSED
    decided: Signature | None = None
    decided_role: str | None = None
    rejected_because: str | None = None
    problem: str | None = None
    edition: int | None = None
    fresh_draw_id: str | None = None

    def approve(self, by: str, role: str, at: datetime) -> "Amendment":
        """Return the approved request, to be carried out at once. Raises AmendmentNeedsAnotherApprover and others."""
        self._decide(by)
        return replace(self, decided=Signature(by, at), decided_role=role)

    def reject(self, reason: str, by: str, role: str, at: datetime) -> "Amendment":
        """Return the request sent back. Raises AmendmentNeedsAnotherApprover, RejectionUnreasoned and others."""
        self._decide(by)
        if not reason.strip():
            raise RejectionUnreasoned
        return replace(
            self,
            state=AmendmentState.REJECTED,
            decided=Signature(by, at),
            decided_role=role,
            rejected_because=reason.strip(),
        )

    def done(self, edition: int) -> "Amendment":
        """Return the request that has its edition."""
        return replace(self, state=AmendmentState.DONE, edition=edition, problem=None)

    def running(self, fresh_draw_id: str) -> "Amendment":
        """Return the request whose fresh draw has begun."""
        return replace(self, state=AmendmentState.RUNNING, fresh_draw_id=fresh_draw_id)

    def blocked(self, problem: str) -> "Amendment":
        """Return the decided request for which the rule finds nobody."""
        return replace(self, state=AmendmentState.BLOCKED, problem=problem)

    def again(self) -> "Amendment":
        """Return a blocked request to be tried again. Raises AmendmentDecided."""
        if self.state is not AmendmentState.BLOCKED:
            raise AmendmentDecided
        return self

    def ended(self) -> "Amendment":
        """Return the request whose fresh draw was aborted; its voids may be made up for anew."""
        return replace(self, state=AmendmentState.ENDED)

    @property
    def sentence(self) -> str:
        """What is asked for, without names."""
        return f"{self.kind.label}（{self.state.label}）"

    def _decide(self, by: str) -> None:
        if self.state is not AmendmentState.PROPOSED:
            raise AmendmentDecided
        if self.proposed.by == by:
            raise AmendmentNeedsAnotherApprover
