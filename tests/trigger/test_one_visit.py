"""A complaint is answered also when its firm is inspected in another task's visit, or not inspected after all."""

from datetime import date
from typing import Any

import pytest

from libs.common import clock
from libs.common.testing.doors import House
from services.draw.events.published import CaseExtended, CaseWithdrawn, SubjectsDrawn
from services.inspection.events.published import FurtherTask
from services.trigger.domain.answer import WITHDRAWN, CaseFact, DrawFact, progress
from tests.trigger.knocking import LUOLONG, subject
from tests.trigger.test_answers import World, completed, dispatched, fire, published, world

__all__ = ["world"]  # the fixture


def extended(case: str, number: int, trigger: str) -> CaseExtended:
    return CaseExtended(
        case_id=case, draw_id="t-1", task_id="t", task_name="某任务", plan_id="p", plan_name="某计划", directed=True,
        county=LUOLONG, uscc=subject(number).uscc, item_codes=["HRSS-001"], sections=[], participants=[],
        trigger_ids=[trigger], source="投诉举报", urgent=False, finish_by=date(2026, 12, 1), extended_at=clock.now(),
    )  # fmt: skip


async def _drawn(house: House, trigger: str, drawn: int) -> None:
    event = SubjectsDrawn(
        draw_id="t-1", task_id="t", plan_id="p", trigger_ids=[trigger], pool_rows=90, drawn=drawn,
        result_sha256="0" * 64, certificate_sha256="0" * 64,
    )  # fmt: skip
    await house.hear(event, aggregate="draw/t-1")


def _result_of_both(number: int, trigger: str) -> Any:
    """The common visit of another task (draw x-1, nobody's trigger) and of ours."""
    ours = FurtherTask(
        draw_id="t-1", task_id="t", task_name="某任务", plan_id="p", plan_name="某计划", directed=True,
        trigger_ids=[trigger], item_codes=["HRSS-001"],
    )  # fmt: skip
    return completed("x-0001", number, trigger, "1").model_copy(
        update={"draw_id": "x-1", "trigger_ids": [], "further_tasks": [ours]}
    )


@pytest.mark.article(3)
async def test_a_visit_of_another_task_answers_the_complaint_too(world: World) -> None:
    trigger = await fire(world)
    await world.house.hear(extended("x-0001", 0, trigger), aggregate="case/x-0001")
    await _drawn(world.house, trigger, 1)
    await world.house.hear(_result_of_both(0, trigger), aggregate="icase/x-0001")
    await world.house.hear(published("x-0001", 0, trigger), aggregate="publication/1")
    await world.push_all()
    for number in range(3):
        assert world.told(f"A-{number:03d}") == ["accepted", "matched", "dispatched", "outcome", "published"]


@pytest.mark.parametrize("own_case_first", [True, False])
async def test_what_could_not_join_counts_once(world: World, own_case_first: bool) -> None:
    trigger = await fire(world)
    await _drawn(world.house, trigger, 1)
    own = (dispatched("t-0001", 0, trigger), "case/t-0001")
    shared = (extended("x-0001", 0, trigger), "case/x-0001")
    for event, aggregate in (own, shared) if own_case_first else (shared, own):
        await world.house.hear(event, aggregate=aggregate)
    await world.house.hear(completed("t-0001", 0, trigger, "1"), aggregate="icase/t-0001")
    await world.house.hear(published("t-0001", 0, trigger), aggregate="publication/1")
    await world.push_all()
    assert world.told("A-001") == ["accepted", "matched", "dispatched", "outcome", "published"]


async def test_nobody_waits_for_a_case_that_was_taken_back(world: World) -> None:
    trigger = await fire(world)
    await _drawn(world.house, trigger, 2)
    for number, case in ((1, "t-0001"), (3, "t-0002")):
        await world.house.hear(dispatched(case, number, trigger), aggregate=f"case/{case}")
    await world.house.hear(completed("t-0001", 1, trigger, "1"), aggregate="icase/t-0001")
    await world.house.hear(published("t-0001", 1, trigger), aggregate="publication/1")
    taken = CaseWithdrawn(case_id="t-0002", draw_id="t-1", reason="deregistered", at=clock.now())
    await world.house.hear(taken, aggregate="case/t-0002")
    await world.push_all()
    assert world.told("A-000") == ["accepted", "matched", "dispatched", "outcome", "published"]
    [outcome] = [a for a in world.hotline.answers.values() if (a["order_id"], a["stage"]) == ("A-000", "outcome")]
    assert "共检查 1 户" in outcome["text"]


def test_when_nothing_is_left_to_inspect_the_answer_says_so() -> None:
    case = CaseFact("t-0001", "t-1", "91410300MA00000001", WITHDRAWN, True)
    told = progress("91410300MA00000001", [DrawFact("t-1", 1)], [case])
    assert [stage for stage, _ in told] == ["dispatched", "outcome"]
    assert "依法撤回" in told[-1][1]
