"""How long what an informant says is kept: by policy after closing, and longer only by name and on a ground."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from libs.common.clock import china_date
from services.trigger.domain.errors import DocumentMissing, GroundMissing
from services.trigger.domain.signal import WAITING, WARNING

SHORTEST: Final = 366  # days; the longest window of a rule, which needs to know complainants apart
POLICY: Final = "保存期限政策"

# States in which somebody still has to do something with what was said, or in which nothing was said at all.
NOT_CLOSED: Final = frozenset({WAITING, WARNING})

# Why a signal may be kept longer. No free text: it might repeat the complaint.
GROUNDS: Final = {
    "review": "行政复议",
    "litigation": "行政诉讼",
    "judicial": "司法机关、监察机关调取",
    "petition": "信访复查复核",
    "audit": "审计或行政执法监督",
    "other": "其他依法应当保存的情形",
}
_DOCUMENT = re.compile(r"[\w〔〕\[\]（）()《》、.·-]{4,60}")


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a signal is kept: a ground of GROUNDS and the number of the document that asks for it."""

    ground: str
    document: str


def hold_on(ground: str, document: str) -> Hold:
    """The hold as given; raises GroundMissing or DocumentMissing."""
    if ground not in GROUNDS:
        raise GroundMissing
    if not _DOCUMENT.fullmatch(document.strip()):
        raise DocumentMissing
    return Hold(ground, document.strip())


def erased_on(last_event: datetime, days: int) -> date | None:
    """The first day on which a closed signal may be erased; None where the policy never does."""
    return china_date(last_event + timedelta(days=days)) if days else None


def history_line(days: int) -> str:
    """What the signal's history says of its erasure."""
    return f"按保存期限清除反映人信息和反映内容（办结满 {days} 日，{POLICY}）"
