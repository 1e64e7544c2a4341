"""The words and tones of the pages."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.trigger.domain import alarm, answer, message, registry_signal, review, signal, sla
from services.trigger.domain.category import CATEGORIES
from services.trigger.domain.entry import CAME_BY as DOORS
from services.trigger.domain.entry import OFFICE as OFFICE_PLATFORM
from services.trigger.domain.rule import SOURCES
from services.trigger.store import answers, back_tests, unmatched

SIGNAL_STATES: Final = signal.STATES
CAME_BY: Final = DOORS
OFFICE: Final = OFFICE_PLATFORM
SIGNAL_TONES: Final = {
    signal.WAITING: "warn",
    signal.MATCHED: "good",
    signal.RETURNED: "",
    signal.WITHDRAWN: "",
    signal.WARNING: "live",
}
STEPS: Final = unmatched.STEPS
OWN_PLATFORMS: Final = {alarm.PLATFORM: alarm.CHANNEL, registry_signal.PLATFORM: registry_signal.CHANNEL}
ANSWER_STATES: Final = answers.STATES
ANSWER_TONES: Final = {answers.WAITING: "warn", answers.SENT: "good", answers.STALLED: "bad", answers.OFFERED: ""}
STAGES: Final = answer.STAGES
STAGE_OPTIONS: Final = list(answer.STAGES.items())
REVISITS: Final = message.RESULTS
REVISIT_TONES: Final = {message.SATISFIED: "good", message.UNSATISFIED: "bad", message.NOT_REACHED: "warn"}
REASONS: Final = message.REASONS
CONCLUSIONS: Final = review.WORDS
CLOCKS: Final = sla.SHORT
PARTS: Final = {"cause": "触发线索", "joined": "触发后并入"}
GROUPS: Final = {"county": "县区", "industry_letter": "行业门类", "subject": "检查对象"}
MODES: Final = {"directed_draw": "定向抽查（细则第八条）", "one_subject": "对该对象开展检查"}
CONDITIONS: Final = {
    "county": "县区",
    "industry": "行业门类",
    "class": "信用风险分类",
    "size": "规模",
    "type": "类型",
    "id": "检查对象",
}
SOURCE_OPTIONS: Final = [(source, source) for source in SOURCES]
CATEGORY_OPTIONS: Final = [(category, category) for category in CATEGORIES]
KIND_OPTIONS: Final = [(kind, kind) for kind in signal.KINDS]
BACK_TEST_STATES: Final = back_tests.STATES
BACK_TEST_TONES: Final = {
    back_tests.WAITING: "warn",
    back_tests.RUNNING: "live",
    back_tests.DONE: "good",
    back_tests.FAILED: "bad",
}
COMPARED: Final = back_tests.COMPARED
COMPARED_TONES: Final = {back_tests.BOTH: "good", back_tests.DRAFT: "live", back_tests.ACTUAL: "warn"}
COMPARED_OPTIONS: Final = list(back_tests.COMPARED.items())
_NUMBERS: Final = {
    "signals": ("线索", "件"),
    "subjects": ("涉及检查对象", "户"),
    "complainants": ("不同反映人", "人"),
    "at_least": ("规定数量", ""),
    "points": ("累计分值", "分"),
    "points_at_least": ("规定分值", "分"),
    "county": ("全县区同期", "件"),
    "county_at_least": ("规定全县区", "件"),
    "industry": ("全市同行业同期", "件"),
    "industry_at_least": ("规定全市同行业", "件"),
    "window_days": ("时间窗口", "日"),
}


def numbers(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """What was counted, and what the rule asks for."""
    return [(term, f"{counts[name]} {unit}".strip()) for name, (term, unit) in _NUMBERS.items() if name in counts]


def conclusions(state: str, joinable: Sequence[Any]) -> list[tuple[str, str]]:
    """How the review of a signal in this state may end, with these inspections to join."""
    refused = {
        *([] if state == signal.RETURNED else [review.RETAKEN]),
        *([] if joinable else [review.JOINED]),
    }
    return [(code, word) for code, word in review.CONCLUSIONS.items() if code not in refused]


def message_text(sent: message.Message) -> str:
    """A message in one line, without its text."""
    return message.in_words(sent).removeprefix("平台")
