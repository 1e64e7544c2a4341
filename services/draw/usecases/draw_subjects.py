"""Draw the subjects and deal the officers from the fixed seed: the same for whoever repeats it (细则第五条、第六条)."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from functools import partial

from libs.common.canonical import sha256_hex
from libs.common.db.transaction import Transaction
from libs.common.errors import SunlotError
from services.draw.domain.cell_lottery import select_cells_pages
from services.draw.domain.certificate import Certificate
from services.draw.domain.commitment import DIRECT, Commitment
from services.draw.domain.deal import deal
from services.draw.domain.draw import Draw, DrawState
from services.draw.domain.fast_lottery import Gathering, bounds_of, no_bounds, sift
from services.draw.domain.long_lists import LONG
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
    roster_bytes,
    save_certificate,
    save_draw,
)
from services.draw.store.long_lists import save_files
from services.draw.store.plans import load_plan, load_task, save_task
from services.draw.store.sheets import drawable_sheets
from services.draw.usecases.make_up import take_fresh
from services.draw.usecases.spread import Spread, Tell, in_this_process, silently

RESERVE = 5  # tickets next in line that a stratum's certificate names


async def draw_next(
    tx: Transaction, now: datetime, spread: Spread = in_this_process, tell: Tell = silently
) -> str | None:
    """Finish one draw whose seed is fixed and return its id; None when none waits.

    Everything is in one transaction: a kill leaves the draw seeded, and whoever comes next computes the same.
    """
    record = await claim_seeded(tx)
    if record is None:
        return None
    try:
        async with tx.savepoint():
            await _finish(tx, record, now, spread, tell)
    except SunlotError as error:
        await note_problem(tx, record.draw.draw_id, error.detail)
    return record.draw.draw_id


async def _finish(tx: Transaction, record: DrawRecord, now: datetime, spread: Spread, tell: Tell) -> None:
    draw = record.draw
    commitment, seed, receipt = draw.commitment, draw.seed, draw.receipt
    if commitment is None or seed is None or receipt is None:
        msg = f"{draw.draw_id} is seeded without commitment, seed or receipt"
        raise RuntimeError(msg)
    selection = await select_subjects(tx, draw, commitment, seed, spread, tell)
    if commitment.officers.method == DIRECT:
        # The teams are named by people who then know whom they visit; until they are approved there is no result.
        await keep_selection(tx, draw.draw_id, selection)
        await save_draw(tx, draw.selected())
        return
    roster = roster_from(json.loads(await roster_bytes(tx, draw.draw_id)))
    signature = draw.beacon.signature if draw.beacon else None
    certificate = await asyncio.to_thread(_compute, commitment, seed, signature, receipt, selection, roster)
    await keep_result(tx, record, certificate, now)


async def select_subjects(
    tx: Transaction,
    draw: Draw,
    commitment: Commitment,
    seed: bytes,
    spread: Spread = in_this_process,
    tell: Tell = silently,
) -> Selection:
    """Read the frozen pool sheet by sheet and return who is drawn. Raises PoolChanged."""
    ticket_key = key(commitment.ticket_label, seed)
    if commitment.over_cells:
        pages = partial(_from_thread, asyncio.get_running_loop(), tx, draw)
        cells, systematic = commitment.cells, key("systematic", seed)
        return await asyncio.to_thread(select_cells_pages, pages, commitment.strata, cells, ticket_key, systematic)
    strata = commitment.strata
    for bounds in (bounds_of(strata, RESERVE), no_bounds(strata)):
        gathering, rows = Gathering(strata, RESERVE), 0
        async for portion in spread(partial(sift, ticket_key, bounds), drawable_sheets(tx, draw)):
            gathering.add(portion)
            rows += sum(portion[1].values())
            await tell(draw.draw_id, DrawState.SEEDED, rows, commitment.pool.rows)
        if (selection := await asyncio.to_thread(gathering.selection)) is not None:
            return selection
    raise AssertionError("without a bound nothing is missing")


def _from_thread(loop: asyncio.AbstractEventLoop, tx: Transaction, draw: Draw) -> Iterator[bytes]:
    """The sheets for somebody in a thread; one at a time, so that the transaction is never asked twice at once."""
    sheets = drawable_sheets(tx, draw)
    while (sheet := asyncio.run_coroutine_threadsafe(_next(sheets), loop).result()) is not None:
        yield sheet


async def _next(sheets: AsyncIterator[bytes]) -> bytes | None:
    return await anext(sheets, None)


async def keep_result(tx: Transaction, record: DrawRecord, certificate: Certificate, now: datetime) -> None:
    """Keep the finished draw and its certificate, and announce it."""
    draw = record.draw
    document = await asyncio.to_thread(lambda: certificate.bytes)  # seconds for a long list
    result_sha256 = await asyncio.to_thread(lambda: certificate.result_sha256)
    # A fresh draw locks its parent below, and whoever dispatches the parent locks that first and the task after it.
    task = await load_task(tx, draw.task_id, to_change=draw.replaces is None)
    plan = await load_plan(tx, task.task.plan_id)
    await save_draw(tx, draw.drawn(result_sha256), drawn_at=now)
    await save_certificate(tx, draw.draw_id, document, sha256_hex(document))
    await save_files(tx, draw.draw_id, certificate.files())
    if draw.replaces is None:
        await save_task(tx, task.task.drawn(draw.draw_id))
    else:
        await take_fresh(tx, record, document, now)
    await keep_drawn(tx, draw.draw_id, certificate.selection, certificate.deal)
    tx.emit(
        SubjectsDrawn(
            draw_id=draw.draw_id,
            task_id=draw.task_id,
            plan_id=plan.plan.plan_id,
            trigger_ids=list(plan.plan.triggers),
            pool_rows=record.pool.rows,
            drawn=len(certificate.selection.selected),
            result_sha256=result_sha256,
            certificate_sha256="" if draw.sealed else sha256_hex(document),
        ),
        aggregate=f"draw/{draw.draw_id}",
        county=record.county,
    )


def _compute(
    commitment: Commitment,
    seed: bytes,
    signature: str | None,
    receipt: LogReceipt,
    selection: Selection,
    roster: Roster,
) -> Certificate:
    teams = deal(selection.selected, roster, commitment.officers.seats, key("officer", seed))
    return Certificate(commitment, seed, selection, teams, receipt, beacon_signature=signature, long=LONG)
