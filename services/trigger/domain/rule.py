"""A rule: which signals together are reason enough for a directed inspection (细则第二条、第四条)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

from services.trigger.domain.registry_signal import CLASS_KIND, INSURANCE_KIND
from services.trigger.domain.signal import KINDS as BROUGHT

SOURCES: Final = ("投诉举报", "转办交办", "网络监测", "风险防控", "信用风险分类")  # 细则第二条、第四条
# What people bring and what registry tells; an alarm is about no subject, so that no rule counts it.
KINDS: Final = (*BROUGHT, CLASS_KIND, INSURANCE_KIND)
GROUPS: Final = ("county", "industry_letter", "subject")
DISTINCT: Final = {"signal": "件", "subject": "户", "complainant": "人"}
CLASSES: Final = ("A", "B", "C", "D", "U")
SCALES: Final = ("大", "中", "小", "微")

Mode = Literal["directed_draw", "one_subject"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the subject, as registry described it when the signal was matched; empty: nothing."""

    classes: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()  # prefixes of the code
    headcount_from: int | None = None
    headcount_to: int | None = None
    uninsured_from: int | None = None  # employees without insurance: headcount less insured headcount


@dataclass(frozen=True, slots=True)
class Points:
    """Signals weigh differently, and less as days go by."""

    at_least: int
    each: int = 1
    categories: Mapping[str, int] = field(default_factory=dict)  # instead of `each`
    flags: Mapping[str, int] = field(default_factory=dict)  # added
    supervised: int = 0  # added
    half_life_days: int | None = None


@dataclass(frozen=True, slots=True)
class When:
    """The condition: at least so many of one group within a window of so many days."""

    kinds: tuple[str, ...]
    categories: tuple[str, ...]
    group_by: tuple[str, ...]
    at_least: int
    distinct: str  # signal, subject or complainant
    window_days: int
    cool_down_days: int
    sources: tuple[str, ...] = ()
    items: tuple[str, ...] = ()  # levels of the platform's own category path
    flags: tuple[str, ...] = ()
    supervised: bool = False
    subject: Asked = Asked()
    points: Points | None = None
    county_at_least: int = 0  # signals of the whole county in the same window
    industry_at_least: int = 0  # signals of the same industry letter in all counties


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What narrows the pool beside county and industry."""

    classes: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows."""

    mode: Mode
    item_categories: tuple[str, ...]
    urgent: bool
    finish_within_days: int
    filter: Narrowed = Narrowed()


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of one rule, as its document says."""

    id: str
    version: int
    name: str
    article: str
    source: str
    when: When
    effect: Effect
    valid_from: date | None = None
    valid_until: date | None = None

    def document(self) -> dict[str, Any]:
        """The rule as the document that `read_rule` reads, without what says nothing."""
        found: dict[str, Any] = _said(asdict(self))
        for name in ("urgent",):
            found["effect"].setdefault(name, False)
        return found

    @property
    def gathers(self) -> bool:
        """Whether a group's firing depends on signals of other groups too."""
        return bool(self.when.county_at_least or self.when.industry_at_least)


def _said(part: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in part.items():
        if isinstance(value, Mapping):
            if inner := _said(value):
                found[name] = inner
        elif isinstance(value, date):
            found[name] = value.isoformat()
        elif isinstance(value, tuple):
            if value:
                found[name] = list(value)
        elif value is not None and value is not False and not (value == 0 and name in _MAY_BE_LEFT_OUT):
            found[name] = value
    return found


_MAY_BE_LEFT_OUT: Final = ("county_at_least", "industry_at_least", "supervised")


@dataclass(frozen=True, slots=True)
class Seen:
    """A matched signal as a rule sees it: no text, no informant."""

    signal_id: str
    kind: str
    category: str
    county: str
    industry: str
    uscc: str
    accepted_at: datetime
    source: str = ""
    category_path: Sequence[str] = ()
    supervised: bool = False
    complainant: str = ""
    flags: Sequence[str] = ()
    attributes: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """The signals that a rule counts together: a county and industry letter, or one subject."""

    county: str
    industry_letter: str
    uscc: str

    @property
    def key(self) -> str:
        """The group as text: parts that the rule does not group by are empty."""
        return f"{self.county}|{self.industry_letter}|{self.uscc}"


def group_from(key: str) -> Group:
    """The group whose key this is."""
    county, letter, uscc = key.split("|")
    return Group(county, letter, uscc)


def concerns(rule: Rule, signal: Seen) -> bool:
    """Whether the rule counts this signal."""
    when = rule.when
    return (
        signal.kind in when.kinds
        and signal.category in when.categories
        and (not when.sources or signal.source in when.sources)
        and (not when.items or not set(when.items).isdisjoint(signal.category_path))
        and (not when.flags or not set(when.flags).isdisjoint(signal.flags))
        and (not when.supervised or signal.supervised)
        and _fits(when.subject, signal)
    )


def _fits(asked: Asked, signal: Seen) -> bool:
    known = signal.attributes
    headcount, insured = int(known.get("headcount", 0)), int(known.get("insured_headcount", 0))
    return (
        (not asked.classes or known.get("credit_class", "") in asked.classes)
        and (not asked.scales or known.get("scale", "") in asked.scales)
        and (not asked.types or known.get("enterprise_type", "") in asked.types)
        and (not asked.industries or signal.industry.startswith(asked.industries))
        and (asked.headcount_from is None or headcount >= asked.headcount_from)
        and (asked.headcount_to is None or headcount <= asked.headcount_to)
        and (asked.uninsured_from is None or headcount - insured >= asked.uninsured_from)
    )


def group_of(rule: Rule, signal: Seen) -> Group:
    """The group in which the rule counts this signal."""
    by = rule.when.group_by
    return Group(
        county=signal.county,  # a subject lies in one county, so that every group has one
        industry_letter=signal.industry[:1] if "industry_letter" in by else "",
        uscc=signal.uscc if "subject" in by else "",
    )


def points_of(rule: Rule, category: str, flags: Sequence[str], *, supervised: bool) -> int:
    """What a signal weighs on the day of its acceptance."""
    points = rule.when.points
    if points is None:
        return 1
    own = points.categories.get(category, points.each)
    return own + sum(points.flags.get(flag, 0) for flag in flags) + (points.supervised if supervised else 0)
