"""The lottery over the bytes of frozen pages: the same result as `lottery.select`, for pools of millions.

The plain oracle makes an object of every row. Here a page stays bytes: one regular expression finds the rows that
may be drawn, one SHA-256 each gives the ticket, and only tickets below a bound that a draw of
this size can't exceed but once in 10^15 are kept. If it does, the pages are read again without a bound: the bound
decides how fast, never who.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from services.draw.domain.lottery import Drawn, PoolChanged, Selection, StratumResult

SIGMAS = 8  # how far above its expectation a stratum's bound lies
PAGES_A_PORTION = 512

# An eligible row: its id and county, anything, its class, and 1.
_ELIGIBLE = re.compile(rb"([0-9A-Z]{8,22})\t([0-9]{6})\t[^\n]*\t([ABCDU])\t1\n")

_ANY = re.compile(rb"^([0-9A-Z]{8,22})\t([0-9]{6})\t", re.MULTILINE)

Bounds: TypeAlias = Mapping[bytes, bytes]  # class → largest ticket worth keeping
Ticket: TypeAlias = tuple[bytes, bytes, bytes, bytes]  # ticket, id, county, class
Portion: TypeAlias = tuple[list[Ticket], dict[bytes, int]]  # tickets kept, eligible rows seen by class
Spread: TypeAlias = Callable[[Iterable[tuple[str, Bounds, Sequence[bytes]]]], Iterable[Portion]]


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


def sift(key: str, bounds: Bounds, pages: Sequence[bytes]) -> Portion:
    """The tickets of one portion of pages that may belong to the smallest, and how many rows of each class it has."""
    prefix = f"{key}|".encode()
    sha256 = hashlib.sha256
    kept: list[Ticket] = []
    seen: Counter[bytes] = Counter()
    nothing = b""
    for page in pages:
        rows = _ELIGIBLE.findall(page)
        for row in rows:
            digest = sha256(prefix + row[0]).digest()
            if digest <= bounds.get(row[2], nothing):
                kept.append((digest, *row))
        seen.update([row[2] for row in rows])
    return kept, dict(seen)


def one_after_the_other(portions: Iterable[tuple[str, Bounds, Sequence[bytes]]]) -> Iterable[Portion]:
    """Sift in this very process; give `select_pages` another `spread` to use more cores."""
    return (sift(*portion) for portion in portions)


def select_pages(
    pages: Sequence[bytes],
    strata: Sequence[tuple[str, int, int]],
    key: str,
    *,
    reserve: int = 0,
    spread: Spread = one_after_the_other,
) -> Selection:
    """Draw from frozen open pages; `strata` are the committed (stratum, n, k). Raises PoolChanged."""
    selection = _select(pages, strata, key, reserve, bounds_of(strata, reserve), spread)
    if selection is None:
        everything = {name.encode(): b"\xff" * 32 for name, _, _ in strata}
        selection = _select(pages, strata, key, reserve, everything, spread)
    assert selection is not None  # noqa: S101 - without a bound nothing is missing
    return selection


def _select(
    pages: Sequence[bytes],
    strata: Sequence[tuple[str, int, int]],
    key: str,
    reserve: int,
    bounds: Bounds,
    spread: Spread,
) -> Selection | None:
    portions = (
        (key, bounds, pages[start : start + PAGES_A_PORTION]) for start in range(0, len(pages), PAGES_A_PORTION)
    )
    kept: dict[bytes, list[Ticket]] = {name.encode(): [] for name, _, _ in strata}
    seen: Counter[bytes] = Counter()
    for tickets, counted in spread(portions):
        seen.update(counted)
        for ticket in tickets:
            kept[ticket[3]].append(ticket)
    _check_counts(seen, strata)
    results, selected = [], []
    for name, n, k in strata:
        tickets = sorted(kept[name.encode()])
        if len(tickets) < min(n, k + reserve if k else 0):
            return None
        drawn = [_drawn(ticket) for ticket in tickets[:k]]
        following = tuple((uscc.decode(), digest.hex()) for digest, uscc, _, _ in tickets[k : k + reserve] if k)
        results.append(StratumResult(name, n, k, drawn[-1].ticket if drawn else None, following))
        selected.extend(drawn)
    return Selection(tuple(results), tuple(sorted(selected)))


def eligible_by_county(pages: Iterable[bytes]) -> dict[str, dict[str, int]]:
    """How many may be drawn, by county and class."""
    counts: Counter[tuple[bytes, bytes]] = Counter()
    for page in pages:
        counts.update([(county, stratum) for _, county, stratum in _ELIGIBLE.findall(page)])
    found: dict[str, dict[str, int]] = {}
    for (county, stratum), number in counts.items():
        found.setdefault(county.decode(), {})[stratum.decode()] = number
    return found


def counties_of(pages: Iterable[bytes], wanted: Iterable[str]) -> dict[str, str]:
    """The county of each of the wanted firms that stand in the pool; firms that do not are left out."""
    missing = {uscc.encode() for uscc in wanted}
    found: dict[str, str] = {}
    for page in pages:
        if not missing:
            break
        for uscc, county in _ANY.findall(page):
            if uscc in missing:
                found[uscc.decode()] = county.decode()
                missing.discard(uscc)
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
