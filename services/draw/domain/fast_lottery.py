"""The lottery over the bytes of frozen sheets: the same result as `lottery.select`, for pools of millions.

The plain oracle makes an object of every row. Here a sheet is cut into lines at once, one SHA-256 each gives the
tickets, and nothing else of a line is looked at unless its ticket is small: only tickets below a bound that a draw of
this size can't exceed but once in 10^15 are kept. If it does, the sheets are read again without a bound: the bound
decides how fast, never who.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from services.draw.domain.lottery import Drawn, PoolChanged, Selection, StratumResult
from services.draw.domain.pool import PoolPageInvalid
from services.draw.domain.sheets import cells_of

TABS = 6  # in a line
CLASS = 5  # the place of the class in a line
_ABLE = b"\t1"  # how the line of somebody ends who may be drawn
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
    """The tickets of one sheet that may belong to the smallest, and how many rows of each class it has.

    Raises PoolPageInvalid.
    """
    lines = sheet.split(b"\n")
    if lines.pop() or sheet.count(b"\t") != TABS * len(lines):
        raise PoolPageInvalid
    limits = {name + _ABLE: limit for name, limit in bounds.items()}
    highest, nothing = max(limits.values(), default=b""), b""
    # The key is hashed once, not once a row: copying its state costs less than setting up another hash.
    keyed = hashlib.sha256(f"{key}|".encode()).copy
    kept: list[Ticket] = []
    for line in lines:
        ticket = keyed()
        ticket.update(line[: line.find(b"\t")])
        digest = ticket.digest()
        if digest <= highest and digest <= limits.get(line[-3:], nothing):  # "class TAB 1" ends who may be drawn
            uscc, county, _, _, _, name, _ = line.split(b"\t")
            kept.append((digest, uscc, county, name))
    return kept, _count_classes(lines, bounds)


def _count_classes(lines: Iterable[bytes], known: Iterable[bytes]) -> dict[bytes, int]:
    """How many lines of each class may be drawn."""
    ends = b"".join([line[-3:] for line in lines])
    counted = {name: count for name in known if (count := ends.count(name + _ABLE))}
    if sum(counted.values()) == ends.count(_ABLE):
        return counted
    able = (line.split(b"\t")[CLASS] for line in lines if line.endswith(_ABLE))
    return dict(Counter(able))  # a class that nobody has committed to: whoever gathers refuses it


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
        results: list[StratumResult] = []
        chosen: list[Ticket] = []
        for name, n, k in self._strata:
            tickets = sorted(self._kept[name.encode()])
            if len(tickets) < min(n, k + self._reserve if k else 0):
                return None
            following = tuple(
                (uscc.decode(), digest.hex()) for digest, uscc, _, _ in tickets[k : k + self._reserve] if k
            )
            results.append(StratumResult(name, n, k, tickets[k - 1][0].hex() if k else None, following))
            chosen.extend(tickets[:k])
        # Bytes sort as their hexadecimal digits do, and several times quicker than objects.
        return Selection(tuple(results), tuple(map(_drawn, sorted(chosen))))


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
