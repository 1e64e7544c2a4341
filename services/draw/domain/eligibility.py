"""Who stands in the pool but may not be drawn, and for which one reason."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

SPARED_CLASS = "A"


class ExcludedReason(StrEnum):
    """Closed list of reasons counted under `excluded` in the commitment."""

    NOT_LIVE = "not_live"
    WHITELISTED = "whitelisted"
    CLASS_A_LEFT_ALONE = "class_a_left_alone"
    INSPECTED_WITHIN_WINDOW = "inspected_within_window"
    ITEM_WINDOW = "item_window"
    YEARLY_CAP = "yearly_cap"

    @property
    def label(self) -> str:
        """The reason for people."""
        return {
            ExcludedReason.NOT_LIVE: "非存续状态",
            ExcludedReason.WHITELISTED: "白名单（无事不扰）",
            ExcludedReason.CLASS_A_LEFT_ALONE: "A 类（无事不扰）",
            ExcludedReason.INSPECTED_WITHIN_WINDOW: "近期已检查",
            ExcludedReason.ITEM_WINDOW: "近期已查同一事项",
            ExcludedReason.YEARLY_CAP: "已达年度检查次数上限",
        }[self]


@dataclass(frozen=True, slots=True)
class Rules:
    """What keeps subjects out of one draw; a number of 0 switches its rule off.

    Inspections are counted whatever called for them. Caps exclude only where the policy is to enforce them, and a
    setting may exempt triggered draws from them; otherwise they only warn.
    """

    as_of: date
    triggered: bool
    window_days: int = 0  # after any inspection
    spare_a: bool = False
    yearly_cap: int = 0  # inspections of a firm in the year of `as_of`
    item_window_days: int = 0  # after an inspection on one of `items`
    items: tuple[str, ...] = ()
    enforce_caps: bool = False
    caps_exempt_triggers: bool = False

    @property
    def caps_exclude(self) -> bool:
        """Whether a cap keeps a subject out of this draw, rather than only warn."""
        return self.enforce_caps and not (self.triggered and self.caps_exempt_triggers)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one subject on the day."""

    live: bool = True
    whitelisted: bool = False
    credit_class: str = "B"
    last_inspected: date | None = None
    inspections: int = 0  # of this year, those handed out and not yet ended among them
    same_item_on: date | None = None  # last handed out or inspected on one of the draw's items


def excluded_by(subject: Standing, rules: Rules) -> ExcludedReason | None:
    """Return the first reason that keeps a subject out of the draw, or None.

    A whitelist and class A protect from routine draws, never from a trigger (无事不扰).
    """
    if not subject.live:
        return ExcludedReason.NOT_LIVE
    if subject.whitelisted and not rules.triggered:
        return ExcludedReason.WHITELISTED
    if rules.spare_a and subject.credit_class == SPARED_CLASS and not rules.triggered:
        return ExcludedReason.CLASS_A_LEFT_ALONE
    if _within(subject.last_inspected, rules.as_of, rules.window_days):
        return ExcludedReason.INSPECTED_WITHIN_WINDOW
    return over_cap(subject, rules) if rules.caps_exclude else None


def over_cap(subject: Standing, rules: Rules) -> ExcludedReason | None:
    """Return the cap that one more inspection of the subject would break, or None."""
    if _within(subject.same_item_on, rules.as_of, rules.item_window_days):
        return ExcludedReason.ITEM_WINDOW
    if rules.yearly_cap and subject.inspections >= rules.yearly_cap:
        return ExcludedReason.YEARLY_CAP
    return None


def _within(day: date | None, as_of: date, days: int) -> bool:
    return days > 0 and day is not None and as_of - day < timedelta(days=days)
