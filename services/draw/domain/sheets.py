"""Sheets of 64 pages: how a pool of millions is checked, counted and hashed as bytes, without an object a row."""

import base64
import hashlib
import operator
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress

from libs.common import merkle
from services.draw.domain.pool import (
    CLASSES,
    MASKED_ELIGIBLE,
    MASTER_BYTES,
    PAGE_ROWS,
    MasterInvalid,
    PoolNotSorted,
    PoolPageInvalid,
    PoolRow,
    check_row,
    is_plain,
    refuse,
)
from services.draw.domain.rule import FILTER_COLUMNS, Filter, matches

SHEET_PAGES = 64  # a power of two, so that a sheet is a subtree of the pool's tree
SHEET_ROWS = SHEET_PAGES * PAGE_ROWS
_COLUMNS = 7
_ID_BYTES = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ID_LENGTHS = frozenset(range(8, 23))
_COUNTY = re.compile(rb"[0-9]{6}")
_CLASSES = frozenset(name.encode() for name in CLASSES)
_MAY = frozenset({b"0", b"1"})
_CELL_OF = dict(zip(FILTER_COLUMNS, (1, 2, 3, 4, 5), strict=True))  # the place of a filter's column in a row

_INNER, _OUTER = (bytes(number ^ pad for number in range(256)) for pad in (0x36, 0x5C))


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known of a checked sheet: first and last id, the leaf hashes of its *published* pages, its counts.

    `published` is the masked sheet; None: what is published is the sheet itself.
    """

    rows: int
    first_id: str
    last_id: str
    leaves: tuple[bytes, ...]
    eligible: Mapping[tuple[str, str], int]  # (county, class) → rows that may be drawn
    published: bytes | None = None

    @property
    def node(self) -> bytes:
        """The hash of the sheet's subtree."""
        return merkle.root(self.leaves)


