"""Sending a record to the national platform: states, answers, patience, and what to do about a refusal."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from services.publicity.domain.errors import ReceiptFileWrong

Status = Literal["accepted", "refused", "pending"]

ANSWERS: Final[dict[str, Status]] = {"记名成功": "accepted", "记名不成功": "refused", "处理中": "pending"}
LONGEST_WAIT: Final = timedelta(minutes=30)
LEASE: Final = timedelta(seconds=60)  # how long a claimed record is left to its worker before another takes it


class Delivery(StrEnum):
    """How far the sending of one record is."""

    QUEUED = "queued"
    PENDING = "pending"
    EXPORTED = "exported"
    ACCEPTED = "accepted"
    REFUSED = "refused"

    @property
    def chinese(self) -> str:
        """The word on the pages."""
        return _WORDS[self][0]

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return _WORDS[self][1]

    @property
    def final(self) -> bool:
        """Whether the platform has decided."""
        return self in {Delivery.ACCEPTED, Delivery.REFUSED}


_WORDS = {
    Delivery.QUEUED: ("待报送", ""),
    Delivery.PENDING: ("处理中", "live"),
    Delivery.EXPORTED: ("已导出，待回执", "live"),
    Delivery.ACCEPTED: ("记名成功", "good"),
    Delivery.REFUSED: ("记名不成功", "bad"),
}

# The codes of the reference stand-in (deploy/standins/national.py); an unknown one gets the general advice.
_ADVICE: Final[dict[str, str]] = {
    "E101": "平台中没有该统一社会信用代码：请到名录库核对代码，更正公示后重新报送。",
    "E203": "检查结果与事项结果不一致：请核对检查记录，更正公示（细则第十六条）后重新报送。",
    "E305": "平台未登记该抽查任务：请牵头科室在平台补登任务后重新报送。",
    "E409": "平台已有同一任务的记录：请在平台核对后重新报送。",
}
_GENERAL_ADVICE: Final = "请按错误代码向平台管理员核实，处理后重新报送。"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the platform answered about one record."""

    record_id: str
    status: Status
    code: str
    message: str
    at: datetime


def advice(code: str) -> str:
    """What to do about a refusal with this code."""
    return _ADVICE.get(code, _GENERAL_ADVICE)


def status_of(word: str) -> Status:
    """The status that one of the platform's three words means. Raises ReceiptFileWrong."""
    if word.strip() not in ANSWERS:
        raise ReceiptFileWrong(f"结果“{word.strip()[:20]}”不认识，只能是：{'、'.join(ANSWERS)}。")
    return ANSWERS[word.strip()]


def next_attempt(attempts: int, now: datetime, first_wait: timedelta) -> datetime:
    """When to try again after `attempts` failures: twice as long each time, half an hour at most."""
    return now + min(first_wait * (1 << min(attempts - 1, 20)), LONGEST_WAIT)
