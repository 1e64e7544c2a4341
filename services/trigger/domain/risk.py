"""The risk view: points of one subject by a published table, each with its reason; an aid to look, never a verdict.

What counts are facts about the subject itself: complaints, confirmed results, class, grade, insurance. Nothing is
taken from who inspected it, how often an officer or a unit finds something, or how often firms like it were found at
fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from services.trigger.domain.registry_signal import CLASS_KIND, INSURANCE_KIND
from services.trigger.domain.rule import SOURCES

CONFIRMED: Final = frozenset({"E", "A"})  # 发现问题
UNCOOPERATIVE: Final = "8"
UNREACHABLE: Final = "6"
RESULT_WORDS: Final = {
    "1": "未发现问题",
    "E": "发现问题已责令改正",
    "A": "发现问题待后续处理",
    UNREACHABLE: "通过登记住所无法联系",
    UNCOOPERATIVE: "不配合检查情节严重",
    "F": "未发现开展本次抽查涉及的经营活动",
}
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
    integrity_grade: str = ""
    told: Mapping[str, date] = field(default_factory=dict)  # kind of registry's latest signal of a change → its day


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of the reckoning: what, how many, how many points by which rule of the table, and the latest day of it.

    The day is None where registry's present state counts and no change of it has been heard.
    """

    key: str
    name: str
    detail: str
    points: float
    day: date | None = None


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
        _class(table, facts),
        _grade(table, facts),
        _insurance(table, facts),
    ]
    return sorted((line for line in lines if line.points > 0), key=lambda line: -line.points)


def table_lines(table: Table) -> list[tuple[str, str]]:
    """The table in words: what gives points, and how many."""
    found = []
    for rule in (value for value in table.values() if isinstance(value, Mapping)):
        if isinstance(rule["points"], Mapping):
            how = "；".join(f"{code} {points} 分" for code, points in rule["points"].items())
        elif "most" in rule:
            how = f"每次 {rule['points']} 分，每 {rule['half_life_days']} 日减半，最多 {rule['most']} 分"
        else:
            least, share = rule["from_headcount"], rule["below_share"]
            how = f"用工 {least} 人以上，参保低于用工人数的 {share:.0%}：{rule['points']} 分"
        found.append((str(rule["name"]), how))
    return found


def total(reasons: Sequence[Reason]) -> float:
    """The subject's points, to one digit."""
    return round(sum(reason.points for reason in reasons), 1)


def _faded(table: Table, key: str, days: Sequence[date], unit: str, today: date) -> Reason:
    rule = table[key]
    if not days:  # as most subjects have it, of which there are many
        return Reason(key, rule["name"], "", 0.0)
    whole = sum(rule["points"] * 0.5 ** (max((today - day).days, 0) / rule["half_life_days"]) for day in days)
    points = round(min(whole, rule["most"]), 1)
    detail = (
        f"{len(days)} {unit}，每{unit} {rule['points']} 分，每 {rule['half_life_days']} 日减半，最多 {rule['most']} 分"
    )
    return Reason(key, rule["name"], detail, points, max(days))


def _class(table: Table, facts: Facts) -> Reason:
    rule = table["credit_class"]
    points = float(rule["points"].get(facts.credit_class, 0))
    return Reason("credit_class", rule["name"], f"{facts.credit_class} 类", points, facts.told.get(CLASS_KIND))


def _grade(table: Table, facts: Facts) -> Reason:
    """The other of the two grades, of labour law alone; version 1 of the table did not know it."""
    rule = table.get("integrity_grade", {"name": "", "points": {}})
    points = float(rule["points"].get(facts.integrity_grade, 0))
    return Reason("integrity_grade", rule["name"], f"{facts.integrity_grade} 级", points)


def _insurance(table: Table, facts: Facts) -> Reason:
    rule = table["insurance_gap"]
    short = facts.headcount >= rule["from_headcount"] and (
        facts.insured_headcount < rule["below_share"] * facts.headcount
    )
    detail = f"用工 {facts.headcount} 人，参保 {facts.insured_headcount} 人，低于 {rule['below_share']:.0%}"
    points = float(rule["points"]) if short else 0.0
    return Reason("insurance_gap", rule["name"], detail, points, facts.told.get(INSURANCE_KIND))
