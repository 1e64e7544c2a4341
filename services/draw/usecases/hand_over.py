"""Hand drawn subjects to the units that inspect: into a case of another task where one visit can do, else their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from services.draw.domain.dispatch import Dispatch, inspections_in
from services.draw.domain.visits import OpenVisit, Standing, joinable
from services.draw.events.published import CaseDispatched, CaseExtended, CaseOfficer, CaseSubject
from services.draw.store.amendments import granted_recusals
from services.draw.store.cases import add_cases
from services.draw.store.plans import PlanRecord, TaskRecord
from services.draw.store.reference import Row, inspecting_units, items_by_code, officers_by_id, subjects_by_code
from services.draw.store.visits import add_joined, open_visits, wait_for_other_lists


@dataclass(frozen=True, slots=True)
class Matter:
    """What all cases of one draw have in common; `direct`: the officers were chosen, not drawn (直接选派)."""

    task: TaskRecord
    plan: PlanRecord
    direct: bool


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How many subjects got a case of their own, and how many are inspected in another task's case."""

    own: int
    joined: int


async def hand_over(
    tx: Transaction, matter: Matter, handed: Sequence[Dispatch], merge_days: int, now: datetime
) -> HandedOver:
    """Announce every subject once: as a case, or as an extension of one that is younger than `merge_days` days."""
    visits: dict[str, OpenVisit] = {}
    # Whom somebody chose with a reason, and somebody else approved, is not exchanged for another task's officers.
    if merge_days and not matter.direct:
        visits = await _visits_to_join(tx, matter.task, handed, now - timedelta(days=merge_days))
    await join_visits(tx, matter, [one for one in handed if one.case_id in visits], visits, now)
    own = [one for one in handed if one.case_id not in visits]
    await open_cases(tx, matter, own, now)
    return HandedOver(len(own), len(visits))


async def _visits_to_join(
    tx: Transaction, task: TaskRecord, handed: Sequence[Dispatch], since: datetime
) -> dict[str, OpenVisit]:
    """By the case that would otherwise be opened, the visit that takes its items too (细则第三条)."""
    for county in sorted({one.county for one in handed}):
        await wait_for_other_lists(tx, county)
    found = await open_visits(tx, [one.subject_id for one in handed], task.task.task_id, since)
    known = [visit for visits in found.values() for visit in visits]
    officers = await officers_by_id(tx, {number for visit in known for number in visit.officers})
    aside = await granted_recusals(tx, sealed_too=True)
    standing = {
        number: Standing(
            frozenset(row["items_allowed"]),
            row["on_duty"],
            row["certificate_valid_to"],
            frozenset(row["recusals"]) | {uscc for officer, uscc in aside if officer == number},
        )
        for number, row in officers.items()
        if row["staff_kind"] == "执法人员"
    }
    codes = {code for visit in known for code in visit.items} | set(task.task.items)
    category_of = {row["code"]: row["category"] for row in await items_by_code(tx, sorted(codes))}
    joined = {}
    for one in handed:
        visit = joinable(one, task.task.deadline, found.get(one.subject_id, ()), standing, category_of)
        if visit:
            joined[one.case_id] = visit
    return joined


async def join_visits(
    tx: Transaction, matter: Matter, joining: Sequence[Dispatch], visits: Mapping[str, OpenVisit], now: datetime
) -> None:
    """Keep and announce what joins; its own team and case number stay for the day when it has to part."""
    rows = [
        {
            "case_id": visits[one.case_id].case_id,
            "draw_id": one.draw_id,
            "task_id": matter.task.task.task_id,
            "uscc": one.subject_id,
            "county": one.county,
            "own_case_id": one.case_id,
            "officers": list(one.officers),
            "joined_at": now,
        }
        for one in joining
    ]
    await add_joined(tx, rows)
    for one in joining:
        event = _extension(one, visits[one.case_id].case_id, matter, now)
        tx.emit(event, aggregate=f"case/{event.case_id}", county=one.county)


async def open_cases(tx: Transaction, matter: Matter, handed: Sequence[Dispatch], now: datetime) -> None:
    """Keep and announce a case for each."""
    if not handed:
        return
    units = {row["unit_id"]: row for row in (await inspecting_units(tx)).values()}
    subjects = await subjects_by_code(tx, [one.subject_id for one in handed])
    officers = await officers_by_id(tx, {number for one in handed for number in one.officers})
    await add_cases(
        tx,
        [
            {
                "case_id": one.case_id,
                "draw_id": one.draw_id,
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
    for one in handed:
        event = _dispatch(one, matter, subjects[one.subject_id], units[one.unit_id], officers, now)
        tx.emit(event, aggregate=f"case/{one.case_id}", county=one.county)


def _extension(one: Dispatch, case_id: str, matter: Matter, now: datetime) -> CaseExtended:
    task, plan = matter.task.task, matter.plan
    return CaseExtended(
        case_id=case_id,
        draw_id=one.draw_id,
        task_id=task.task_id,
        task_name=task.title,
        plan_id=plan.plan.plan_id,
        plan_name=plan.plan.title,
        directed=task.directed,
        county=one.county,
        uscc=one.subject_id,
        item_codes=list(one.items),
        sections=list(task.sections),
        participants=list(task.participants),
        trigger_ids=list(plan.plan.triggers),
        source=plan.source,
        urgent=matter.task.urgent,
        finish_by=task.deadline,
        extended_at=now,
    )


def _dispatch(
    one: Dispatch, matter: Matter, subject: Row, unit: Row, officers: Mapping[str, Row], now: datetime
) -> CaseDispatched:
    task, plan = matter.task.task, matter.plan
    this_year = inspections_in(china_date(now).year, subject["inspections_this_year"], subject["last_inspected_on"])
    told = {name: subject[name] for name in CaseSubject.model_fields} | {"inspections_this_year": this_year}
    return CaseDispatched(
        case_id=one.case_id,
        draw_id=one.draw_id,
        task_id=task.task_id,
        task_name=task.title,
        plan_id=plan.plan.plan_id,
        plan_name=plan.plan.title,
        directed=task.directed,
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
        assignment="direct" if matter.direct else "random",
        item_codes=list(one.items),
        trigger_ids=list(plan.plan.triggers),
        source=plan.source,
        urgent=matter.task.urgent,
        finish_by=task.deadline,
        dispatched_at=now,
        sections=list(task.sections),
        participants=list(task.participants),
    )
