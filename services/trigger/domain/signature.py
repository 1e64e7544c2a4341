"""The signature of a machine: HMAC-SHA256 over method, path, time, nonce and body."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

SCHEME: Final = "SUNLOT-HMAC-SHA256"
TOLERANCE: Final = timedelta(minutes=5)
SHORTEST_NONCE: Final = 16
LONGEST_NONCE: Final = 80


def canonical_string(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """Six lines: scheme, method, path with query, Unix seconds, nonce, SHA-256 of the body in hexadecimal."""
    lines = (SCHEME, method.upper(), target, timestamp, nonce, hashlib.sha256(body).hexdigest())
    return "\n".join(lines).encode()


def sign(key: str, method: str, target: str, timestamp: str, nonce: str, body: bytes) -> str:
    """The signature in hexadecimal; `key` is used as its UTF-8 bytes."""
    return _signature(key, canonical_string(method, target, timestamp, nonce, body))


def signed_by(
    signature: str, method: str, target: str, timestamp: str, nonce: str, body: bytes, now: datetime
) -> Callable[[Sequence[str]], int | None]:
    """A question to be asked of keys: at which place stands the one that made `signature`, within five minutes of
    `now`; None for none of them, and for a time or nonce that is not good.

    Without any key the same work is done, so that an unknown platform cannot be told by the time it takes.
    """
    text = canonical_string(method, target, timestamp, nonce, body)
    good = _in_time(timestamp, now) and SHORTEST_NONCE <= len(nonce) <= LONGEST_NONCE

    def place_of(keys: Sequence[str]) -> int | None:
        made = [hmac.compare_digest(_signature(key, text).encode(), signature.encode()) for key in keys or [""]]
        return made.index(True) if keys and good and any(made) else None

    return place_of


def _in_time(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= TOLERANCE.total_seconds()


def _signature(key: str, text: bytes) -> str:
    return hmac.digest(key.encode(), text, "sha256").hex()
