"""The signature of a machine: HMAC-SHA256 over method, path, time, nonce and body."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from services.trigger.domain.errors import WrongSignature

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
    return hmac.new(key.encode(), canonical_string(method, target, timestamp, nonce, body), hashlib.sha256).hexdigest()


def verify(
    keys: Iterable[str],
    signature: str,
    method: str,
    target: str,
    timestamp: str,
    nonce: str,
    body: bytes,
    now: datetime,
) -> None:
    """Raise WrongSignature unless one of `keys` made `signature`, within five minutes of `now`.

    Without any key the same work is done, so that an unknown platform cannot be told by the time it takes.
    """
    known = list(keys)
    matches = [
        hmac.compare_digest(sign(key, method, target, timestamp, nonce, body).encode(), signature.encode())
        for key in known or [""]
    ]
    if not (known and any(matches)):
        raise WrongSignature
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise WrongSignature
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise WrongSignature
    if not SHORTEST_NONCE <= len(nonce) <= LONGEST_NONCE:
        raise WrongSignature
