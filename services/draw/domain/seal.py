"""The seal (密封): who kept a draw's list inside and why, and who let it out."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from libs.common.workdays import Deadline, deadline
from services.draw.domain.plan import Signature

SEALED = "SEALED"  # stands in public where a reveal is kept inside
BY_RULE = "rule"  # who acts when the clock or a message does
WORKING_DAYS_TO_PUBLISH: Final = 20  # 细则第十四条, from the end of an inspection
ALL_INSPECTED = "名单所列检查对象已全部检查结束，按规则公开。"


@dataclass(frozen=True, slots=True)
class Sealing:
    """Why the list is kept until the inspections have ended; the reason is public."""

    reason: str
    entered: Signature


@dataclass(frozen=True, slots=True)
class Opening:
    """Why the list became public: the rule's reason, or a person's."""

    reason: str
    entered: Signature


def open_by(first_ended: date | None) -> Deadline | None:
    """The day by which a seal must be open: a result is not published before, and is due 20 working days after its end.

    None while no inspection has ended.
    """
    return deadline(first_ended, WORKING_DAYS_TO_PUBLISH) if first_ended else None
