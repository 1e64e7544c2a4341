"""What registry tells of a subject that is a reason to look: its class worsened, or few of its people are insured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PLATFORM: Final = "registry"
CHANNEL: Final = "名录库"

CLASS_KIND: Final = "信用风险变化"
CLASS_SOURCE: Final = "信用风险分类"  # 细则第二条、第四条
CLASS_CATEGORY: Final = "其他"
INSURANCE_KIND: Final = "参保人数异常"
INSURANCE_SOURCE: Final = "风险防控"  # 细则第二条、第四条
INSURANCE_CATEGORY: Final = "社会保险"

_RANK: Final = {"A": 0, "B": 1, "U": 1, "C": 2, "D": 3}  # a firm without a class is drawn like B
_BAD: Final = _RANK["C"]

Attributes = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a headcount is far above the insured: by a share of it, and by so many people."""

    insured_share: float = 0.7
    uninsured_at_least: int = 10


@dataclass(frozen=True, slots=True)
class Change:
    """One reason to look: kind, source and category of its signal, and a sentence of numbers for its history."""

    kind: str
    source: str
    category: str
    what: str


def changes(before: Attributes, after: Attributes, limits: Limits) -> list[Change]:
    """What has become worse from one state of a subject to the next; what was so before is no change."""
    found = []
    old, new = str(before["credit_class"]), str(after["credit_class"])
    if old in _RANK and new in _RANK and _RANK[new] >= _BAD and _RANK[new] > _RANK[old]:
        what = f"信用风险分类由 {_words(old)} 变为 {_words(new)}"
        found.append(Change(CLASS_KIND, CLASS_SOURCE, CLASS_CATEGORY, what))
    if old and short_of_insurance(after, limits) and not short_of_insurance(before, limits):
        headcount, insured = int(after["headcount"]), int(after["insured_headcount"])
        what = f"用工 {headcount} 人，参保 {insured} 人，相差 {headcount - insured} 人"
        found.append(Change(INSURANCE_KIND, INSURANCE_SOURCE, INSURANCE_CATEGORY, what))
    return found


def short_of_insurance(known: Attributes, limits: Limits) -> bool:
    """Whether the headcount is far above the insured headcount."""
    headcount, insured = int(known["headcount"]), int(known["insured_headcount"])
    return headcount - insured >= limits.uninsured_at_least and insured < limits.insured_share * headcount


def _words(credit_class: str) -> str:
    return "未分类" if credit_class == "U" else f"{credit_class} 类"


def order_id(kind: str, uscc: str, version: int) -> str:
    """The number of a signal of registry's own: what changed, whose, in which version."""
    return f"{'XY' if kind == CLASS_KIND else 'CB'}-{uscc}-{version}"
