"""When an answer that could not be delivered is tried again, and when a person has to look at it."""

from datetime import datetime, timedelta
from typing import Final

from services.trigger.domain.errors import PauseReasonMissing

LEASE: Final = timedelta(seconds=60)  # a worker that has not come back by then is taken for dead
_DELAYS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (2, 5, 15, 60, 300, 1800, 2 * 3600, 6 * 3600)
)  # the last one repeats
GIVE_UP_AFTER: Final = timedelta(days=7)
FEWEST: Final = 30  # tries before that; what was held back, by a pause or by an earlier answer, still has them all
_SHORTEST_REASON: Final = 4


def next_attempt(attempts: int, created_at: datetime, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures; None after seven days of them, when a person has to decide."""
    if now - created_at >= GIVE_UP_AFTER and attempts >= FEWEST:
        return None
    return now + _DELAYS[min(max(attempts, 1), len(_DELAYS)) - 1]


def pause_reason_given(reason: str) -> str:
    """Why answers are not pushed to a platform, trimmed; raises PauseReasonMissing."""
    if len(reason.strip()) < _SHORTEST_REASON:
        raise PauseReasonMissing
    return reason.strip()
