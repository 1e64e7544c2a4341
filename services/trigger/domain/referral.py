"""A referral's deadline, and the document by which it was answered (办结回复)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from libs.common.errors import FieldError, Invalid
from libs.common.workdays import deadline
from services.trigger.domain.entry import LONGEST_NUMBER

NEAR: Final = 3  # working days before the deadline from which a referral stands on the desk

OPEN: Final = "open"
SOON: Final = "near"
LATE: Final = "late"
REPLIED: Final = "replied"
STATES: Final = {OPEN: "办理中", SOON: "临近期限", LATE: "已逾期", REPLIED: "已办结回复"}


@dataclass(frozen=True, slots=True)
class Reply:
    """The document by which the referral was answered; its text is protected."""

    number: str
    replied_on: date
    text: str


def near_until(today: date) -> date:
    """The last deadline that is near today."""
    return deadline(today, NEAR).due


def state_of(reply_number: str, reply_by: date, today: date) -> str:
    """How a referral stands today."""
    if reply_number:
        return REPLIED
    if reply_by < today:
        return LATE
    return SOON if reply_by <= near_until(today) else OPEN


def checked(reply: Reply, received_on: date, today: date) -> Reply:
    """The reply to what was received on a day; raises Invalid naming each field."""
    faults = []
    if not 4 <= len(reply.number) <= LONGEST_NUMBER:
        faults.append(FieldError("number", "请填写回复文号，如 洛人社函〔2026〕8号，4 至 60 字"))
    if reply.replied_on > today:
        faults.append(FieldError("replied_on", "回复日期不能晚于今天"))
    elif reply.replied_on < received_on:
        faults.append(FieldError("replied_on", "回复日期不能早于收文日期，请核对"))
    if not 4 <= len(reply.text) <= 4000:
        faults.append(FieldError("text", "请填写办理结果，4 至 4000 字；内容加密保存"))
    if faults:
        raise Invalid(fields=faults)
    return reply
