"""An alarm: one signal for one county, category and week; people judge it, nothing follows from it by itself."""

from dataclasses import dataclass
from typing import Final

from services.trigger.domain.errors import ConclusionMissing, NoteMissing
from services.trigger.domain.warning import GRAINS, Finding

OPEN: Final = "open"
ACKNOWLEDGED: Final = "acknowledged"
STATES: Final = {OPEN: "待研判", ACKNOWLEDGED: "已研判"}

KIND: Final = "风险预警"
SOURCE: Final = "风险防控"  # 细则第二条、第四条
PLATFORM: Final = "early-warning"
CHANNEL: Final = "早期预警"

CONCLUSIONS: Final = {
    "watch": "继续观察",
    "plan": "建议定向抽查",
    "guide": "行政指导、政策宣传",
    "explained": "已知原因，非风险",
}
_SHORTEST_NOTE: Final = 4


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What somebody concluded, and why."""

    conclusion: str
    note: str


def acknowledged(conclusion: str, note: str) -> Acknowledgement:
    """The judgement of an alarm; raises ConclusionMissing, NoteMissing."""
    if conclusion not in CONCLUSIONS:
        raise ConclusionMissing
    if len(note.strip()) < _SHORTEST_NOTE:
        raise NoteMissing
    return Acknowledgement(conclusion, note.strip())


def strength(finding: Finding) -> float:
    """How far a count stands out: 1 at the limit, 2 twice as far from the expected (Farrington et al. 1996)."""
    verdict = finding.verdict
    return round((verdict.count - verdict.expected) / max(verdict.limit - verdict.expected, 1), 2)


def order_id(finding: Finding, alarm_id: str) -> str:
    """The number of the alarm's signal: county, week, and a mark of its own."""
    year, week, _ = finding.week.isocalendar()
    return f"YJ-{finding.county}-{year}W{week:02d}-{alarm_id[:6]}"


def reason(finding: Finding) -> str:
    """Why there is an alarm, for the signal's history."""
    verdict = finding.verdict
    what = f"{finding.period:%Y-%m-%d} 起一周" if finding.grain == "week" else f"{finding.period:%Y-%m-%d} 当日"
    return (
        f"{what}“{finding.category}”类投诉 {verdict.count} 件，按{verdict.references} 个可比时段预计"
        f" {verdict.expected:.1f} 件，预警线 {verdict.limit} 件（{GRAINS[finding.grain]}）。仅供研判，不作为处罚依据。"
    )
