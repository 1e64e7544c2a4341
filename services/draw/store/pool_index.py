"""Proofs of single firms in frozen pools: the pages around them and the paths to the root, nothing hashed twice."""

import asyncio
from bisect import bisect_right

from libs.common.db.transaction import Transaction
from services.draw.domain.pool import mask_page
from services.draw.domain.pool_proof import PoolProof, prove_near
from services.draw.domain.sheets import SHEET_PAGES
from services.draw.store.draws import DrawRecord, NotYetPublic
from services.draw.store.sheets import frozen_pages, page_path, sheet_near


async def proof_of(tx: Transaction, record: DrawRecord, subject_id: str) -> PoolProof:
    """The proof that a firm stands in the published pool, or does not. Raises NotYetPublic before the commitment."""
    if record.draw.commitment is None:
        raise NotYetPublic
    pool_id, master = record.draw.pool_id, record.master
    first = await sheet_near(tx, pool_id, subject_id) * SHEET_PAGES
    pages = await frozen_pages(tx, pool_id, range(first, first + SHEET_PAGES + 1))
    firsts = [page.partition(b"\t")[0].decode() for page in pages.values()]
    home = first + max(bisect_right(firsts, subject_id) - 1, 0)
    near = {number: pages[number] for number in (home, home + 1) if number in pages}
    if master is not None:
        near = await asyncio.to_thread(lambda: {number: mask_page(page, master) for number, page in near.items()})
    paths = {number: await page_path(tx, pool_id, number) for number in near}
    return prove_near(near, paths, subject_id)
