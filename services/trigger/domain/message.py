"""What a platform says of its order afterwards; applied one by one, in whatever order they come, with the same end."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from libs.common.clock import china_date
from libs.common.errors import FieldError
from services.trigger.domain.errors import MessageFromTheFuture, MessageIncomplete, TimeLongPast
from services.trigger.domain.signal import EARLIEST

URGE: Final = "urge"
SUPERVISE: Final = "supervise"
UPDATE: Final = "update"
EXTEND: Final = "extend"
REVISIT: Final = "revisit"
WITHDRAW: Final = "withdraw"
KINDS: Final = {
    URGE: "催办",
    SUPERVISE: "督办",
    UPDATE: "补充",
    EXTEND: "延期",
    REVISIT: "回访",
    WITHDRAW: "退单",
}

SATISFIED: Final = "satisfied"
UNSATISFIED: Final = "unsatisfied"
NOT_REACHED: Final = "not_reached"
RESULTS: Final = {SATISFIED: "满意", UNSATISFIED: "不满意", NOT_REACHED: "未联系上"}

UNSOLVED: Final = "unsolved"
PARTLY: Final = "partly"
DISAGREES: Final = "disagrees"
SLOW: Final = "slow"
OTHER: Final = "other"
REASONS: Final = {
    UNSOLVED: "问题没有解决",
    PARTLY: "只解决了一部分",
    DISAGREES: "不认可办理结果",
    SLOW: "办理不及时",
    OTHER: "其他",
}

KEPT_FOR: Final = timedelta(days=30)  # a message whose order has not come by then is given up
LONGEST_EXTENSION: Final = timedelta(days=366)
MOST: Final = 500  # messages on one order
_CLOCKS_DIFFER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Message:
    """A message without its text; `at` is the platform's own time."""

    message_id: str
    kind: str
    at: datetime
    result: str = ""  # of a 回访
    reason: str = ""  # of an unsatisfied one
    until: date | None = None  # of a 延期

    @property
    def unsatisfied(self) -> bool:
        """Whether it opens a review."""
        return self.kind == REVISIT and self.result == UNSATISFIED


@dataclass(frozen=True, slots=True)
class Standing:
    """What messages change of a signal."""

    due: date
    urge_count: int = 0
    supervised: bool = False
    withdrawn: bool = False
    reopened: int = 0
    revisit: str = ""
    revisited_at: datetime | None = None


def check_message(message: Message, now: datetime) -> None:
    """Raise MessageIncomplete, TimeLongPast or MessageFromTheFuture."""
    if message.at < EARLIEST:
        raise TimeLongPast(fields=[FieldError("at", "早于 2000 年，请核对")])
    if message.at > now + _CLOCKS_DIFFER:
        raise MessageFromTheFuture(fields=[FieldError("at", "晚于当前时间，请核对平台时钟")])
    if message.kind == REVISIT and message.result not in RESULTS:
        told = "、".join(f"{code} {word}" for code, word in RESULTS.items())
        raise MessageIncomplete(fields=[FieldError("result", f"回访必填，只能取：{told}")])
    if message.kind == EXTEND and not (
        message.until and timedelta(0) <= message.until - china_date(message.at) <= LONGEST_EXTENSION
    ):
        raise MessageIncomplete(fields=[FieldError("until", "延期必填：延期后的期限，不早于发出当日，不晚于一年")])


def applied(standing: Standing, message: Message) -> Standing:
    """The standing after the message; for any messages, each once, in any order, the end is the same."""
    if message.kind == URGE:
        return replace(standing, urge_count=standing.urge_count + 1)
    if message.kind == SUPERVISE:
        return replace(standing, supervised=True)
    if message.kind == WITHDRAW:
        return replace(standing, withdrawn=True)
    if message.kind == EXTEND and message.until:
        return replace(standing, due=max(standing.due, message.until))
    return _revisited(standing, message) if message.kind == REVISIT else standing


def _revisited(standing: Standing, message: Message) -> Standing:
    before = standing.revisited_at
    if before is None or (message.at, message.result) > (before, standing.revisit):
        standing = replace(standing, revisit=message.result, revisited_at=message.at)
    return replace(standing, reopened=standing.reopened + message.unsatisfied)


def in_words(message: Message) -> str:
    """The message for the signal's history, without its text."""
    word = f"平台{KINDS[message.kind]}"
    if message.kind == REVISIT:
        word += f"：{RESULTS[message.result]}"
        return word + (f"（{REASONS[message.reason]}）" if message.unsatisfied and message.reason else "")
    if message.kind == EXTEND and message.until:
        return word + f"至{message.until.year}年{message.until.month}月{message.until.day}日"
    return word
