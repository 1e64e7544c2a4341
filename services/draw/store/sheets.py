"""Frozen pools in and out, sheet by sheet: what was frozen is never changed, and never in memory as a whole."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

from sqlalchemy import func, select

from libs.common import merkle
from libs.common.db.transaction import Transaction
from services.draw.domain.draw import Draw
from services.draw.domain.next_in_line import without
from services.draw.domain.pool import PoolRow, parse_page
from services.draw.domain.sheets import SHEET_PAGES, Sheet, pages_of, published_pages
from services.draw.store.pool_tables import pool_sheets

HASH = 32
_COLUMNS = ("draw_id", "sheet", "first_id", "rows", "published", "leaves", "node")


async def keep_sheets(tx: Transaction, pool_id: str, sheets: AsyncIterator[tuple[Sheet, bytes]]) -> None:
    """Write the sheets of a pool as they come, in one COPY: none is there before the transaction commits."""

    async def records() -> AsyncIterator[tuple[object, ...]]:
        number = 0
        async for sheet, rows in sheets:
            yield pool_id, number, sheet.first_id, rows, sheet.published, b"".join(sheet.leaves), sheet.node
            number += 1

    raw = (await tx.connection.get_raw_connection()).driver_connection
    assert raw is not None  # noqa: S101 - the transaction is open
    # A COPY asks for no cell of a row twice, so that the rows may be made while it runs.
    await raw.copy_records_to_table(pool_sheets.name, records=records(), columns=_COLUMNS)


async def sheets_of(tx: Transaction, pool_id: str, first: int = 0) -> AsyncIterator[bytes]:
    """The open sheets of a frozen pool in their order."""
    number = first
    while (rows := await _rows(tx, pool_id, number)) is not None:
        yield rows
        number += 1


async def _rows(tx: Transaction, pool_id: str, number: int) -> bytes | None:
    found: bytes | None = await tx.scalar(
        select(pool_sheets.c.rows).where(pool_sheets.c.draw_id == pool_id, pool_sheets.c.sheet == number)
    )
    return found


async def published_sheet(tx: Transaction, pool_id: str, number: int, master: bytes | None) -> bytes | None:
    """One sheet of pool.tsv as the public gets it; None after the last one."""
    kept = pool_sheets.c.published
    masked: bytes | None = await tx.scalar(
        select(kept).where(pool_sheets.c.draw_id == pool_id, pool_sheets.c.sheet == number)
    )
    rows = await _rows(tx, pool_id, number) if masked is None else None
    if rows is None or master is None:
        return masked or rows
    return b"".join(await asyncio.to_thread(published_pages, rows, master))  # frozen before masks were kept


async def frozen_pages(tx: Transaction, pool_id: str, numbers: Iterable[int]) -> dict[int, bytes]:
    """Pages by number, as they are inside."""
    wanted = sorted(set(numbers))
    found: dict[int, bytes] = {}
    for sheet in sorted({number // SHEET_PAGES for number in wanted}):
        rows = await _rows(tx, pool_id, sheet)
        pages = pages_of(rows) if rows else []
        places = (number - sheet * SHEET_PAGES for number in wanted if number // SHEET_PAGES == sheet)
        found.update({sheet * SHEET_PAGES + place: pages[place] for place in places if place < len(pages)})
    return found


async def open_pages(tx: Transaction, pool_id: str) -> list[bytes]:
    """All frozen pages as they are inside; only for pools that fit into memory."""
    return [page async for sheet in sheets_of(tx, pool_id) for page in pages_of(sheet)]


async def drawable_sheets(tx: Transaction, draw: Draw) -> AsyncIterator[bytes]:
    """The sheets that a draw draws from; in a fresh draw who was ever drawn or taken counts as not eligible."""
    gone = draw.replaces.without if draw.replaces else ()
    async for sheet in sheets_of(tx, draw.pool_id):
        yield next(without([sheet], gone)) if gone else sheet


async def drawable_pages(tx: Transaction, draw: Draw) -> list[bytes]:
    """The same as pages; only for pools that fit into memory."""
    return [page async for sheet in drawable_sheets(tx, draw) for page in pages_of(sheet)]


async def pool_rows(tx: Transaction, pool_id: str) -> list[PoolRow]:
    """Every row of the frozen pool; only for pools that fit into memory."""
    return [row for page in await open_pages(tx, pool_id) for row in parse_page(page)]


async def sheet_nodes(tx: Transaction, pool_id: str) -> list[bytes]:
    """The hash of every sheet's subtree: the inner nodes of the published pool, six levels above its pages."""
    rows = await tx.all(
        select(pool_sheets.c.node).where(pool_sheets.c.draw_id == pool_id).order_by(pool_sheets.c.sheet)
    )
    return [bytes(row["node"]) for row in rows]


