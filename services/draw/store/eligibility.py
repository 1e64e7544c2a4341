"""Who stands in the pool but may not be drawn, decided by PostgreSQL for all rows at once."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, case, literal

from services.draw.domain.eligibility import ExcludedReason
from services.draw.store.tables import subjects

ELIGIBLE = ""  # no reason keeps the subject out


def excluded_reason(*, as_of: date, window_days: int, triggered: bool) -> ColumnElement[str]:
    """The code of the reason that keeps a row of `subjects` out of the draw, or ''.

    The same decision as `domain.eligibility.excluded_by`, in the same order; the tests hold the two together.
    """
    known = subjects.c.last_inspected_on.is_not(None)
    first_free = as_of - timedelta(days=window_days)  # inspected after this day: too recent
    reasons = [(~subjects.c.live, ExcludedReason.NOT_LIVE)]
    if not triggered:
        reasons.append((subjects.c.whitelisted, ExcludedReason.WHITELISTED))
    reasons.append((and_(known, subjects.c.last_inspected_on > first_free), ExcludedReason.INSPECTED_WITHIN_WINDOW))
    return case(*((found, literal(reason.value)) for found, reason in reasons), else_=literal(ELIGIBLE))
