"""The risk view: points of one subject by a published table, each with its reason; an aid to look, never a verdict.

What counts are facts about the subject itself: complaints, confirmed results, class, insurance. Nothing is taken from
who inspected it, how often an officer or a unit finds something, or how often firms like it were found at fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.trigger.domain.rule import SOURCES

CONFIRMED: Final = frozenset({"E", "A"})  # 发现问题
UNCOOPERATIVE: Final = "8"
UNREACHABLE: Final = "6"
COUNTED_SOURCE: Final = SOURCES[0]  # 投诉举报


@dataclass(frozen=True, slots=True)
class Complaint:
    """A matched complaint: its day, its category, its signal."""

    signal_id: str
    category: str
    day: date


@dataclass(frozen=True, slots=True)
class Result:
    """What an inspection found, as the code of the public record; `grave`: non-cooperation was written down."""

    case_id: str
    code: str
    grave: bool
    day: date

    @property
    def refused(self) -> bool:
        """Whether the subject did not cooperate (细则第十二条)."""
        return self.grave or self.code == UNCOOPERATIVE


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of a subject."""

    credit_class: str
    headcount: int
    insured_headcount: int
    complaints: Sequence[Complaint]
    results: Sequence[Result]


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of the reckoning: what, how many, how many points and by which rule of the table."""

    key: str
    name: str
    detail: str
    points: float


Table = Mapping[str, Any]


def reckon(table: Table, facts: Facts, today: date) -> list[Reason]:
    """The lines that give points, most first; their sum is the subject's points."""
    last_visit = max((result.day for result in facts.results), default=None)
    complaints = [one for one in facts.complaints if (today - one.day).days <= table["window_days"]]
    results = [one for one in facts.results if (today - one.day).days <= table["window_days"]]
    still_open = [one.day for one in complaints if last_visit is None or one.day > last_visit]
    before = [one.day for one in complaints if last_visit is not None and one.day <= last_visit]
    lines = [
        _faded(table, "complaint_open", still_open, "件", today),
        _faded(table, "complaint_old", before, "件", today),
        _faded(table, "confirmed", [one.day for one in results if one.code in CONFIRMED], "次", today),
        _faded(
            table,
            "non_cooperation",
            [one.day for one in results if one.grave or one.code == UNCOOPERATIVE],
            "次",
            today,
        ),
        _faded(table, "unreachable", [one.day for one in results if one.code == UNREACHABLE], "次", today),
        _class(table, facts.credit_class),
        _insurance(table, facts),
    ]
    return sorted((line for line in lines if line.points > 0), key=lambda line: -line.points)


def total(reasons: Sequence[Reason]) -> float:
    """The subject's points, to one digit."""
    return round(sum(reason.points for reason in reasons), 1)


def _faded(table: Table, key: str, days: Sequence[date], unit: str, today: date) -> Reason:
    rule = table[key]
    whole = sum(rule["points"] * 0.5 ** (max((today - day).days, 0) / rule["half_life_days"]) for day in days)
    points = round(min(whole, rule["most"]), 1)
    detail = (
        f"{len(days)} {unit}，每{unit} {rule['points']} 分，每 {rule['half_life_days']} 日减半，最多 {rule['most']} 分"
    )
    return Reason(key, rule["name"], detail, points)


def _class(table: Table, credit_class: str) -> Reason:
    rule = table["credit_class"]
    return Reason("credit_class", rule["name"], f"{credit_class} 类", float(rule["points"].get(credit_class, 0)))


def _insurance(table: Table, facts: Facts) -> Reason:
    rule = table["insurance_gap"]
    short = facts.headcount >= rule["from_headcount"] and (
        facts.insured_headcount < rule["below_share"] * facts.headcount
    )
    detail = f"用工 {facts.headcount} 人，参保 {facts.insured_headcount} 人，低于 {rule['below_share']:.0%}"
    return Reason("insurance_gap", rule["name"], detail, float(rule["points"]) if short else 0.0)
