"""Drawing evenly over cells from the bytes of frozen pages: the same result as `cells.select_cells`, for millions.

The pages are read twice. The first time eight bytes of every ticket are kept, by stratum and cell; they tell which
ticket stands at each drawn place. The second time only the rows with those tickets are kept.
"""

import hashlib
import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from services.draw.domain.cells import check_count, positions, start
from services.draw.domain.lottery import Drawn, Selection, StratumResult
from services.draw.domain.pool import COLUMNS

# An eligible row: id, county, industry, size, type, class, and 1.
_ELIGIBLE = re.compile(rb"([0-9A-Z]{8,22})\t([0-9]{6})\t([^\t\n]*)\t([^\t\n]*)\t([^\t\n]*)\t([ABCDU])\t1\n")
_STRATUM = COLUMNS.index("class")

Pages: TypeAlias = Callable[[], Iterable[bytes]]  # the frozen open pages in their order, as often as asked
Cell: TypeAlias = tuple[bytes, bytes]  # class, values of the cells joined by TAB
Places: TypeAlias = dict[int, list[int]]  # first eight bytes of a ticket → drawn places among those that begin so


def select_cells_pages(
    pages: Pages, strata: Sequence[tuple[str, int, int]], cells: Sequence[str], key: str, systematic_key: str
) -> Selection:
    """Draw from frozen pages; `strata` are the committed (stratum, n, k). Raises PoolChanged."""
    heads: defaultdict[Cell, array[int]] = defaultdict(lambda: array("Q"))
    for cell, digest, _ in _tickets(pages, cells, key):
        heads[cell].append(_head(digest))
    _check_counts(heads, strata)
    drawn = _drawn(pages, cells, key, _wanted(heads, strata, systematic_key))
    return Selection(tuple(StratumResult(name, n, k, None, ()) for name, n, k in strata), tuple(sorted(drawn)))


def _tickets(pages: Pages, cells: Sequence[str], key: str) -> Iterator[tuple[Cell, bytes, tuple[bytes, ...]]]:
    prefix = f"{key}|".encode()
    sha256 = hashlib.sha256
    columns = [COLUMNS.index(column) for column in cells]
    for page in pages():
        for row in _ELIGIBLE.findall(page):
            values = b"\t".join([row[column] for column in columns])
            yield (row[_STRATUM], values), sha256(prefix + row[0]).digest(), row


def _head(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big")


def _check_counts(heads: Mapping[Cell, Sequence[int]], strata: Iterable[tuple[str, int, int]]) -> None:
    committed = {name.encode(): n for name, n, _ in strata}
    found: defaultdict[bytes, int] = defaultdict(int)
    for (stratum, _), tickets in heads.items():
        found[stratum] += len(tickets)
    for stratum in sorted({*committed, *found}):
        check_count(stratum.decode(), committed.get(stratum, 0), found[stratum])


def _wanted(
    heads: Mapping[Cell, Sequence[int]], strata: Iterable[tuple[str, int, int]], systematic_key: str
) -> dict[Cell, Places]:
    """Which tickets are drawn, cell by cell in the order of the stratum."""
    wanted: dict[Cell, Places] = {}
    for name, n, k in strata:
        places = positions(start(systematic_key, name, n), n, k) if k else iter(())
        place, before = next(places, None), 0
        for cell in sorted(cell for cell in heads if cell[0] == name.encode()):
            ordered = sorted(heads[cell]) if place is not None and place < before + len(heads[cell]) else ()
            while place is not None and place < before + len(heads[cell]):
                head = ordered[place - before]
                same = bisect_left(ordered, head)  # tickets that begin alike are told apart when they are read again
                wanted.setdefault(cell, {}).setdefault(head, []).append(place - before - same)
                place = next(places, None)
            before += len(heads[cell])
    return wanted


def _drawn(pages: Pages, cells: Sequence[str], key: str, wanted: Mapping[Cell, Places]) -> Iterator[Drawn]:
    nothing: Places = {}
    kept: defaultdict[tuple[Cell, int], list[Drawn]] = defaultdict(list)
    for cell, digest, row in _tickets(pages, cells, key):
        head = _head(digest)
        if head in wanted.get(cell, nothing):
            kept[cell, head].append(Drawn(digest.hex(), row[0].decode(), cell[0].decode(), row[1].decode()))
    for (cell, head), alike in kept.items():
        alike.sort()
        yield from (alike[place] for place in wanted[cell][head])
