"""What a failure of the database means: it is away, others were in the way, or a value does not fit; else a bug."""

from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolExhausted

_AWAY = ("08", "53", "57P")  # SQLSTATE: connection lost; resources used up; stopping, crashed or still starting
_IN_THE_WAY = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, lock not to be had


def is_away(error: BaseException) -> bool:
    """Whether the database can't be worked with now, whatever is asked of it; what was asked may be asked again."""
    if isinstance(error, DBAPIError):
        # Not InterfaceError as such: the driver calls a value that does not fit its column by that name too.
        return error.connection_invalidated or isinstance(error.__cause__, OSError) or _state(error).startswith(_AWAY)
    # PendingRollbackError is what the next statement gets on a connection that was lost in its transaction.
    return isinstance(error, OSError | TimeoutError | PoolExhausted | PendingRollbackError)


def was_in_the_way(error: BaseException) -> bool:
    """Whether another transaction stood in the way of this one; the same again may well succeed."""
    return isinstance(error, DBAPIError) and _state(error) in _IN_THE_WAY


def does_not_fit(error: BaseException) -> bool:
    """Whether a value can't be stored or compared: NUL in a text, a lone surrogate, a number out of range."""
    return isinstance(error, DBAPIError) and _state(error).startswith("22")  # SQLSTATE: data exception


def _state(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")
