"""A firm's request that an officer stands aside (申请回避): asked by the notice, answered in writing by the unit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from libs.common.errors import FieldError
from services.inspection.domain.case import CLOSED, Case
from services.inspection.domain.dispatch import TeamMember
from services.inspection.domain.errors import (
    RecusalDecided,
    RecusalInvalid,
    RecusalTooLate,
    RecusalUndecided,
    TooManyRequests,
)

REASONS: Final = {
    "interest": "本人或其近亲属与本单位有直接利害关系",
    "kinship": "与本单位负责人、股东有近亲属关系",
    "dispute": "与本单位或负责人有纠纷、诉讼",
    "other": "其他可能影响公正检查的关系",
}
LONGEST_TEXT: Final = 500
LONGEST_CONTACT: Final = 60
MOST_A_DAY: Final = 3
MOST_A_CASE: Final = 6


class Decision(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    GRANTED = "granted"
    REJECTED = "rejected"

    @property
    def chinese(self) -> str:
        """The word on the pages."""
        return {"open": "待答复", "granted": "准予回避", "rejected": "不予回避"}[self]


@dataclass(frozen=True, slots=True)
class Request:
    """One request; its text and contact are for the unit alone."""

    request_id: str
    officer_id: str
    officer_name: str
    certificate_number: str
    reason: str
    text: str
    contact: str
    requested_at: datetime
    decision: Decision = Decision.OPEN
    decided_by: str = ""
    decided_by_name: str = ""
    decided_at: datetime | None = None
    answer: str = ""

    @property
    def in_public(self) -> dict[str, Any]:
        """What whoever holds the notice sees: that it was asked, and the unit's answer."""
        return {
            "officer": self.officer_name,
            "certificate_number": self.certificate_number,
            "requested_at": self.requested_at.isoformat(),
            "decision": self.decision.value,
            "decision_name": self.decision.chinese,
            "answer": self.answer,
        }

    def decided(self, grant: bool, answer: str, account: str, name: str, now: datetime) -> "Request":
        """Granted or rejected, with the reason in writing. Raises RecusalDecided, RecusalInvalid."""
        if self.decision is not Decision.OPEN:
            raise RecusalDecided
        if not answer.strip() or len(answer) > LONGEST_TEXT:
            raise RecusalInvalid(
                fields=[
                    FieldError("answer", f"请书面写明决定的理由，{LONGEST_TEXT} 字以内；将在通知书核验页答复检查对象")
                ]
            )
        return replace(
            self,
            decision=Decision.GRANTED if grant else Decision.REJECTED,
            decided_by=account,
            decided_by_name=name,
            decided_at=now,
            answer=answer.strip(),
        )


def may_ask(case: Case) -> bool:
    """Whether the visit still lies ahead, so that somebody else can go."""
    return case.state not in CLOSED and case.started_at is None


def check_request(
    case: Case, earlier: Sequence[Request], certificate: str, reason: str, text: str, contact: str, now: datetime
) -> TeamMember:
    """Return the officer whom the request is about. Raises RecusalTooLate, TooManyRequests, RecusalInvalid."""
    if not may_ask(case):
        raise RecusalTooLate("检查已经开始或已撤回。认为检查人员应当回避的，请当场提出，或者拨打 12333 反映。")
    lately = [one for one in earlier if now - one.requested_at < timedelta(days=1)]
    if len(earlier) >= MOST_A_CASE or len(lately) >= MOST_A_DAY:
        raise TooManyRequests
    member = next((one for one in case.dispatch.officers if one.certificate_number == certificate), None)
    errors = []
    if member is None:
        errors.append(FieldError("certificate_number", "请选择申请回避的检查人员"))
    elif any(one.officer_id == member.officer_id and one.decision is Decision.OPEN for one in earlier):
        errors.append(FieldError("certificate_number", f"已申请{member.name}回避，正在等待检查单位答复"))
    if reason not in REASONS:
        errors.append(FieldError("reason", "请选择申请回避的理由"))
    elif reason == "other" and not text.strip():
        errors.append(FieldError("text", "请说明是什么关系"))
    if len(text) > LONGEST_TEXT:
        errors.append(FieldError("text", f"请缩短到 {LONGEST_TEXT} 字以内"))
    if len(contact) > LONGEST_CONTACT:
        errors.append(FieldError("contact", f"请缩短到 {LONGEST_CONTACT} 字以内"))
    if errors or member is None:
        raise RecusalInvalid(fields=errors)
    return member


def check_start(case: Case, requests: Iterable[Request], shown: Iterable[str]) -> None:
    """Raise RecusalUndecided while a request waits (an urgent visit may go on), or while who stood aside is here."""
    present = set(shown)
    waiting = [one.officer_name for one in requests if one.decision is Decision.OPEN]
    if waiting and not case.dispatch.urgent:
        raise RecusalUndecided(
            f"检查对象申请{'、'.join(waiting)}回避，本单位尚未答复，不能开始检查。请本单位负责人先作出决定。"
        )
    aside = [one.officer_name for one in requests if one.decision is Decision.GRANTED and one.officer_id in present]
    if aside:
        raise RecusalUndecided(f"{'、'.join(aside)}已准予回避，不得参加本次检查；正在按抽取规则更换人员，请稍候。")
