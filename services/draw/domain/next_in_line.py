"""Who comes next: the smallest tickets of the subjects of a frozen pool that were neither drawn nor taken before."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from services.draw.domain.pool import PoolRow

_ROW = re.compile(rb"^([0-9A-Z]{8,22})\t[^\n]*$", re.MULTILINE)


def without(pages: Iterable[bytes], gone: Collection[str]) -> Iterator[bytes]:
    """Yield open pages in which the subjects in `gone` count as not eligible; nothing else changes."""
    ids = sorted(one.encode() for one in gone)
    for page in pages:
        first = page[: page.index(b"\t")]
        last_row = page.rfind(b"\n", 0, -1) + 1
        last = page[last_row : page.index(b"\t", last_row)]
        here = set(ids[bisect_left(ids, first) : bisect_right(ids, last)])
        yield _blank(page, here) if here else page


def _blank(page: bytes, here: set[bytes]) -> bytes:
    lines = page.split(b"\n")
    return b"\n".join(line[:-1] + b"0" if line.split(b"\t", 1)[0] in here else line for line in lines)


def rows_of(pages: Iterable[bytes], wanted: Collection[str]) -> dict[str, PoolRow]:
    """Return the rows of the wanted subjects that stand in the pool; those that do not are left out."""
    missing = {one.encode() for one in wanted}
    found: dict[str, PoolRow] = {}
    for page in pages:
        if not missing:
            break
        for match in _ROW.finditer(page):
            if match[1] in missing:
                missing.discard(match[1])
                row = PoolRow(*match[0].decode().split("\t"))
                found[row.id] = row
    return found


def remaining(
    strata: Sequence[tuple[str, int, int]], gone: Iterable[PoolRow], wanted: Mapping[str, int]
) -> tuple[tuple[str, int, int], ...]:
    """Return (stratum, n, k) for what is left: n without those gone, k as many as are wanted and there."""
    fewer = Counter(row.credit_class for row in gone)
    return tuple((name, n - fewer[name], min(wanted.get(name, 0), n - fewer[name])) for name, n, _ in strata)