class Cutter:
    """Cuts a stream of bytes into sheets of 16 384 lines, whatever the pieces are that it comes in."""

    def __init__(self, sheet_rows: int = SHEET_ROWS) -> None:
        self._sheet_rows = sheet_rows
        self._pieces: list[bytes] = []
        self._lines = 0

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Take the next bytes and yield the sheets that are full."""
        while (count := piece.count(b"\n")) + self._lines >= self._sheet_rows:
            rest = piece.split(b"\n", self._sheet_rows - self._lines)[-1]
            self._pieces.append(piece[: len(piece) - len(rest)])
            yield self._close()
            piece = rest
        if piece:
            self._pieces.append(piece)
            self._lines += count

    def rest(self) -> Iterator[bytes]:
        """Yield the last sheet, if anything is left of it."""
        if self._pieces:
            yield self._close()

    def _close(self) -> bytes:
        sheet = b"".join(self._pieces)
        self._pieces, self._lines = [], 0
        return sheet


def examine(sheet: bytes, number: int, filter_: Filter = (), master: bytes | None = None) -> Sheet:
    """Check and hash one sheet; its first row is the `number`-th of the pool (from 1).

    The same rules as `pool.check_row` and `pool.Freezing`, which also name the row that breaks one.
    Raises PoolRowInvalid, PoolNotSorted, MasterInvalid.
    """
    cells = cells_of(sheet)
    ids = cells[0]
    if not _sound(sheet, cells, filter_):
        _name_the_fault(sheet, number, filter_)
    may = map(b"1".__eq__, cells[6])
    eligible = Counter(compress(zip(cells[1], cells[5], strict=True), may))
    pages = list(_cut(sheet, ids) if master is None else _masked(sheet, ids, master))
    return Sheet(
        rows=len(ids),
        first_id=ids[0].decode(),
        last_id=ids[-1].decode(),
        leaves=tuple(merkle.leaf_hash(page) for page in pages),
        eligible={(county.decode(), name.decode()): count for (county, name), count in eligible.items()},
        published=None if master is None else b"".join(pages),
    )


def examine_part(filter_: Filter, master: bytes | None, part: tuple[int, bytes]) -> Sheet:
    """`examine` for whoever has sheets with the number of their first row."""
    number, sheet = part
    return examine(sheet, number, filter_, master)


def cells_of(sheet: bytes) -> tuple[list[bytes], ...]:
    """The seven columns of a sheet as lists of cells. Raises PoolPageInvalid."""
    cells = sheet.replace(b"\n", b"\t").split(b"\t")
    if cells.pop() or len(cells) % _COLUMNS or not cells:
        raise PoolPageInvalid
    return tuple(cells[column::_COLUMNS] for column in range(_COLUMNS))


def _sound(sheet: bytes, cells: Sequence[list[bytes]], filter_: Filter) -> bool:
    ids, rows = cells[0], sheet.count(b"\n")
    kinds = [set(column) for column in cells[1:]]
    try:
        texts = {cell: cell.decode() for cell in set().union(*kinds)}
    except UnicodeDecodeError:
        return False
    return (
        # Every line ends in an eligibility and every seventh cell is one: so every line has seven cells.
        rows == len(ids) == sheet.count(b"\t1\n") + sheet.count(b"\t0\n")
        and kinds[5] <= _MAY
        and kinds[4] <= _CLASSES
        and set(map(len, ids)) <= _ID_LENGTHS
        and not b"".join(ids).translate(None, _ID_BYTES)
        and all(map(operator.lt, ids, ids[1:]))
        and all(map(_COUNTY.fullmatch, kinds[0]))
        and all(is_plain(texts[cell]) for kind in kinds[1:4] for cell in kind)
        and all(condition.accepts(texts[cell]) for condition in filter_ for cell in kinds[_CELL_OF[condition.col] - 1])
    )


def _name_the_fault(sheet: bytes, number: int, filter_: Filter) -> None:
    previous = ""
    for place, line in enumerate(sheet.split(b"\n")[:-1], number):
        cells = line.decode(errors="replace").split("\t")
        if len(cells) != _COLUMNS:
            raise PoolPageInvalid
        row = PoolRow(*cells)
        check_row(row, place)
        if row.id <= previous:
            raise PoolNotSorted(f"名录第 {place} 行（{row.id}）重复或次序不对，每户只能出现一次。")
        if not matches(filter_, row):
            refuse(place, row, "filter", "不符合已登记的抽取条件（细则第八条）")
        previous = row.id
    raise PoolPageInvalid


def pages_of(sheet: bytes) -> list[bytes]:
    """The open pages of a sheet."""
    return list(_cut(sheet, cells_of(sheet)[0]))


def _cut(sheet: bytes, ids: Sequence[bytes]) -> Iterator[bytes]:
    start = 0
    for first in ids[PAGE_ROWS::PAGE_ROWS]:
        end = sheet.index(b"\n" + first + b"\t", start) + 1
        yield sheet[start:end]
        start = end
    yield sheet[start:]


def published_pages(sheet: bytes, master: bytes | None) -> list[bytes]:
    """The pages of a sheet as the public gets them. Raises MasterInvalid."""
    ids = cells_of(sheet)[0]
    return list(_cut(sheet, ids) if master is None else _masked(sheet, ids, master))


def _masked(sheet: bytes, ids: Sequence[bytes], master: bytes) -> Iterator[bytes]:
    """What `pool.mask_page` gives, without looking at anything but a line's id and its end."""
    if len(master) != MASTER_BYTES:
        raise MasterInvalid
    key = master.ljust(64, b"\0")
    inner, outer = hashlib.sha256(key.translate(_INNER)), hashlib.sha256(key.translate(_OUTER))
    end = b"\t" + MASKED_ELIGIBLE.encode() + b"\n"
    masked: list[bytes] = []
    for uscc, line in zip(ids, sheet.split(b"\n"), strict=False):
        first, second = inner.copy(), outer.copy()
        first.update(uscc)
        second.update(first.digest())
        opened = f"{second.hexdigest()}|{line[-3:-2].decode()}|{line[-1:].decode()}".encode()
        hidden = base64.urlsafe_b64encode(hashlib.sha256(opened).digest())[:22]
        masked.append(line[:-3] + hidden + end)
        if len(masked) == PAGE_ROWS:
            yield b"".join(masked)
            masked = []
    if masked:
        yield b"".join(masked)


@dataclass
class Stack:
    """What is known of a pool while its checked sheets pile up; read root and counts when all are there."""

    rows: int = 0
    pages: int = 0
    nodes: list[bytes] = field(default_factory=list)
    by_county: dict[str, dict[str, int]] = field(default_factory=dict)  # county → class → rows that may be drawn
    _last_id: str = ""

    def add(self, sheet: Sheet) -> None:
        """Put the next sheet on the pile. Raises PoolNotSorted when it does not begin after the last one."""
        if sheet.first_id <= self._last_id:
            raise PoolNotSorted(f"名录第 {self.rows + 1} 行（{sheet.first_id}）重复或次序不对，每户只能出现一次。")
        self.rows += sheet.rows
        self.pages += len(sheet.leaves)
        self.nodes.append(sheet.node)
        for (county, name), count in sheet.eligible.items():
            classes = self.by_county.setdefault(county, {})
            classes[name] = classes.get(name, 0) + count
        self._last_id = sheet.last_id

    @property
    def eligible(self) -> dict[str, int]:
        """Class → rows that may be drawn."""
        total: Counter[str] = Counter()
        for classes in self.by_county.values():
            total.update(classes)
        return dict(total)

    @property
    def root(self) -> str:
        """The root of the published pages, in hexadecimal: sheets are whole subtrees but for the last."""
        return merkle.root(self.nodes).hex()
