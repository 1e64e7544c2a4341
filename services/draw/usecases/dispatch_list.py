"""Hand the drawn list to the units that inspect, one visit a subject with all items (细则第三条、第七条第三项)."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.draw.domain.commitment import DIRECT
from services.draw.domain.deal import Deal
from services.draw.domain.dispatch import Dispatch, dispatches
from services.draw.domain.lottery import Drawn
from services.draw.settings import DrawSettings
from services.draw.store.draws import DrawRecord, load_draw, save_draw
from services.draw.store.plans import TaskRecord, load_plan, load_task, save_task
from services.draw.store.reference import inspecting_units
from services.draw.store.sheets import rows_in_pool
from services.draw.usecases.hand_over import HandedOver, Matter, hand_over
from services.draw.usecases.open_certificate import case_places, open_certificate


async def dispatch_list(
    tx: Transaction, settings: DrawSettings, draw_id: str, actor: Actor, now: datetime
) -> HandedOver:
    """Announce every subject of the draw. Raises NothingDrawn, CountyWithoutUnit."""
    record = await load_draw(tx, draw_id, to_change=True)
    actor.must_see(record.county)
    draw = record.draw.dispatched()
    task = await load_task(tx, draw.task_id, to_change=True)
    plan = await load_plan(tx, task.task.plan_id)
    handed = await _dispatches(tx, record, task)
    await save_draw(tx, draw, dispatched_at=now)
    if draw.replaces is None:  # a fresh draw belongs to a task whose list went out before
        await save_task(tx, task.task.dispatched())
    direct = draw.commitment is not None and draw.commitment.officers.method == DIRECT
    return await hand_over(tx, Matter(task, plan, direct), handed, settings.merge_days, now)


async def _dispatches(tx: Transaction, record: DrawRecord, task: TaskRecord) -> tuple[Dispatch, ...]:
    """The cases as the newest certificate has them: it alone says who is drawn and who inspects."""
    opened = await open_certificate(tx, record)
    current = opened.standing.current
    rows = await rows_in_pool(tx, record.draw.pool_id, current)
    known = [opened.standing.known[uscc] for uscc in current]
    selected = [Drawn(one.ticket, one.id, one.stratum, rows[one.id].county) for one in known]
    teams = Deal(tuple(opened.standing.teams.items()), ())
    unit_of = {county: row["unit_id"] for county, row in (await inspecting_units(tx)).items()}
    places = await case_places(tx, opened)
    return dispatches(record.draw.draw_id, selected, teams, task.task.items, unit_of, places)
