"""Who comes next: the smallest tickets of the subjects of a frozen pool that were neither drawn nor taken before."""

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from services.draw.domain.lottery import Drawn
from services.draw.domain.pool import PoolRow


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


class NextInLine:
    """Looks for a stratum's next ticket while the open pages stream by; holds one row."""

    def __init__(self, key: str, stratum: str, gone: Collection[str]) -> None:
        """Take the ticket key, the class, and who was drawn or taken before."""
        self._prefix = f"{key}|".encode()
        self._row = re.compile(rb"([0-9A-Z]{8,22})\t([0-9]{6})\t[^\n]*\t" + stratum.encode() + rb"\t1\n")
        self._stratum = stratum
        self._gone = {one.encode() for one in gone}
        self._best: tuple[bytes, bytes, bytes] | None = None  # ticket, id, county

    def look(self, pages: bytes) -> None:
        """Look through one page or many."""
        sha256 = hashlib.sha256
        for uscc, county in self._row.findall(pages):
            found = (sha256(self._prefix + uscc).digest(), uscc, county)
            if (self._best is None or found < self._best) and uscc not in self._gone:
                self._best = found

    @property
    def drawn(self) -> Drawn | None:
        """Who comes next, or None when nobody is left."""
        if self._best is None:
            return None
        digest, uscc, county = self._best
        return Drawn(digest.hex(), uscc.decode(), self._stratum, county.decode())


def remaining(
    strata: Sequence[tuple[str, int, int]], gone: Iterable[PoolRow], wanted: Mapping[str, int]
) -> tuple[tuple[str, int, int], ...]:
    """Return (stratum, n, k) for what is left: n without those gone, k as many as are wanted and there."""
    fewer = Counter(row.credit_class for row in gone)
    return tuple((name, n - fewer[name], min(wanted.get(name, 0), n - fewer[name])) for name, n, _ in strata)
