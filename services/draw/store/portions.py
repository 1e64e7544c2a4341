"""A frozen pool in portions of 64 pages, and one firm's published row."""

from libs.common.db.transaction import Transaction
from services.draw.domain.draw import Draw
from services.draw.domain.next_in_line import without
from services.draw.domain.pool import PoolRow, parse_page
from services.draw.store.draws import DrawRecord
from services.draw.store.pool_index import proof_of
from services.draw.store.sheets import frozen_pages

PORTION_PAGES = 64


async def open_portion(tx: Transaction, draw: Draw, number: int) -> list[bytes]:
    """Pages of a pool as they are inside; whoever a fresh draw leaves out can't be drawn in them."""
    pages = await pool_portion(tx, draw.pool_id, number)
    gone = draw.replaces.without if draw.replaces else ()
    return list(without(pages, gone)) if gone else pages


async def pool_portion(tx: Transaction, pool_id: str, number: int) -> list[bytes]:
    """Pages of a pool as they are inside; none after the last portion."""
    first = number * PORTION_PAGES
    return list((await frozen_pages(tx, pool_id, range(first, first + PORTION_PAGES))).values())


async def published_row(tx: Transaction, record: DrawRecord, subject_id: str) -> PoolRow | None:
    """A firm's row of the published pool; None when it is not in it, or when a fresh draw leaves it out."""
    if record.draw.replaces and subject_id in record.draw.replaces.without:
        return None
    proof = await proof_of(tx, record, subject_id)
    rows = (row for page in proof.pages for row in parse_page(page.page))
    return next((row for row in rows if row.id == subject_id), None)


async def open_row(tx: Transaction, record: DrawRecord, subject_id: str) -> PoolRow | None:
    """A firm's row as it is inside; None when it is not in the pool."""
    proof = await proof_of(tx, record, subject_id)
    if not proof.present:
        return None
    pages = await frozen_pages(tx, record.draw.pool_id, [proof.pages[0].index])
    rows = (row for page in pages.values() for row in parse_page(page))
    return next(row for row in rows if row.id == subject_id)
