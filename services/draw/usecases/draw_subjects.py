"""Draw the subjects and deal the officers from the fixed seed: the same for whoever repeats it (细则第五条、第六条)."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime

from libs.common.canonical import sha256_hex
from libs.common.db.transaction import Transaction
from libs.common.errors import SunlotError
from services.draw.domain.certificate import Certificate
from services.draw.domain.commitment import DIRECT, Commitment
from services.draw.domain.deal import deal
from services.draw.domain.fast_lottery import Spread, one_after_the_other, select_pages
from services.draw.domain.lottery import Selection
from services.draw.domain.receipt import LogReceipt
from services.draw.domain.roster import Roster, roster_from
from services.draw.domain.seed import key
from services.draw.events.published import SubjectsDrawn
from services.draw.store.audit import keep_drawn
from services.draw.store.direct import keep_selection
from services.draw.store.draws import (
    DrawRecord,
    claim_seeded,
    note_problem,
    open_pages,
    roster_bytes,
    save_certificate,
    save_draw,
)
from services.draw.store.plans import load_plan, load_task, save_task

RESERVE = 5  # tickets next in line that a stratum's certificate names


async def draw_next(tx: Transaction, now: datetime, spread: Spread = one_after_the_other) -> str | None:
    """Finish one draw whose seed is fixed and return its id; None when none waits.

    Everything is in one transaction: a kill leaves the draw seeded, and whoever comes next computes the same.
    """
    record = await claim_seeded(tx)
    if record is None:
        return None
    try:
        async with tx.savepoint():
            await _finish(tx, record, now, spread)
    except SunlotError as error:
        await note_problem(tx, record.draw.draw_id, error.detail)
    return record.draw.draw_id


async def _finish(tx: Transaction, record: DrawRecord, now: datetime, spread: Spread) -> None:
    draw = record.draw
    commitment, seed, receipt = draw.commitment, draw.seed, draw.receipt
    if commitment is None or seed is None or receipt is None:
        msg = f"{draw.draw_id} is seeded without commitment, seed or receipt"
        raise RuntimeError(msg)
    pages = await open_pages(tx, draw.draw_id)
    roster = roster_from(json.loads(await roster_bytes(tx, draw.draw_id)))
    if commitment.officers.method == DIRECT:
        # The teams are named by people who then know whom they visit; until they are approved there is no result.
        selection = await asyncio.to_thread(_select, commitment, seed, pages, spread)
        await keep_selection(tx, draw.draw_id, selection)
        await save_draw(tx, draw.selected())
        return
    certificate = await asyncio.to_thread(_compute, commitment, seed, receipt, pages, roster, spread)
    await keep_result(tx, record, certificate, now)


async def keep_result(tx: Transaction, record: DrawRecord, certificate: Certificate, now: datetime) -> None:
    """Keep the finished draw and its certificate, and announce it."""
    draw = record.draw
    document = certificate.bytes
    task = await load_task(tx, draw.task_id, to_change=True)
    plan = await load_plan(tx, task.task.plan_id)
    await save_draw(tx, draw.drawn(certificate.result_sha256), drawn_at=now)
    await save_task(tx, task.task.drawn(draw.draw_id))
    await save_certificate(tx, draw.draw_id, document, sha256_hex(document))
    await keep_drawn(tx, draw.draw_id, certificate.selection, certificate.deal)
    tx.emit(
        SubjectsDrawn(
            draw_id=draw.draw_id,
            task_id=draw.task_id,
            plan_id=plan.plan.plan_id,
            trigger_ids=list(plan.plan.triggers),
            pool_rows=record.pool.rows,
            drawn=len(certificate.selection.selected),
            result_sha256=certificate.result_sha256,
            certificate_sha256=sha256_hex(document),
        ),
        aggregate=f"draw/{draw.draw_id}",
        county=record.county,
    )


def _select(commitment: Commitment, seed: bytes, pages: Sequence[bytes], spread: Spread) -> Selection:
    return select_pages(pages, commitment.strata, key("subject", seed), reserve=RESERVE, spread=spread)


def _compute(
    commitment: Commitment, seed: bytes, receipt: LogReceipt, pages: Sequence[bytes], roster: Roster, spread: Spread
) -> Certificate:
    selection = _select(commitment, seed, pages, spread)
    teams = deal(selection.selected, roster, commitment.officers.seats, key("officer", seed))
    return Certificate(commitment, seed, selection, teams, receipt)
