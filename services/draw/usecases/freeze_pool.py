"""Freeze the pool of a task: who may be drawn, and who may not for which reason (细则第七条第二项、第八条).

Asked for by a person, done by a loop: millions of rows stream from the read model into sheets that are never changed.
"""

import secrets
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from libs.common.errors import SunlotError
from libs.common.http.auth import Actor
from services.draw.domain.commitment import PoolEmpty, Profile
from services.draw.domain.draw import DrawState, first_attempt, next_attempt
from services.draw.domain.eligibility import ExcludedReason
from services.draw.domain.pool import MASTER_BYTES
from services.draw.domain.sheets import SHEET_ROWS, Cutter, Sheet, Stack, examine_part
from services.draw.domain.task import TaskNotOpen, TaskState
from services.draw.settings import DrawSettings
from services.draw.store.draws import (
    DrawRecord,
    FrozenPool,
    add_draw,
    claim,
    last_attempt,
    load_draw,
    note_problem,
    save_frozen,
)
from services.draw.store.eligibility import count_at_caps, excluded_reason
from services.draw.store.plans import load_plan, load_task
from services.draw.store.pool_source import copy_out, expected_rows, pool_statement
from services.draw.store.progress import ask_for
from services.draw.store.sheets import keep_sheets
from services.draw.usecases.spread import Spread, Tell, in_this_process, silently

Reading = Callable[[], AbstractAsyncContextManager[Transaction]]  # opens another transaction, to read in


async def freeze_pool(
    tx: Transaction, settings: DrawSettings, task_id: str, reason: str, actor: Actor, now: datetime
) -> str:
    """Open an attempt whose pool a loop will freeze, and return its id; one that failed is tried again.

    A later attempt needs the reason why the earlier one was given up.
    Raises TaskNotOpen, EarlierAttemptStands, AbortNeedsReason.
    """
    record = await load_task(tx, task_id, to_change=True)
    actor.must_see(record.county)
    if record.task.state is not TaskState.OPEN:
        raise TaskNotOpen(f"任务 {task_id}{record.task.state.label}，不能再冻结名录（细则第七条第二项）。")
    earlier = await last_attempt(tx, task_id)
    if earlier is not None and earlier.state is DrawState.FREEZING:
        # One that failed has fixed nothing: it begins anew as the same attempt. A second click changes nothing.
        await note_problem(tx, earlier.draw_id, None)
        return earlier.draw_id
    draw = (
        next_attempt(earlier, "", reason, actor.account_id, now)
        if earlier
        else first_attempt(task_id, "", actor.account_id, now)
    ).freezing()
    await add_draw(
        tx,
        DrawRecord(
            draw=draw,
            county=record.county,
            profile=settings.draw_profile,
            master=secrets.token_bytes(MASTER_BYTES) if settings.draw_profile is Profile.MASKED else None,
            pool=FrozenPool("", 0, 0, now, {}, {}),
            committed_at=None,
            drawn_at=None,
            dispatched_at=None,
            problem=None,
            correlation_id=record.correlation_id,
        ),
    )
    await ask_for(tx, draw.draw_id, DrawState.FREEZING, actor.account_id, now)
    return draw.draw_id


async def freeze_next(
    tx: Transaction,
    reading: Reading,
    settings: DrawSettings,
    now: datetime,
    spread: Spread = in_this_process,
    tell: Tell = silently,
) -> str | None:
    """Freeze one pool that was asked for and return its draw's id; None when none waits.

    The sheets and the draw's new state are one transaction: a kill leaves nothing of it, and whoever looks next
    begins anew. What must not stand in a pool ends in a problem that the draw's page shows.
    """
    record = await claim(tx, DrawState.FREEZING)
    if record is None:
        return None
    draw_id = record.draw.draw_id
    try:
        async with tx.savepoint(), reading() as source:
            await _freeze(tx, source, settings, record, now, spread, tell)
    except SunlotError as error:
        if (await load_draw(tx, draw_id, to_change=True)).draw.state is DrawState.FREEZING:
            await note_problem(tx, draw_id, error.detail)
    return draw_id


async def _freeze(
    tx: Transaction,
    source: Transaction,
    settings: DrawSettings,
    record: DrawRecord,
    now: datetime,
    spread: Spread,
    tell: Tell,
) -> None:
    draw_id = record.draw.draw_id
    task = (await load_task(tx, record.draw.task_id)).task
    plan = await load_plan(tx, task.plan_id)
    rules = settings.rules(china_date(now), task.items, triggered=bool(plan.plan.triggers), spare_a=plan.spare_a)
    statement = pool_statement(task.filter, excluded_reason(rules))
    total = await expected_rows(source, statement)
    stack, excluded = Stack(), Counter[str]()

    on_their_way: deque[bytes] = deque()

    async def parts() -> AsyncIterator[tuple[int, bytes]]:
        number = 1
        async for sheet in _sheets(copy_out(source, statement), excluded):
            on_their_way.append(sheet)
            yield number, sheet
            number += SHEET_ROWS

    async def checked() -> AsyncIterator[tuple[Sheet, bytes]]:
        await tell(draw_id, DrawState.FREEZING, 0, total)
        async for sheet in spread(partial(examine_part, task.filter, record.master), parts()):
            stack.add(sheet)
            yield sheet, on_their_way.popleft()
            await tell(draw_id, DrawState.FREEZING, stack.rows, total)

    await keep_sheets(tx, draw_id, checked())
    if not stack.eligible:
        raise PoolEmpty
    # Only now is the row locked: whoever gave the attempt up meanwhile was not kept waiting, and is respected.
    draw = (await load_draw(tx, draw_id, to_change=True)).draw.frozen_as(stack.root)
    reasons = {reason.value: excluded[reason] for reason in ExcludedReason if excluded[reason]}
    await save_frozen(
        tx,
        draw,
        FrozenPool(
            stack.root,
            stack.rows,
            stack.pages,
            now,
            reasons,
            stack.eligible,
            by_county=stack.by_county,
            warned=await count_at_caps(source, task.filter, rules),
        ),
    )


async def _sheets(pieces: AsyncIterator[bytes], excluded: Counter[str]) -> AsyncIterator[bytes]:
    """The pool cut into sheets, with 0 for whoever may not be drawn; the reasons are counted on the way."""
    cutter = Cutter()
    async for piece in pieces:
        for sheet in cutter.feed(piece):
            yield _count_reasons(sheet, excluded)
    for sheet in cutter.rest():
        yield _count_reasons(sheet, excluded)


def _count_reasons(sheet: bytes, excluded: Counter[str]) -> bytes:
    for reason in ExcludedReason:
        end = f"\t{reason.value}\n".encode()
        if count := sheet.count(end):
            excluded[reason] += count
            sheet = sheet.replace(end, b"\t0\n")
    return sheet
