"""Identifiers: time-ordered for what happens, derived from the natural key for what must be unique."""

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh time-ordered identifier (UUIDv7, RFC 9562)."""
    return uuid7()


def earliest_id(at: datetime) -> UUID:
    """What stands before every identifier that `new_id` makes from then on, and after all it made before."""
    return UUID(int=int(at.timestamp() * 1000) << 80)  # RFC 9562 §5.7: 48 bits of Unix milliseconds come first


def natural_id(kind: str, *key: str) -> UUID:
    """The identifier of what `key` names (UUIDv5): the same key gives the same id on every machine."""
    return uuid5(NAMESPACE_URL, "urn:sunlot:" + ":".join((kind, *key)))
