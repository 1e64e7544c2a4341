"""Canonical JSON (RFC 8785 without floats) and its SHA-256, so that equal documents are equal bytes."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"


class NotCanonical(ValueError):
    """The object has no canonical form: a float, a key that is no string, an integer of 2^53 or more."""


def canonical(obj: object) -> bytes:
    """Return the canonical UTF-8 JSON of objects, arrays, strings, booleans, null and integers.

    Raises NotCanonical for anything else. Mappings and sequences of any kind are taken (RFC 8785).
    """
    try:
        return rfc8785.dumps(_plain(obj))
    except rfc8785.CanonicalizationError as error:
        raise NotCanonical(str(error)) from error


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of bytes as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def digest(obj: object) -> str:
    """Return the SHA-256, in hexadecimal, of an object's canonical JSON. Raises NotCanonical."""
    return sha256_hex(canonical(obj))


def _plain(obj: object) -> "rfc8785._impl._Value":  # the library's own name for what it takes
    if obj is None or isinstance(obj, bool | int | str):
        return obj
    if isinstance(obj, Mapping):
        return {_key(key): _plain(value) for key, value in obj.items()}
    if isinstance(obj, Sequence) and not isinstance(obj, bytes | bytearray | memoryview):
        return [_plain(value) for value in obj]
    # A float's text differs between languages, so a ratio is [numerator, denominator].
    raise NotCanonical(f"{type(obj).__name__} has no canonical form")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise NotCanonical(f"an object's key is a string, not {type(key).__name__}")
    return key
