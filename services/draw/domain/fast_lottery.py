"""The lottery over the bytes of frozen sheets: the same result as `lottery.select`, for pools of millions.

The plain oracle makes an object of every row. Here a sheet stays bytes and is cut into columns at once; one SHA-256
each gives the tickets of those that may be drawn, and only tickets below a bound that a draw of this size can't
exceed but once in 10^15 are kept. If it does, the sheets are read again without a bound: the bound decides how fast,
never who.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import TypeAlias

from services.draw.domain.lottery import Drawn, PoolChanged, Selection, StratumResult
from services.draw.domain.sheets import cells_of

SIGMAS = 8  # how far above its expectation a stratum's bound lies

Bounds: TypeAlias = Mapping[bytes, bytes]  # class → largest ticket worth keeping
Ticket: TypeAlias = tuple[bytes, bytes, bytes, bytes]  # ticket, id, county, class
Portion: TypeAlias = tuple[list[Ticket], dict[bytes, int]]  # tickets kept, eligible rows seen by class


def bounds_of(strata: Iterable[tuple[str, int, int]], reserve: int) -> dict[bytes, bytes]:
    """For each class the ticket below which its smallest k + reserve lie, 8 standard deviations on the safe side."""
    bounds = {}
    for name, n, k in strata:
        wanted = k + reserve
        share = min(1.0, (wanted + SIGMAS * math.sqrt(wanted) + SIGMAS) / n) if k else 0.0
        # Only how much is kept depends on this number; a float's last digit can't change who is drawn.
        limit = min(int(share * 2**256), 2**256 - 1)
        bounds[name.encode()] = limit.to_bytes(32, "big") if share < 1 else b"\xff" * 32
    return bounds


def no_bounds(strata: Iterable[tuple[str, int, int]]) -> Bounds:
    """Bounds that keep everything."""
    return {name.encode(): b"\xff" * 32 for name, _, _ in strata}


def sift(key: str, bounds: Bounds, sheet: bytes) -> Portion:
    """The tickets of one sheet that may belong to the smallest, and how many rows of each class it has."""
    prefix = f"{key}|".encode()
    sha256 = hashlib.sha256
    ids, counties, _, _, _, classes, may = cells_of(sheet)
    able = [cell == b"1" for cell in may]
    names = list(compress(classes, able))
    nothing = b""
    limit = {name: bounds.get(name, nothing) for name in set(names)}
    kept: list[Ticket] = []
    for uscc, county, name in zip(compress(ids, able), compress(counties, able), names, strict=True):
        digest = sha256(prefix + uscc).digest()
        if digest <= limit[name]:
            kept.append((digest, uscc, county, name))
    return kept, dict(Counter(names))


class Gathering:
    """Gathers what the sheets of a pool kept; read the selection when all are in."""

    def __init__(self, strata: Sequence[tuple[str, int, int]], reserve: int = 0) -> None:
        """Take the committed (stratum, n, k) and how many tickets next in line are wanted."""
        self._strata = strata
        self._reserve = reserve
        self._kept: dict[bytes, list[Ticket]] = {name.encode(): [] for name, _, _ in strata}
        self._seen: Counter[bytes] = Counter()

    def add(self, portion: Portion) -> None:
        """Take what one sheet kept."""
        tickets, counted = portion
        self._seen.update(counted)
        for ticket in tickets:
            self._kept[ticket[3]].append(ticket)

    def selection(self) -> Selection | None:
        """The selection, or None when the bounds were too low. Raises PoolChanged."""
        _check_counts(self._seen, self._strata)
        results, selected = [], []
        for name, n, k in self._strata:
            tickets = sorted(self._kept[name.encode()])
            if len(tickets) < min(n, k + self._reserve if k else 0):
                return None
            drawn = [_drawn(ticket) for ticket in tickets[:k]]
            following = tuple(
                (uscc.decode(), digest.hex()) for digest, uscc, _, _ in tickets[k : k + self._reserve] if k
            )
            results.append(StratumResult(name, n, k, drawn[-1].ticket if drawn else None, following))
            selected.extend(drawn)
        return Selection(tuple(results), tuple(sorted(selected)))


def select_pages(
    pages: Iterable[bytes], strata: Sequence[tuple[str, int, int]], key: str, *, reserve: int = 0
) -> Selection:
    """Draw from pages or sheets at hand; `strata` are the committed (stratum, n, k). Raises PoolChanged."""
    at_hand = list(pages)
    for bounds in (bounds_of(strata, reserve), no_bounds(strata)):
        gathering = Gathering(strata, reserve)
        for page in at_hand:
            gathering.add(sift(key, bounds, page))
        if (selection := gathering.selection()) is not None:
            return selection
    raise AssertionError("without a bound nothing is missing")


def eligible_by_county(pages: Iterable[bytes]) -> dict[str, dict[str, int]]:
    """How many may be drawn, by county and class."""
    found: dict[str, dict[str, int]] = {}
    for page in pages:
        _, counties, _, _, _, classes, may = cells_of(page)
        for (county, name, able), number in Counter(zip(counties, classes, may, strict=True)).items():
            if able == b"1":
                in_county = found.setdefault(county.decode(), {})
                in_county[name.decode()] = in_county.get(name.decode(), 0) + number
    return found


def _drawn(ticket: Ticket) -> Drawn:
    digest, uscc, county, stratum = ticket
    return Drawn(digest.hex(), uscc.decode(), stratum.decode(), county.decode())


def _check_counts(seen: Mapping[bytes, int], strata: Iterable[tuple[str, int, int]]) -> None:
    committed = {name.encode(): n for name, n, _ in strata}
    for stratum in sorted({*committed, *seen}):
        if seen.get(stratum, 0) != committed.get(stratum, 0):
            raise PoolChanged(
                f"分类 {stratum.decode()} 承诺 {committed.get(stratum, 0)} 户可抽取，"
                f"名录中有 {seen.get(stratum, 0)} 户，请停止抽取并核对名录。"
            )
