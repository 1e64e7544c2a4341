"""Plan, task and dispatch: approved by another person, directed only by what the notice names, two officers each."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.draw.domain.deal import Deal, OfficersInsufficient
from services.draw.domain.dispatch import CountyWithoutUnit, dispatches, inspections_in
from services.draw.domain.lottery import Drawn
from services.draw.domain.plan import (
    Plan,
    PlanInvalid,
    PlanNeedsAnotherApprover,
    PlanNotApproved,
    PlanNotProposed,
    PlanState,
    RejectionNeedsReason,
    Signature,
    plan_id,
)
from services.draw.domain.rule import In
from services.draw.domain.task import (
    PlanNotPublished,
    Task,
    TaskInvalid,
    TaskNotDrawn,
    TaskNotOpen,
    TaskState,
    open_task,
    task_id,
)
from tests.draw.domain.samples import AS_OF, TASK

PLAN = Plan("41030020261001", "根治欠薪专项抽查", "监察科", ("t1",), Signature("zhang", AS_OF))
TASK_ONE = Task(
    TASK,
    PLAN.plan_id,
    "建筑业工资支付",
    ("HR01",),
    directed=True,
    filter=(In("county", ("410311",)),),
    sections=("监察科",),
    deadline=date(2026, 12, 31),
)


def test_the_ids_have_the_national_shapes() -> None:
    assert plan_id("410300", 2026, 1001) == "41030020261001"
    assert task_id("410300", date(2026, 11, 22), 1) == TASK
    for sequence in (0, 10000):
        with pytest.raises(PlanInvalid):
            plan_id("410300", 2026, sequence)
        with pytest.raises(TaskInvalid):
            task_id("410300", date(2026, 11, 22), sequence)


@pytest.mark.article(7)
def test_who_proposes_a_plan_does_not_approve_it() -> None:
    with pytest.raises(PlanNeedsAnotherApprover, match="另一人"):
        PLAN.approve("zhang", AS_OF)
    with pytest.raises(PlanNeedsAnotherApprover):
        PLAN.reject("zhang", AS_OF, "重复")
    assert PLAN.approve("li", AS_OF).decided == Signature("li", AS_OF)


@pytest.mark.article(7)
def test_a_plan_goes_from_proposed_over_approved_to_published() -> None:
    with pytest.raises(PlanNotApproved, match="待审批"):
        PLAN.publish("li", AS_OF)
    approved = PLAN.approve("li", AS_OF)
    with pytest.raises(PlanNotProposed):
        approved.approve("wang", AS_OF)
    published = approved.publish("li", AS_OF, "洛人社监察〔2026〕1号")
    assert published.state is PlanState.PUBLISHED
    with pytest.raises(PlanNotApproved):
        published.publish("li", AS_OF)
    with pytest.raises(RejectionNeedsReason):
        PLAN.reject("li", AS_OF, " ")
    assert PLAN.reject("li", AS_OF, "重复").state is PlanState.REJECTED


@pytest.mark.parametrize("change", [{"plan_id": "1"}, {"title": " "}, {"lead_section": ""}])
def test_a_plan_that_lacks_something_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(PlanInvalid):
        replace(PLAN, **change)


@pytest.mark.article(7)
def test_a_task_needs_a_published_plan() -> None:
    with pytest.raises(PlanNotPublished, match="待审批"):
        open_task(PLAN, TASK_ONE)
    published = PLAN.approve("li", AS_OF).publish("li", AS_OF)
    assert open_task(published, TASK_ONE).state is TaskState.OPEN
    with pytest.raises(TaskInvalid):
        open_task(replace(published, plan_id="41030020261002"), TASK_ONE)


@pytest.mark.article(8)
def test_a_directed_task_has_conditions_and_an_undirected_one_has_none() -> None:
    with pytest.raises(TaskInvalid, match="细则第八条"):
        replace(TASK_ONE, filter=())
    with pytest.raises(TaskInvalid, match="细则第八条"):
        replace(TASK_ONE, directed=False)
    assert not replace(TASK_ONE, directed=False, filter=()).directed


@pytest.mark.article(10)
def test_a_task_with_one_officer_a_subject_is_refused() -> None:
    with pytest.raises(TaskInvalid, match="不得少于 2 人"):
        replace(TASK_ONE, seats=1)


@pytest.mark.parametrize("change", [{"task_id": "1"}, {"title": ""}, {"items": ()}, {"items": ("HR01", "HR01")}])
def test_a_task_that_lacks_something_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(TaskInvalid):
        replace(TASK_ONE, **change)


@pytest.mark.article(7)
def test_a_task_is_drawn_and_dispatched_once() -> None:
    with pytest.raises(TaskNotDrawn, match="待抽取"):
        TASK_ONE.dispatched()
    with pytest.raises(TaskInvalid):
        TASK_ONE.drawn("410300202611220002-1")
    drawn = TASK_ONE.drawn(f"{TASK}-1")
    with pytest.raises(TaskNotOpen):
        drawn.drawn(f"{TASK}-2")
    with pytest.raises(TaskNotOpen):
        drawn.cancel("重复")
    assert drawn.dispatched().state is TaskState.DISPATCHED
    with pytest.raises(TaskInvalid):
        TASK_ONE.cancel("")
    assert TASK_ONE.cancel("重复").cancelled_because == "重复"


SUBJECTS = (Drawn("02", "B" * 18, "B", "410302"), Drawn("01", "A" * 18, "A", "410311"))
TEAMS = Deal((("A" * 18, ("o1", "o2")), ("B" * 18, ("o3", "o1"))), ())
UNITS = {"410302": "u-laocheng", "410311": "u-luolong"}


@pytest.mark.article(3, 7)
def test_each_drawn_subject_becomes_one_case_with_all_items_for_its_countys_unit() -> None:
    first, second = dispatches(f"{TASK}-1", SUBJECTS, TEAMS, ("HR02", "HR01"), UNITS)
    assert (first.case_id, first.subject_id, first.unit_id) == (f"{TASK}-0001", "A" * 18, "u-luolong")
    assert (second.case_id, second.officers) == (f"{TASK}-0002", ("o3", "o1"))
    assert first.items == ("HR01", "HR02")


@pytest.mark.article(10)
def test_a_list_without_a_unit_or_with_one_officer_is_not_dispatched() -> None:
    with pytest.raises(CountyWithoutUnit, match="老城区"):
        dispatches(f"{TASK}-1", SUBJECTS, TEAMS, ("HR01",), {"410311": "u-luolong"})
    single = Deal((("A" * 18, ("o1", "o1")), ("B" * 18, ("o3", "o1"))), ())
    with pytest.raises(OfficersInsufficient, match="A" * 18):
        dispatches(f"{TASK}-1", SUBJECTS, single, ("HR01",), UNITS)


def test_inspections_of_last_year_are_not_those_of_this_year() -> None:
    assert inspections_in(2026, 2, date(2026, 12, 31)) == 2
    assert inspections_in(2027, 2, date(2026, 12, 31)) == 0
    assert inspections_in(2027, 0, None) == 0
