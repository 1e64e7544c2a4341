"""Tickets and selection: in every stratum the smallest tickets of the eligible subjects are drawn."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from libs.common.errors import OutOfOrder
from services.draw.domain.pool import PoolRow


class PoolChanged(OutOfOrder):
    """The pool at hand is not the one that was committed."""


class Drawn(NamedTuple):
    """A drawn subject; sorts by (ticket, id)."""

    ticket: str
    id: str
    stratum: str
    county: str


@dataclass(frozen=True, slots=True)
class StratumResult:
    """A stratum's sizes, its threshold (the k-th ticket, None when k is 0) and the tickets next in line."""

    stratum: str
    n: int
    k: int
    threshold: str | None
    reserve: tuple[tuple[str, str], ...]  # (id, ticket)


@dataclass(frozen=True, slots=True)
class Selection:
    """Who was drawn, in order of (ticket, id), and what each stratum looked like."""

    strata: tuple[StratumResult, ...]
    selected: tuple[Drawn, ...]


def ticket(key: str, subject_id: str) -> str:
    """Return a subject's ticket: 64 hexadecimal digits of SHA-256(key ‖ "|" ‖ id)."""
    return hashlib.sha256(f"{key}|{subject_id}".encode()).hexdigest()


def weighted_ticket(key: str, subject_id: str, multiplicity: int) -> str:
    """Return the smallest of a subject's `multiplicity` ≥ 1 tickets, numbered from 0."""
    return min(ticket(key, f"{subject_id}#{number}") for number in range(multiplicity))


def below(key: str, n: int) -> int:
    """Return an unbiased integer in [0, n): 256-bit blocks, rejected above the largest multiple."""
    limit = 2**256 // n * n
    number = 0
    while (block := int(ticket(key, str(number)), 16)) >= limit:
        number += 1
    return block % n


def select(rows: Iterable[PoolRow], strata: Iterable[tuple[str, int, int]], key: str, *, reserve: int = 0) -> Selection:
    """Draw from open rows, read once; `strata` are the committed (stratum, n, k).

    Holds a few times the drawn number of rows, never the pool. Raises PoolChanged when a count differs.
    """
    committed = {name: (n, k) for name, n, k in strata}
    seen = dict.fromkeys(committed, 0)
    heaps = {name: _Smallest(k + reserve if k else 0) for name, (_, k) in committed.items()}
    prefix = f"{key}|".encode()
    sha256 = hashlib.sha256
    for row in rows:
        if row.eligible != "1":
            continue
        stratum = row.credit_class
        if stratum not in committed:
            raise PoolChanged(f"名录中出现承诺里没有的分类 {stratum}，请停止抽取并核对名录。")
        seen[stratum] += 1
        heaps[stratum].offer(sha256(prefix + row.id.encode()).digest(), row)
    _check_counts(seen, committed)
    results = [_result(name, n, k, heaps[name].sorted()) for name, (n, k) in committed.items()]
    selected = sorted(drawn for _, part in results for drawn in part)
    return Selection(tuple(result for result, _ in results), tuple(selected))


def _check_counts(seen: Mapping[str, int], committed: Mapping[str, tuple[int, int]]) -> None:
    for stratum, (n, _) in committed.items():
        if seen[stratum] != n:
            raise PoolChanged(f"分类 {stratum} 承诺 {n} 户可抽取，名录中有 {seen[stratum]} 户，请停止抽取并核对名录。")


def _result(stratum: str, n: int, k: int, smallest: list[tuple[bytes, PoolRow]]) -> tuple[StratumResult, list[Drawn]]:
    drawn = [Drawn(digest.hex(), row.id, stratum, row.county) for digest, row in smallest[:k]]
    following = tuple((row.id, digest.hex()) for digest, row in smallest[k:])
    return StratumResult(stratum, n, k, drawn[-1].ticket if drawn else None, following), drawn


class _Smallest:
    """Keeps the smallest tickets of a stream; cuts back when it holds twice what is wanted."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._kept: list[tuple[bytes, PoolRow]] = []
        self._bound = b"\xff" * 32

    def offer(self, digest: bytes, row: PoolRow) -> None:
        # "<=" lets a tie in; the sort below then decides it by id, which a row begins with.
        if digest <= self._bound and self._wanted:
            self._kept.append((digest, row))
            if len(self._kept) >= 2 * self._wanted + 64:
                self._kept = self.sorted()
                self._bound = self._kept[-1][0]

    def sorted(self) -> list[tuple[bytes, PoolRow]]:
        """Return the wanted number of smallest, in order of (ticket, id)."""
        return sorted(self._kept)[: self._wanted]
