"""The review (复核) of a signal whose complainant was not satisfied: how it ends, and what the platform hears."""

from typing import Final

from services.trigger.domain.errors import ConclusionMissing, NoteMissing, ReviewOver
from services.trigger.domain.signal import RETURNED

EXPLAINED: Final = "explained"
CORRECTED: Final = "corrected"
JOINED: Final = "joined"
RETAKEN: Final = "retaken"
WITHDRAWN: Final = "withdrawn"  # the platform took the order back meanwhile; nobody may choose it
CONCLUSIONS: Final = {
    EXPLAINED: "原办理无误，已向反映人说明",
    CORRECTED: "已督促解决",
    JOINED: "纳入新的检查",
    RETAKEN: "重新受理（限已退单的）",
}
WORDS: Final = {**CONCLUSIONS, WITHDRAWN: "平台已退单，不再复核"}

_SHORTEST_NOTE: Final = 4
# As in `answer.progress`: of a draw, never of an inspection, since a firm may complain of itself to hear of one.
_TOLD: Final = {
    EXPLAINED: "经复核，原办理情况无误，已向您说明。",
    CORRECTED: "经复核，您反映的事项已督促解决。",
    JOINED: "经复核，您反映的事项已纳入新的触发式随机抽查，结果另行答复。",
    RETAKEN: "经复核，您反映的事项重新受理。",
}


def check_conclusion(state: str, conclusion: str, note: str, *, is_open: bool) -> str:
    """The note, trimmed; raises ReviewOver, ConclusionMissing or NoteMissing."""
    if not is_open:
        raise ReviewOver
    if conclusion not in CONCLUSIONS:
        raise ConclusionMissing("请选择复核结论。")
    if conclusion == RETAKEN and state != RETURNED:
        raise ConclusionMissing("只有已退单的线索可以重新受理，请选择其他复核结论。")
    if len(note.strip()) < _SHORTEST_NOTE:
        raise NoteMissing("请填写办结意见，至少 4 个字；意见加密保存，不发给平台。")
    return note.strip()


def reopened(due: str) -> str:
    """What the platform hears when a review opens; `due` is the day in Chinese."""
    return f"您对办理情况不满意，已重新办理，将不晚于{due}答复。"


def reviewed(conclusion: str) -> str:
    """What the platform hears when it is over: a fixed sentence, so that nothing secret can slip in."""
    return _TOLD[conclusion]


def withdrawn() -> str:
    """What the platform hears when it took its order back."""
    return "您反映的事项已按受理平台的要求退回，不再办理。"
