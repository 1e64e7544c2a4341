"""Single pages of frozen pools, and the index that proves them, kept in memory since a frozen pool never changes."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from libs.common.db.transaction import Transaction
from services.draw.domain.pool import mask_page
from services.draw.domain.pool_proof import PoolIndex, PoolProof, index_of, prove
from services.draw.store.draws import DrawRecord, NotYetPublic
from services.draw.store.tables import pool_pages

KEPT: Final = 16  # pools: 32 bytes and an id a page, 5 MB for ten million firms
BATCH: Final = 512  # pages read at once

_kept: "OrderedDict[tuple[str, str], PoolIndex]" = OrderedDict()


async def proof_of(tx: Transaction, record: DrawRecord, subject_id: str) -> PoolProof:
    """The proof that a firm stands in the published pool, or does not. Raises NotYetPublic before the commitment."""
    if record.draw.commitment is None:
        raise NotYetPublic
    index = await _index(tx, record)
    return prove(index, await _published(tx, record, index.near(subject_id)), subject_id)


async def _index(tx: Transaction, record: DrawRecord) -> PoolIndex:
    kept = (record.draw.draw_id, record.pool.root)
    if kept in _kept:
        _kept.move_to_end(kept)
        return _kept[kept]
    firsts: list[str] = []
    leaves: list[bytes] = []
    for start in range(0, record.pool.pages, BATCH):
        pages = await _published(tx, record, range(start, min(start + BATCH, record.pool.pages)))
        part = await asyncio.to_thread(index_of, pages.values())
        firsts += part.firsts
        leaves += part.leaves
    index = _kept[kept] = PoolIndex(tuple(firsts), tuple(leaves))
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return index


async def _published(tx: Transaction, record: DrawRecord, numbers: Sequence[int]) -> dict[int, bytes]:
    """Pages by number, as they are published."""
    pages = await frozen_pages(tx, record.draw.draw_id, numbers)
    master = record.master
    if master is None:
        return pages
    return await asyncio.to_thread(lambda: {number: mask_page(page, master) for number, page in pages.items()})


async def frozen_pages(tx: Transaction, draw_id: str, numbers: Sequence[int]) -> dict[int, bytes]:
    """Pages by number, as they are inside."""
    rows = await tx.all(
        select(pool_pages.c.page, pool_pages.c.rows)
        .where(pool_pages.c.draw_id == draw_id, pool_pages.c.page.in_(numbers))
        .order_by(pool_pages.c.page)
    )
    return {row["page"]: bytes(row["rows"]) for row in rows}
