"""Hand the drawn list to the units that inspect, one visit a subject with all items (细则第三条、第七条第三项)."""

import json
from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.draw.domain.commitment import DIRECT
from services.draw.domain.deal import Deal
from services.draw.domain.dispatch import Dispatch, dispatches
from services.draw.domain.fast_lottery import counties_of
from services.draw.domain.lottery import Drawn
from services.draw.settings import DrawSettings
from services.draw.store.draws import certificate_bytes, load_draw, open_pages, save_draw
from services.draw.store.plans import TaskRecord, load_plan, load_task, save_task
from services.draw.store.reference import inspecting_units
from services.draw.usecases.hand_over import HandedOver, Matter, hand_over


async def dispatch_list(
    tx: Transaction, settings: DrawSettings, draw_id: str, actor: Actor, now: datetime
) -> HandedOver:
    """Announce every subject of the draw. Raises NothingDrawn, CountyWithoutUnit."""
    record = await load_draw(tx, draw_id, to_change=True)
    actor.must_see(record.county)
    draw = record.draw.dispatched()
    task = await load_task(tx, draw.task_id, to_change=True)
    plan = await load_plan(tx, task.task.plan_id)
    handed = await _dispatches(tx, draw_id, task)
    await save_draw(tx, draw, dispatched_at=now)
    await save_task(tx, task.task.dispatched())
    direct = draw.commitment is not None and draw.commitment.officers.method == DIRECT
    return await hand_over(tx, Matter(task, plan, direct), handed, settings.merge_days, now)


async def _dispatches(tx: Transaction, draw_id: str, task: TaskRecord) -> tuple[Dispatch, ...]:
    """The cases as the certificate has them: it, and nothing else, says who was drawn and who inspects."""
    certificate = json.loads(await certificate_bytes(tx, draw_id))
    county_of = counties_of(await open_pages(tx, draw_id), [row[0] for row in certificate["selected"]])
    selected = [Drawn(ticket, uscc, stratum, county_of[uscc]) for uscc, stratum, ticket in certificate["selected"]]
    teams = Deal(tuple((uscc, tuple(team)) for uscc, team in certificate["assignments"]), ())
    unit_of = {county: row["unit_id"] for county, row in (await inspecting_units(tx)).items()}
    return dispatches(draw_id, selected, teams, task.task.items, unit_of)
