"""Who stands in the pool but may not be drawn, and for which one reason."""

from datetime import date, timedelta
from enum import StrEnum


class ExcludedReason(StrEnum):
    """Closed list of reasons counted under `excluded` in the commitment."""

    NOT_LIVE = "not_live"
    WHITELISTED = "whitelisted"
    INSPECTED_WITHIN_WINDOW = "inspected_within_window"

    @property
    def label(self) -> str:
        """The reason for people."""
        return {
            ExcludedReason.NOT_LIVE: "非存续状态",
            ExcludedReason.WHITELISTED: "白名单（无事不扰）",
            ExcludedReason.INSPECTED_WITHIN_WINDOW: "近期已检查",
        }[self]


def excluded_by(
    *,
    live: bool,
    whitelisted: bool,
    last_inspected: date | None,
    as_of: date,
    window_days: int,
    triggered: bool,
) -> ExcludedReason | None:
    """Return the first reason that keeps a subject out of the draw, or None; a window of 0 days is off.

    A whitelist protects from routine draws, never from a trigger (无事不扰).
    """
    if not live:
        return ExcludedReason.NOT_LIVE
    if whitelisted and not triggered:
        return ExcludedReason.WHITELISTED
    if last_inspected is not None and as_of - last_inspected < timedelta(days=window_days):
        return ExcludedReason.INSPECTED_WITHIN_WINDOW
    return None
