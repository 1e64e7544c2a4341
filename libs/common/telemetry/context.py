"""The correlation id of the matter at hand: set by the door, carried in every event and log line."""

from contextvars import ContextVar

import structlog

from libs.common.ids import new_id

_correlation: ContextVar[str] = ContextVar("correlation_id", default="")


def correlation_id() -> str:
    """The present correlation id; a new one where no door has set any."""
    return _correlation.get() or follow(str(new_id()))


def follow(correlation: str) -> str:
    """Make `correlation` the present one, for events and log lines alike."""
    _correlation.set(correlation)
    structlog.contextvars.bind_contextvars(correlation_id=correlation)
    return correlation
