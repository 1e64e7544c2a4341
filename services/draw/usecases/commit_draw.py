"""Fix everything that decides a draw except its seed, and announce it to the public log (细则第五条).

Asked for by a person, done by a loop: before anything is fixed, trial draws show whether the officers suffice.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version

from libs.common.db.transaction import Transaction
from libs.common.errors import OutOfOrder, SunlotError
from libs.common.http.auth import Actor
from libs.common.reference import county_name
from services.draw.domain.ceremony import Schedule, schedule
from services.draw.domain.commitment import Commitment, OfficersSummary, PoolSummary
from services.draw.domain.draw import Draw, DrawState
from services.draw.domain.eligibility import ExcludedReason
from services.draw.domain.imagined import Counts, imagine, most_likely
from services.draw.domain.plan import Signature
from services.draw.domain.pool import PoolRow
from services.draw.domain.rehearsal import Rehearsal, gaps_beyond_doubt, recused_everywhere, rehearse
from services.draw.domain.roster import Roster
from services.draw.domain.rule import Quota
from services.draw.domain.seal import Sealing
from services.draw.events.published import DrawCommitted
from services.draw.settings import DrawSettings
from services.draw.store.direct import method_of
from services.draw.store.draws import (
    DrawRecord,
    FrozenPool,
    claim,
    load_draw,
    note_problem,
    save_draw,
    save_roster,
)
from services.draw.store.plans import PlanRecord, TaskRecord, load_plan, load_task
from services.draw.store.progress import ask_for, asked_by
from services.draw.store.sheets import rows_in_pool
from services.draw.usecases.list_officers import roster_for
from services.draw.usecases.note_roll import note_roll
from services.draw.usecases.spread import Tell, silently

TRIALS = 100  # throw-away draws before a commitment
SUBJECTS_TO_DEAL = 20_000  # in all trials together, seconds; above, what officers can do is reckoned, not tried
NAMED = 10


class OfficersWillNotSuffice(OutOfOrder):
    """A trial draw could not be staffed, so the real one might not be either."""


async def commit_draw(tx: Transaction, settings: DrawSettings, draw_id: str, actor: Actor, now: datetime) -> None:
    """Let a loop hold the trial draws and then commit. Raises PoolNotFrozen, SeedPlanTooWeak, ChoiceInvalid."""
    record = await load_draw(tx, draw_id, to_change=True)
    actor.must_see(record.county)
    draw = record.draw.rehearse()
    _planned(settings, record, now)  # what can't be committed for want of a source is refused here and now
    await save_draw(tx, draw)
    await note_problem(tx, draw_id, None)
    await ask_for(tx, draw_id, DrawState.COMMITTING, actor.account_id, now)


async def commit_next(
    tx: Transaction, settings: DrawSettings, clock: Callable[[], datetime], tell: Tell = silently
) -> str | None:
    """Rehearse and commit one draw for which that was asked, and return its id; None when none waits.

    A kill leaves the draw as it was. What is found missing is kept as a problem, and the draw is frozen as before.
    """
    record = await claim(tx, DrawState.COMMITTING)
    if record is None:
        return None
    draw_id = record.draw.draw_id
    try:
        async with tx.savepoint():
            await _commit(tx, settings, record, clock, tell)
    except SunlotError as error:
        draw = (await load_draw(tx, draw_id, to_change=True)).draw
        if draw.state is DrawState.COMMITTING:
            await save_draw(tx, draw.rehearsed_in_vain())
            await note_problem(tx, draw_id, error.detail)
    return draw_id


async def _commit(
    tx: Transaction, settings: DrawSettings, record: DrawRecord, clock: Callable[[], datetime], tell: Tell
) -> None:
    draw_id = record.draw.draw_id
    task = await load_task(tx, record.draw.task_id)
    plan = await load_plan(tx, task.task.plan_id)
    roster, recused = await roster_for(tx, settings, task, record.draw.pool_id, clock())
    strata = record.pool.strata(plan.quota)
    counts = await _counts(tx, record.draw, record.pool)
    await _rehearse(draw_id, counts, strata, roster, task.task.seats, recused, tell)
    method = (await method_of(tx, task.task.task_id)).method
    now = clock()  # trial draws may take a minute, which is not the parties' to lose
    commitment = _commitment(settings, record, task, plan, plan.quota, roster, method, now)
    reason = record.ceremony.choice.seal_reason
    by = await asked_by(tx, draw_id)
    # Locked only now: whoever gave the attempt up meanwhile was not kept waiting, and is respected.
    draw = (await load_draw(tx, draw_id, to_change=True)).draw
    draw = draw.commit(commitment, None if reason is None else Sealing(reason.strip(), Signature(by, now)))
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


async def _counts(tx: Transaction, draw: Draw, pool: FrozenPool) -> Counts:
    """Who may be drawn, by county and class; a fresh draw leaves out whoever was drawn before."""
    if draw.replaces is None:
        return pool.by_county
    counts = {county: Counter(classes) for county, classes in pool.by_county.items()}
    for row in (await rows_in_pool(tx, draw.pool_id, draw.replaces.without)).values():
        if row.eligible == "1":
            counts[row.county][row.credit_class] -= 1
    return counts


async def _rehearse(
    draw_id: str,
    counts: Counts,
    strata: Sequence[tuple[str, int, int]],
    roster: Roster,
    seats: int,
    recused: dict[str, PoolRow],
    tell: Tell,
) -> None:
    """Trial draws while they are few enough to deal, else a reckoning by county. Raises OfficersWillNotSuffice."""
    named = [row for row in recused.values() if any(subject == row.id for _, subject in roster.recusals)]
    if lacking := recused_everywhere(named, roster, seats):
        raise OfficersWillNotSuffice(_sentence("因回避派不足检查人员", [lack.sentence for lack in lacking]))
    drawn = sum(k for _, _, k in strata)
    trials = min(TRIALS, SUBJECTS_TO_DEAL // max(drawn, 1))
    if not trials:
        gaps = gaps_beyond_doubt(most_likely(counts, strata), roster, seats)
        if gaps:
            raise OfficersWillNotSuffice(_sentence("按各县区最多抽中户数测算派不足", [gap.sentence for gap in gaps]))
        return
    trial = partial(imagine, counts, strata, named)
    for number in range(trials):
        await tell(draw_id, DrawState.COMMITTING, number, trials)
        key = hashlib.sha256(f"rehearsal|{draw_id}|{number}".encode()).hexdigest()[:32]
        _must_pass(await asyncio.to_thread(rehearse, trial, counts, strata, roster, seats, [key]), number)


def _must_pass(rehearsal: Rehearsal, before: int) -> None:
    if rehearsal.passed:
        return
    # The subjects of a trial are imagined, so that each is told by its county; one sentence a county.
    by_county = {lack.county: lack.sentence.partition("：")[2] for lack in rehearsal.lacking}
    named = [f"{county_name(county)}：{what}" for county, what in sorted(by_county.items())]
    raise OfficersWillNotSuffice(_sentence(f"第 {before + 1} 次预演抽取派不足检查人员", named))


def _sentence(what: str, named: Sequence[str]) -> str:
    return f"{what}（细则第十条）：{'；'.join(named[:NAMED])}。请补充执法人员、提高承办上限或增加市级人员后再登记承诺。"


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
    planned = _planned(settings, record, now)
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
        strata=pool.strata(quota),
        officers=OfficersSummary(roster.root, len(roster.officers), roster.recusals_root, task.task.seats, method),
        sources=planned.sources,
        reveal_deadline=planned.reveal_deadline,
        result_deadline=planned.result_deadline,
        code_version=version("sunlot-draw"),
        profile=record.profile,
        supersedes=draw.supersedes,
        replaces=draw.replaces,
        cells=task.task.cells,
    )


def _planned(settings: DrawSettings, record: DrawRecord, now: datetime) -> Schedule:
    return schedule(
        record.ceremony.choice,
        tuple(promise.party for promise in record.draw.promises),
        settings.chain,
        now,
        timedelta(hours=settings.reveal_hours),
        timedelta(hours=settings.result_hours),
    )
