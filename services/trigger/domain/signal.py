"""A signal: what a platform reported once, its states, and its clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from libs.common.clock import CHINA, china_date
from libs.common.errors import FieldError
from libs.common.workdays import Deadline, deadline
from services.trigger.domain.errors import (
    KindNotAgreed,
    OrderFromTheFuture,
    PurposeMissing,
    ReasonMissing,
    SignalAlreadyDecided,
    TimeLongPast,
)

KINDS: Final = ("投诉举报", "求助", "咨询", "建议", "转办交办", "网络监测")

WAITING: Final = "waiting"  # for a clerk, or for the registry to be heard
MATCHED: Final = "matched"
RETURNED: Final = "returned"
WITHDRAWN: Final = "withdrawn"  # by its platform (退单)
WARNING: Final = "warning"  # about a county and a category, never about a subject
STATES: Final = {WAITING: "待匹配", MATCHED: "已匹配", RETURNED: "已退单", WITHDRAWN: "平台撤回", WARNING: "风险提示"}

ACCEPT_WITHIN: Final = 5  # working days; 《关于实施〈劳动保障监察条例〉若干规定》第十八条
RATE: Final = 50  # requests a second that a platform may send unless something else was agreed
BURST: Final = 200  # and at once
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=CHINA)  # of all moments; the first of the calendar can't be converted
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_SHORTEST_PURPOSE: Final = 4

# What is encrypted field by field, and its name on the pages; the only list of it.
SECRET_FIELDS: Final = {
    "content": "反映内容",
    "address": "地址",
    "street": "街道",
    "position": "坐标",
    "reporter_name": "反映人姓名",
    "reporter_phone": "联系电话",
    "reporter_id_number": "证件号码",
    "reporter_bank_card": "银行卡号",
    "reporter_email": "电子邮箱",
    "media": "附件地址",
}


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal as far as decisions on it need it; nothing of it is secret."""

    signal_id: str
    platform: str
    order_id: str
    source: str
    kind: str
    category: str
    county: str
    employer_name: str
    employer_uscc: str
    accepted_at: datetime
    received_at: datetime
    due: date
    due_provisional: bool
    state: str
    uscc: str
    industry: str
    correlation_id: str
    category_path: Sequence[str] = ()
    supervised: bool = False
    complainant: str = ""  # a keyed hash, by which one person's complaints are known to be one person's
    flags: Sequence[str] = ()
    attributes: Mapping[str, str | int] = field(default_factory=dict)
    reopened: int = 0  # how often its complainant was not satisfied

    def must_wait(self) -> None:
        """Raise SignalAlreadyDecided unless the signal still waits to be matched."""
        if self.state != WAITING:
            raise SignalAlreadyDecided


def due_of(received_at: datetime, working_days: int) -> Deadline:
    """The last day to decide whether the complaint is taken up, counted from the day after it arrived."""
    return deadline(china_date(received_at), working_days)


def check_order(kind: str, agreed: list[str], accepted_at: datetime, now: datetime) -> None:
    """Raise KindNotAgreed, TimeLongPast or OrderFromTheFuture."""
    if kind not in agreed:
        raise KindNotAgreed(fields=[FieldError("kind", f"只能取：{'、'.join(agreed)}")])
    if accepted_at < EARLIEST:
        raise TimeLongPast(fields=[FieldError("accepted_at", "早于 2000 年，请核对")])
    if accepted_at > now + _CLOCKS_DIFFER:
        raise OrderFromTheFuture(fields=[FieldError("accepted_at", "晚于当前时间，请核对平台时钟")])


def reason_given(reason: str) -> str:
    """The reason for a return, trimmed; raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()


def purpose_given(purpose: str) -> str:
    """The purpose of reading protected text, trimmed; raises PurposeMissing."""
    if len(purpose.strip()) < _SHORTEST_PURPOSE:
        raise PurposeMissing
    return purpose.strip()
