"""The plan (抽查计划): proposed by one person, approved by another, then published."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NoReturn

from libs.common.errors import Invalid, NotAllowed, OutOfOrder

_PLAN_ID = re.compile(r"[0-9]{6}[0-9]{4}[0-9]{4}")


class PlanState(StrEnum):
    """Where a plan stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    PUBLISHED = "published"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        """The state for people."""
        return {"proposed": "待审批", "approved": "已审批", "published": "已公布", "rejected": "已退回"}[self]


class PlanInvalid(Invalid):
    """A plan lacks something or has the wrong form."""


class PlanNotProposed(OutOfOrder):
    """Only a proposed plan can be approved or rejected."""


class PlanNotApproved(OutOfOrder):
    """Only an approved plan can be published."""


class PlanNeedsAnotherApprover(NotAllowed):
    """Who proposes a plan does not approve it."""

    detail = "提出计划的人不能审批本计划，请由牵头科室另一人审批（细则第七条第一项）。"


class PlanChangedMeanwhile(OutOfOrder):
    """Somebody has changed the proposal since it was looked at."""

    detail = "这个计划刚刚被修改过，请重新查看最新版本后再操作（细则第七条第一项）。"


class RejectionNeedsReason(Invalid):
    """A plan is sent back without a reason."""

    detail = "退回计划必须写明理由。"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who did a step, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan of the lead section; the triggers that called for it are named by their ids."""

    plan_id: str
    title: str
    lead_section: str
    triggers: tuple[str, ...]
    proposed: Signature
    state: PlanState = PlanState.PROPOSED
    decided: Signature | None = None
    rejected_because: str | None = None
    document_number: str | None = None
    published: Signature | None = None
    version: int = 1  # of the proposal

    def __post_init__(self) -> None:
        if not _PLAN_ID.fullmatch(self.plan_id):
            raise PlanInvalid(f"计划编号 {self.plan_id} 应为行政区划代码 6 位、年份 4 位、序号 4 位。")
        if not self.title.strip() or not self.lead_section.strip():
            raise PlanInvalid(f"计划 {self.plan_id} 缺少名称或牵头科室，请补全（细则第七条第一项）。")

    def approve(self, by: str, at: datetime) -> "Plan":
        """Return the approved plan. Raises PlanNotProposed, PlanNeedsAnotherApprover."""
        self._decidable(by)
        return replace(self, state=PlanState.APPROVED, decided=Signature(by, at))

    def reject(self, by: str, at: datetime, reason: str) -> "Plan":
        """Return the plan sent back. Raises PlanNotProposed, PlanNeedsAnotherApprover, RejectionNeedsReason."""
        self._decidable(by)
        if not reason.strip():
            raise RejectionNeedsReason
        return replace(self, state=PlanState.REJECTED, decided=Signature(by, at), rejected_because=reason)

    def revise(self, by: str, at: datetime, title: str, seen: int) -> "Plan":
        """Return the next version of a proposal that waits or was sent back; whoever changes it does not approve it.

        `seen` is the version that was looked at. Raises PlanNotProposed, PlanChangedMeanwhile.
        """
        if self.state not in {PlanState.PROPOSED, PlanState.REJECTED}:
            _refuse(PlanNotProposed, self, "修改", "只有待审批或退回的计划可以修改")
        self.must_be(seen)
        return replace(
            self,
            title=title,
            proposed=Signature(by, at),
            state=PlanState.PROPOSED,
            decided=None,
            rejected_because=None,
            version=self.version + 1,
        )

    def must_be(self, seen: int) -> None:
        """Refuse a step that was meant for another version. Raises PlanChangedMeanwhile."""
        if seen != self.version:
            raise PlanChangedMeanwhile

    def publish(self, by: str, at: datetime, document_number: str | None = None) -> "Plan":
        """Return the published plan. Raises PlanNotApproved."""
        if self.state is not PlanState.APPROVED:
            _refuse(PlanNotApproved, self, "公布", "须先经牵头科室另一人审批")
        return replace(self, state=PlanState.PUBLISHED, published=Signature(by, at), document_number=document_number)

    def _decidable(self, by: str) -> None:
        if self.state is not PlanState.PROPOSED:
            _refuse(PlanNotProposed, self, "审批", "只有待审批的计划可以审批或退回")
        if by == self.proposed.by:
            raise PlanNeedsAnotherApprover


def _refuse(error: type[OutOfOrder], plan: Plan, step: str, missing: str) -> NoReturn:
    raise error(f"计划 {plan.plan_id}{plan.state.label}，不能{step}：{missing}（细则第七条第一项）。")


def plan_id(adcode: str, year: int, sequence: int) -> str:
    """Return a plan's id: adcode6 + yyyy + seq4. Raises PlanInvalid when the number is out of range."""
    if not 1 <= sequence <= 9999 or not re.fullmatch(r"[0-9]{6}", adcode):
        raise PlanInvalid(f"计划编号无法生成：区划 {adcode}、序号 {sequence}（应为 1 至 9999）。")
    return f"{adcode}{year:04d}{sequence:04d}"