async def sheet_leaves(tx: Transaction, pool_id: str, sheet: int) -> list[bytes]:
    """The leaf hashes of the published pages of one sheet."""
    packed = await tx.scalar(
        select(pool_sheets.c.leaves).where(pool_sheets.c.draw_id == pool_id, pool_sheets.c.sheet == sheet)
    )
    return _unpack(packed or b"")


async def leaf_hashes(tx: Transaction, pool_id: str) -> list[bytes]:
    """The leaf hash of every published page."""
    rows = await tx.all(
        select(pool_sheets.c.leaves).where(pool_sheets.c.draw_id == pool_id).order_by(pool_sheets.c.sheet)
    )
    return [leaf for row in rows for leaf in _unpack(row["leaves"])]


async def page_path(tx: Transaction, pool_id: str, page: int) -> list[bytes]:
    """The audit path of a published page: within its sheet, then over the sheets; nothing else is hashed."""
    sheet, place = divmod(page, SHEET_PAGES)
    within = merkle.inclusion_path(place, await sheet_leaves(tx, pool_id, sheet))
    return within + merkle.inclusion_path(sheet, await sheet_nodes(tx, pool_id))


async def sheet_near(tx: Transaction, pool_id: str, subject_id: str) -> int:
    """The sheet in which a firm stands or would stand."""
    found = await tx.scalar(
        select(func.max(pool_sheets.c.sheet)).where(
            pool_sheets.c.draw_id == pool_id, pool_sheets.c.first_id <= subject_id
        )
    )
    return int(found or 0)


async def rows_in_pool(tx: Transaction, pool_id: str, wanted: Iterable[str]) -> dict[str, PoolRow]:
    """The open rows of those wanted firms that stand in the pool; only sheets that may have one are read."""
    firsts = await tx.all(
        select(pool_sheets.c.first_id).where(pool_sheets.c.draw_id == pool_id).order_by(pool_sheets.c.sheet)
    )
    found: dict[str, PoolRow] = {}
    for number, names in _by_sheet([row["first_id"] for row in firsts], sorted(set(wanted))):
        rows = await _rows(tx, pool_id, number)
        if rows is not None:
            found.update(await asyncio.to_thread(_pick, rows, names))
    return found


def _by_sheet(firsts: Sequence[str], wanted: Sequence[str]) -> Iterable[tuple[int, list[str]]]:
    bounds = [*firsts[1:], None]
    place = 0
    for number, end in enumerate(bounds[: len(firsts)]):
        start = place
        while place < len(wanted) and (end is None or wanted[place] < end):
            place += 1
        if place > start:
            yield number, list(wanted[start:place])


def _pick(sheet: bytes, names: Sequence[str]) -> dict[str, PoolRow]:
    found = {}
    lines, start = b"\n" + sheet, 0
    for name in names:  # sorted, as the sheet is
        place = lines.find(f"\n{name}\t".encode(), start)
        if place >= 0:
            start = lines.index(b"\n", place + 1)
            found[name] = PoolRow(*lines[place + 1 : start].decode().split("\t"))
    return found


def _unpack(packed: bytes) -> list[bytes]:
    return [packed[start : start + HASH] for start in range(0, len(packed), HASH)]
