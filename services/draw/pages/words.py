"""The Chinese words of the draw's pages: states with their colours, parties, conditions, reasons."""

from collections.abc import Iterable
from typing import Any

from libs.common.reference import COUNTIES
from services.draw.domain.draw import DrawState
from services.draw.domain.eligibility import ExcludedReason
from services.draw.domain.plan import PlanState
from services.draw.domain.pool import CLASSES
from services.draw.domain.task import TaskState

PARTY = {"lead": "牵头科室", "section": "业务科室"}
COLUMN = {"county": "地理区域", "industry": "所属行业", "size": "经营规模", "type": "企业类型", "class": "信用风险分类"}
CLASS = {"A": "A 类", "B": "B 类", "C": "C 类", "D": "D 类", "U": "未分类", "*": "（已脱敏）"}
PROFILE = {"open": "公开分类", "masked": "分类脱敏"}

_TONE = {
    "proposed": "warn",
    "published": "good",
    "rejected": "bad",
    "open": "live",
    "drawn": "live",
    "dispatched": "good",
    "cancelled": "bad",
    "aborted": "bad",
    "seeded": "live",
    "selected": "warn",
    "logged": "live",
    "revealing": "live",
    "committed": "warn",
}


def plan_state(state: str) -> tuple[str, str]:
    """Label and tone of a plan's state."""
    return PlanState(state).label, _TONE.get(state, "")


def task_state(state: str) -> tuple[str, str]:
    """Label and tone of a task's state."""
    return TaskState(state).label, _TONE.get(state, "")


def draw_state(state: str, *, overdue: bool = False) -> tuple[str, str]:
    """Label and tone of a draw's state; without a result at its deadline it counts as aborted in public."""
    if overdue:
        return "逾期未出结果，视为中止", "bad"
    return DrawState(state).label, _TONE.get(state, "")


CLASS_OPTIONS = [(name, CLASS[name]) for name in CLASSES]


def options(values: Iterable[str]) -> list[tuple[str, str]]:
    """Values that are their own labels."""
    return [(value, value) for value in values]


def county_options() -> list[tuple[str, str]]:
    """The counties of the city."""
    return [(county.adcode, county.name) for county in COUNTIES]


def drawn_by_class(strata: Iterable[tuple[str, int, int]]) -> list[tuple[str, int]]:
    """How many would be drawn, by class, under the words of the page."""
    return [(f"{CLASS[name]}（{n} 户）", k) for name, n, k in strata]


def by_class(numbers: dict[str, int]) -> list[tuple[str, int]]:
    """Numbers by credit class under the words of the page."""
    return [(CLASS[name], number) for name, number in sorted(numbers.items())]


def excluded(reason: str) -> str:
    """Why a subject in the pool could not be drawn."""
    return ExcludedReason(reason).label


def condition(document: dict[str, Any], county_name: Any) -> str:
    """A filter condition as a sentence part."""
    column = COLUMN[document["col"]]
    if "in" in document:
        values = [county_name(value) if document["col"] == "county" else value for value in document["in"]]
        return f"{column}：{'、'.join(values)}"
    if "prefix" in document:
        return f"{column}代码以 {'、'.join(document['prefix'])} 开头"
    return f"{column}：{document['ge']} 至 {document['le']}"
