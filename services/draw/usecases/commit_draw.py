"""Fix everything that decides a draw except its seed, and announce it to the public log (细则第五条)."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from libs.common.clock import CHINA
from libs.common.db.transaction import Transaction
from libs.common.errors import OutOfOrder
from libs.common.http.auth import Actor
from services.draw.domain.commitment import Commitment, OfficersSummary, PoolSummary
from services.draw.domain.eligibility import ExcludedReason
from services.draw.domain.fast_lottery import counties_of, eligible_by_county, select_pages
from services.draw.domain.pool import PAGE_ROWS
from services.draw.domain.rehearsal import Rehearsal, rehearse
from services.draw.domain.roster import Officer, OpenPool, RaiseCap, Roster, relative_loads
from services.draw.domain.rule import Quota
from services.draw.domain.seed import SeedSources
from services.draw.events.published import DrawCommitted
from services.draw.settings import DrawSettings
from services.draw.store.cases import assignments_since
from services.draw.store.direct import method_of
from services.draw.store.draws import DrawRecord, load_draw, open_pages, save_draw, save_roster
from services.draw.store.plans import PlanRecord, TaskRecord, load_plan, load_task
from services.draw.store.reference import drawable_officers, items_by_code
from services.draw.usecases.note_roll import note_roll

TRIALS = 100  # throw-away draws before a commitment
ROWS_TO_REHEARSE = 2_000_000  # in all trials together, a few seconds
CITY_POOL = "410300"  # 市级人员: may be sent everywhere when a county runs out of officers


class OfficersWillNotSuffice(OutOfOrder):
    """A trial draw could not be staffed, so the real one might not be either."""


async def commit_draw(tx: Transaction, settings: DrawSettings, draw_id: str, actor: Actor, now: datetime) -> Commitment:
    """Stress the officers, build the commitment, keep it and announce it. Raises OfficersWillNotSuffice and others."""
    record = await load_draw(tx, draw_id, to_change=True)
    actor.must_see(record.county)
    task = await load_task(tx, record.draw.task_id)
    plan = await load_plan(tx, task.task.plan_id)
    pages = await open_pages(tx, draw_id)
    roster = await _roster(tx, settings, task, pages, now)
    quota = plan.quota
    strata = quota.strata(record.pool.eligible)
    rehearsal = await asyncio.to_thread(_rehearse, pages, strata, roster, task.task.seats, draw_id)
    _must_pass(rehearsal)
    method = (await method_of(tx, task.task.task_id)).method
    commitment = _commitment(settings, record, task, plan, quota, roster, method, now)
    draw = record.draw.commit(commitment)
    await save_draw(tx, draw, committed_at=now)
    await save_roster(tx, draw_id, roster.bytes)
    await note_roll(tx, draw_id, task, roster, now)
    tx.emit(
        DrawCommitted(
            draw_id=draw_id,
            task_id=draw.task_id,
            commit=commitment.bytes.decode(),
            commit_sha256=commitment.sha256,
        ),
        aggregate=f"draw/{draw_id}",
        county=record.county,
    )
    return commitment


def _commitment(
    settings: DrawSettings,
    record: DrawRecord,
    task: TaskRecord,
    plan: PlanRecord,
    quota: Quota,
    roster: Roster,
    method: str,
    now: datetime,
) -> Commitment:
    draw, pool = record.draw, record.pool
    # Whole seconds: the commitment's times are written so, and what is read back must be the same.
    start = now.astimezone(UTC).replace(microsecond=0)
    return Commitment(
        draw_id=draw.draw_id,
        task=draw.task_id,
        attempt=draw.attempt,
        authority=settings.authority,
        policy=plan.policy,
        pool=PoolSummary(
            pool.root,
            pool.rows,
            pool.pages,
            pool.as_of.replace(microsecond=0),
            tuple((reason.value, pool.excluded.get(reason, 0)) for reason in sorted(ExcludedReason)),
        ),
        filter=task.task.filter,
        quota=quota,
        strata=quota.strata(pool.eligible),
        officers=OfficersSummary(roster.root, len(roster.officers), roster.recusals_root, task.task.seats, method),
        sources=SeedSources(tuple(promise.party for promise in draw.promises), dice=True),
        reveal_deadline=start + timedelta(hours=settings.reveal_hours),
        result_deadline=start + timedelta(hours=settings.result_hours),
        code_version=version("sunlot-draw"),
        profile=record.profile,
        supersedes=draw.supersedes,
        cells=task.task.cells,
    )


async def _roster(
    tx: Transaction, settings: DrawSettings, task: TaskRecord, pages: Sequence[bytes], now: datetime
) -> Roster:
    """Officers who can inspect until the task's deadline, with their load of this year (细则第五条、第十条)."""
    category_of = {row["code"]: row["category"] for row in await items_by_code(tx, task.task.items)}
    found = await drawable_officers(tx, task.task.deadline)
    year = datetime(now.astimezone(CHINA).year, 1, 1, tzinfo=CHINA)
    given = await assignments_since(tx, year)
    loads = relative_loads({row["officer_id"]: given.get(row["officer_id"], 0) for row in found})
    recused = {uscc for row in found for uscc in row["recusals"]}
    in_pool = await asyncio.to_thread(counties_of, pages, recused)
    officers = tuple(
        Officer(
            number=row["officer_id"],
            county=row["county"],
            items=tuple(
                code
                for code in task.task.items
                if not row["items_allowed"] or category_of.get(code) in row["items_allowed"]
            ),
            cap=settings.officer_cap,
            load0=loads[row["officer_id"]],
        )
        for row in found
    )
    # A recusal outside the pool decides nothing, and would tell the public about officers for no reason.
    recusals = frozenset((row["officer_id"], uscc) for row in found for uscc in row["recusals"] if uscc in in_pool)
    return Roster(officers, task.task.items, recusals, (RaiseCap(settings.officer_cap), OpenPool(CITY_POOL)))


def _rehearse(
    pages: Sequence[bytes], strata: Sequence[tuple[str, int, int]], roster: Roster, seats: int, draw_id: str
) -> Rehearsal:
    """Fewer trials of a large pool: what happens in one county there is an average over many draws already."""
    trials = max(1, min(TRIALS, ROWS_TO_REHEARSE // (len(pages) * PAGE_ROWS)))
    keys = [hashlib.sha256(f"rehearsal|{draw_id}|{n}".encode()).hexdigest()[:32] for n in range(trials)]
    return rehearse(
        lambda key: select_pages(pages, strata, key), eligible_by_county(pages), strata, roster, seats, keys
    )


def _must_pass(rehearsal: Rehearsal) -> None:
    if rehearsal.passed:
        return
    named = "；".join(lack.sentence for lack in rehearsal.lacking[:10])
    raise OfficersWillNotSuffice(
        f"预演 {rehearsal.trials} 次抽取，有 {rehearsal.failed} 次派不足检查人员（细则第十条）：{named}。"
        "请补充执法人员、提高承办上限或增加市级人员后再登记承诺。"
    )
