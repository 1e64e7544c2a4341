"""Freeze the pool of a task: who may be drawn, and who may not for which reason (细则第七条第二项、第八条)."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.draw.domain.commitment import PoolEmpty, Profile
from services.draw.domain.draw import first_attempt, next_attempt
from services.draw.domain.eligibility import ExcludedReason
from services.draw.domain.pool import MASTER_BYTES, Freezing, PoolRow
from services.draw.domain.task import TaskNotOpen, TaskState
from services.draw.settings import DrawSettings
from services.draw.store.draws import DrawRecord, FrozenPool, add_draw, last_attempt
from services.draw.store.eligibility import excluded_reason
from services.draw.store.plans import load_plan, load_task
from services.draw.store.reference import Row, subjects_matching


async def freeze_pool(
    tx: Transaction, settings: DrawSettings, task_id: str, reason: str, actor: Actor, now: datetime
) -> str:
    """Freeze and return the draw id; a later attempt needs the reason why the earlier one was given up.

    Raises TaskNotOpen, EarlierAttemptStands, AbortNeedsReason, PoolRowInvalid, PoolEmpty.
    """
    record = await load_task(tx, task_id, to_change=True)
    actor.must_see(record.county)
    if record.task.state is not TaskState.OPEN:
        raise TaskNotOpen(f"任务 {task_id}{record.task.state.label}，不能再冻结名录（细则第七条第二项）。")
    plan = await load_plan(tx, record.task.plan_id)
    rules = settings.rules(china_date(now), record.task.items, triggered=bool(plan.plan.triggers), spare_a=plan.spare_a)
    master = secrets.token_bytes(MASTER_BYTES) if settings.draw_profile is Profile.MASKED else None
    freezing = Freezing(record.task.filter, master)
    found = await subjects_matching(tx, record.task.filter, excluded_reason(rules))
    # Seconds for a whole city: beside the loop, so that nobody else waits for it.
    pages, excluded = await asyncio.to_thread(_freeze, freezing, found)
    if not freezing.eligible:
        raise PoolEmpty
    earlier = await last_attempt(tx, task_id)
    draw = (
        next_attempt(earlier, freezing.root, reason, actor.account_id, now)
        if earlier
        else first_attempt(task_id, freezing.root, actor.account_id, now)
    )
    pool = FrozenPool(freezing.root, freezing.rows, len(pages), now, excluded, dict(freezing.eligible))
    frozen = DrawRecord(
        draw, record.county, settings.draw_profile, master, pool, None, None, None, None, record.correlation_id
    )
    await add_draw(tx, frozen, pages)
    return draw.draw_id


def _freeze(freezing: Freezing, found: Sequence[Row]) -> tuple[list[bytes], dict[str, int]]:
    rows, excluded = _decide(found)
    return list(freezing.pages(rows)), excluded


def _decide(found: Sequence[Row]) -> tuple[list[PoolRow], dict[str, int]]:
    """Every subject becomes a row; why some may not be drawn is counted."""
    rows: list[PoolRow] = []
    excluded: Counter[ExcludedReason] = Counter()
    for subject in found:
        reason = subject["reason"]
        if reason:
            excluded[ExcludedReason(reason)] += 1
        rows.append(
            PoolRow(
                subject["uscc"],
                subject["county"],
                subject["industry"],
                subject["scale"],
                subject["enterprise_type"],
                subject["credit_class"],
                "0" if reason else "1",
            )
        )
    return rows, {reason.value: excluded[reason] for reason in ExcludedReason if excluded[reason]}
