"""Identifiers: time-ordered for what happens, derived from the natural key for what must be unique."""

from uuid import NAMESPACE_URL, UUID, uuid5

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh time-ordered identifier (UUIDv7, RFC 9562)."""
    return uuid7()


def natural_id(kind: str, *key: str) -> UUID:
    """The identifier of what `key` names (UUIDv5): the same key gives the same id on every machine."""
    return uuid5(NAMESPACE_URL, "urn:sunlot:" + ":".join((kind, *key)))
