"""Numbers that look random and are the same on every machine: SHA-256 of a fixed seed and a label."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

SEED = b"sunlot demo 2026-11-22"


def number(label: str, below: int) -> int:
    """A whole number from 0 to `below` - 1 for this label."""
    digest = hashlib.sha256(SEED + b"/" + label.encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def one_of(label: str, things: Sequence[T]) -> T:
    """One of the things."""
    return things[number(label, len(things))]


def weighted(label: str, weights: Sequence[tuple[T, int]]) -> T:
    """One of the things, as often as its weight says."""
    left = number(label, sum(weight for _, weight in weights))
    for thing, weight in weights:
        if left < weight:
            return thing
        left -= weight
    raise AssertionError("the weights sum to more than the number")
