"""Hand the drawn list to the units that inspect, one visit a subject with all items (细则第三条、第七条第三项).

A short list is handed over in the request. A long one is handed over by a loop in batches, each in a transaction of its
own: a kill leaves a beginning of the list, and whoever comes next goes on where it ends.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.errors import SunlotError
from libs.common.http.auth import Actor
from services.draw.domain.commitment import DIRECT
from services.draw.domain.deal import Deal
from services.draw.domain.dispatch import Dispatch, dispatches
from services.draw.domain.draw import Draw, DrawState
from services.draw.domain.editions import edition_of
from services.draw.domain.lottery import Drawn
from services.draw.settings import DrawSettings
from services.draw.store.draws import claim, load_draw, newest_edition, note_problem, save_draw
from services.draw.store.plans import load_plan, load_task, save_task
from services.draw.store.progress import ask_for
from services.draw.store.reference import inspecting_units
from services.draw.store.sheets import rows_in_pool
from services.draw.store.visits import handed_over_of
from services.draw.usecases.hand_over import HandedOver, Matter, hand_over
from services.draw.usecases.open_certificate import OpenCertificate, case_places, open_certificate
from services.draw.usecases.spread import Tell, silently

BATCH = 500  # cases in one transaction, and the most that a click waits for

Writing = Callable[[], AbstractAsyncContextManager[Transaction]]  # opens another transaction, to write in


@dataclass(frozen=True, slots=True)
class OpenList:
    """A list on its way to the units: of which edition of the certificate, what is left of it, and how long it is."""

    edition: int
    matter: Matter
    left: tuple[Dispatch, ...]
    length: int


async def dispatch_list(
    tx: Transaction, settings: DrawSettings, draw_id: str, actor: Actor, now: datetime
) -> HandedOver | None:
    """Announce every subject of the draw; None: the list is long, and a loop does it. One that failed is tried again.

    Raises NothingDrawn, ResultNotLogged, TaskNotDrawn, CountyWithoutUnit.
    """
    record = await load_draw(tx, draw_id, to_change=True)
    actor.must_see(record.county)
    if record.draw.state is DrawState.DISPATCHING:
        await note_problem(tx, draw_id, None)
        return None
    draw = record.draw.dispatching()
    task = await load_task(tx, draw.task_id, to_change=True)
    if draw.replaces is None:
        task.task.dispatched()  # refused now, not by the loop
    if draw.drawn_number > BATCH:
        await save_draw(tx, draw)
        await ask_for(tx, draw_id, DrawState.DISPATCHING, actor.account_id, now)
        return None
    listed = await _open_list(tx, draw_id)
    handed = await hand_over(tx, listed.matter, listed.left, settings.merge_days, now)
    await _finish(tx, draw, now)
    return handed


async def dispatch_next(
    tx: Transaction, writing: Writing, settings: DrawSettings, clock: Callable[[], datetime], tell: Tell = silently
) -> str | None:
    """Hand over one long list for which that was asked and return its draw's id; None when none waits.

    `tx` only holds the claim. What can't be handed over ends in a problem that the draw's page shows.
    """
    record = await claim(tx, DrawState.DISPATCHING)
    if record is None:
        return None
    draw_id = record.draw.draw_id
    try:
        while not await _batches(tx, writing, settings, draw_id, clock, tell):
            pass
    except SunlotError as error:
        await note_problem(tx, draw_id, error.detail)
    return draw_id


async def _batches(
    tx: Transaction, writing: Writing, settings: DrawSettings, draw_id: str, clock: Callable[[], datetime], tell: Tell
) -> bool:
    """Hand over what is left of the list; False: the list was changed meanwhile and is to be read again."""
    listed = await _open_list(tx, draw_id)
    start = 0
    while True:
        await tell(draw_id, DrawState.DISPATCHING, listed.length - len(listed.left) + start, listed.length)
        batch = listed.left[start : start + BATCH]
        start += len(batch)
        async with writing() as one:
            # Locked, so that no void, reserve or other officer comes in between.
            draw = (await load_draw(one, draw_id, to_change=True)).draw
            if draw.state is not DrawState.DISPATCHING:
                return True  # somebody else has handed over the rest
            if await newest_edition(one, draw_id) != listed.edition:
                return False
            done = await handed_over_of(one, draw_id, [item.case_id for item in batch])
            rest = [item for item in batch if item.case_id not in done]
            await hand_over(one, listed.matter, rest, settings.merge_days, clock())
            if start == len(listed.left):
                await _finish(one, draw, clock())
                return True


async def _finish(tx: Transaction, draw: Draw, now: datetime) -> None:
    await save_draw(tx, draw.dispatched(), dispatched_at=now)
    if draw.replaces is None:  # a fresh draw belongs to a task whose list went out before
        await save_task(tx, (await load_task(tx, draw.task_id, to_change=True)).task.dispatched())


async def _open_list(tx: Transaction, draw_id: str) -> OpenList:
    """The cases as the newest certificate has them: it alone says who is drawn and who inspects."""
    record = await load_draw(tx, draw_id)
    draw = record.draw
    task = await load_task(tx, draw.task_id)
    plan = await load_plan(tx, task.task.plan_id)
    opened = await open_certificate(tx, record)
    counties = {
        uscc: row.county for uscc, row in (await rows_in_pool(tx, draw.pool_id, opened.standing.current)).items()
    }
    unit_of = {county: row["unit_id"] for county, row in (await inspecting_units(tx)).items()}
    places = await case_places(tx, opened)
    listed = await asyncio.to_thread(_cases, opened, counties, task.task.items, unit_of, places)
    done = await handed_over_of(tx, draw_id)
    direct = draw.commitment is not None and draw.commitment.officers.method == DIRECT
    left = tuple(one for one in listed if one.case_id not in done)
    return OpenList(edition_of(opened.document), Matter(task, plan, direct), left, len(listed))


def _cases(
    opened: OpenCertificate,
    county_of: dict[str, str],
    items: Sequence[str],
    unit_of: dict[str, str],
    places: dict[str, int],
) -> tuple[Dispatch, ...]:
    known = [opened.standing.known[uscc] for uscc in opened.standing.current]
    selected = [Drawn(one.ticket, one.id, one.stratum, county_of[one.id]) for one in known]
    teams = Deal(tuple(opened.standing.teams.items()), ())
    return dispatches(opened.record.draw.draw_id, selected, teams, items, unit_of, places)
