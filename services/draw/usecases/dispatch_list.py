"""Hand the drawn list to the units that inspect, one case a subject with all items (细则第三条、第七条第三项)."""

import json
from collections.abc import Mapping
from datetime import datetime

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.draw.domain.commitment import DIRECT
from services.draw.domain.deal import Deal
from services.draw.domain.dispatch import Dispatch, dispatches, inspections_in
from services.draw.domain.fast_lottery import counties_of
from services.draw.domain.lottery import Drawn
from services.draw.events.published import CaseDispatched, CaseOfficer, CaseSubject
from services.draw.store.cases import add_cases
from services.draw.store.draws import certificate_bytes, load_draw, open_pages, save_draw
from services.draw.store.plans import PlanRecord, TaskRecord, load_plan, load_task, save_task
from services.draw.store.reference import Row, inspecting_units, officers_by_id, subjects_by_code


async def dispatch_list(tx: Transaction, draw_id: str, actor: Actor, now: datetime) -> int:
    """Announce every case and return how many. Raises NothingDrawn, CountyWithoutUnit."""
    record = await load_draw(tx, draw_id, to_change=True)
    actor.must_see(record.county)
    draw = record.draw.dispatched()
    task = await load_task(tx, draw.task_id, to_change=True)
    plan = await load_plan(tx, task.task.plan_id)
    handed = await _dispatches(tx, draw_id, task)
    units = {row["unit_id"]: row for row in (await inspecting_units(tx)).values()}
    subjects = await subjects_by_code(tx, [one.subject_id for one in handed])
    officers = await officers_by_id(tx, {number for one in handed for number in one.officers})
    await save_draw(tx, draw, dispatched_at=now)
    await save_task(tx, task.task.dispatched())
    await add_cases(
        tx,
        [
            {
                "case_id": one.case_id,
                "draw_id": draw_id,
                "uscc": one.subject_id,
                "name": subjects[one.subject_id]["name"],
                "county": one.county,
                "unit_id": one.unit_id,
                "officers": list(one.officers),
                "dispatched_at": now,
            }
            for one in handed
        ],
    )
    direct = draw.commitment is not None and draw.commitment.officers.method == DIRECT
    for one in handed:
        event = _event(one, task, plan, subjects[one.subject_id], units[one.unit_id], officers, now, direct=direct)
        tx.emit(event, aggregate=f"case/{one.case_id}", county=one.county)
    return len(handed)


async def _dispatches(tx: Transaction, draw_id: str, task: TaskRecord) -> tuple[Dispatch, ...]:
    """The cases as the certificate has them: it, and nothing else, says who was drawn and who inspects."""
    certificate = json.loads(await certificate_bytes(tx, draw_id))
    county_of = counties_of(await open_pages(tx, draw_id), [row[0] for row in certificate["selected"]])
    selected = [Drawn(ticket, uscc, stratum, county_of[uscc]) for uscc, stratum, ticket in certificate["selected"]]
    teams = Deal(tuple((uscc, tuple(team)) for uscc, team in certificate["assignments"]), ())
    unit_of = {county: row["unit_id"] for county, row in (await inspecting_units(tx)).items()}
    return dispatches(draw_id, selected, teams, task.task.items, unit_of)


def _event(
    one: Dispatch,
    task: TaskRecord,
    plan: PlanRecord,
    subject: Row,
    unit: Row,
    officers: Mapping[str, Row],
    now: datetime,
    *,
    direct: bool,
) -> CaseDispatched:
    this_year = inspections_in(china_date(now).year, subject["inspections_this_year"], subject["last_inspected_on"])
    told = {name: subject[name] for name in CaseSubject.model_fields} | {"inspections_this_year": this_year}
    return CaseDispatched(
        case_id=one.case_id,
        draw_id=one.draw_id,
        task_id=task.task.task_id,
        task_name=task.task.title,
        plan_id=plan.plan.plan_id,
        plan_name=plan.plan.title,
        directed=task.task.directed,
        county=one.county,
        unit_id=one.unit_id,
        unit_name=unit["name"],
        subject=CaseSubject(**told),
        officers=[
            CaseOfficer(
                officer_id=number,
                name=officers[number]["name"],
                certificate_number=officers[number]["certificate_number"],
            )
            for number in one.officers
        ],
        assignment="direct" if direct else "random",
        item_codes=list(one.items),
        trigger_ids=list(plan.plan.triggers),
        source=plan.source,
        urgent=task.urgent,
        finish_by=task.task.deadline,
        dispatched_at=now,
    )
