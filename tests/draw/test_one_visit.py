"""一次抽查、全面体检: what another task drew of the same firm joins the case that is open, and parts when it must."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from libs.common.clock import now
from libs.common.testing.doors import House
from services.draw.app import SERVICE
from services.inspection.events.published import ExtensionRefused, InspectionStarted
from services.registry.events.published import ItemsPublished, OfficersChanged
from tests.conftest import MakeHouse
from tests.draw.conftest import COUNTY, LEAD, OTHER_LEAD, City, fired, item, officer, settle

SECOND = "018f0000-0000-7000-8000-000000000002"
INSURANCE = "社会保险"


class SecondTask(City):
    """The same city with another trigger, whose task has items of another category."""

    async def plan(self) -> str:
        event = fired(trigger_id=SECOND, rule_name="欠保投诉", item_categories=[INSURANCE], finish_by=date(2027, 1, 15))
        await self.house.hear(event, aggregate="trigger/2", county=COUNTY)
        plans: list[dict[str, Any]] = (await self.get("/draw/api/v1/plans", LEAD)).json()["rows"]
        return str(next(plan["plan_id"] for plan in plans if "欠保" in plan["title"]))


@pytest.fixture
async def house(make_house: MakeHouse) -> House:
    """Five firms, one of each class: every draw draws them all."""
    house = await make_house(SERVICE)
    await settle(house, firms=5)
    second = item().model_copy(update={"code": "HRSS-041", "category": INSURANCE, "name": "是否参加社会保险"})
    await house.hear(ItemsPublished(items=[second]), aggregate="items/2")
    return house


async def _dispatched(task: City) -> tuple[str, dict[str, Any]]:
    draw_id = await task.drawn()
    return draw_id, await task.post(LEAD, f"/draws/{draw_id}/dispatch")


async def _said(house: House, kind: str) -> list[dict[str, Any]]:
    return [json.loads(text) for _, text in await house.said(kind)]


@pytest.mark.article(3)
async def test_two_tasks_of_the_same_firms_are_one_visit_each(house: House) -> None:
    first, told = await _dispatched(City(house))
    assert (told["cases"], told["joined"]) == (5, 0)
    second, told = await _dispatched(SecondTask(house))
    assert (told["cases"], told["joined"]) == (0, 5)
    cases = {case["case_id"]: case for case in await _said(house, "draw.case_dispatched")}
    extensions = await _said(house, "draw.case_extended")
    assert {one["case_id"] for one in extensions} == set(cases)
    for one in extensions:
        assert one["uscc"] == cases[one["case_id"]]["subject"]["uscc"]
        assert (one["draw_id"], one["item_codes"], one["trigger_ids"]) == (second, ["HRSS-041"], [SECOND])
        assert (one["finish_by"], one["source"]) == ("2027-01-15", "投诉举报")
    assert {envelope.aggregate_id for envelope, _ in await house.said("draw.case_extended")} == {
        f"case/{case_id}" for case_id in cases
    }
    page = (await City(house).get(f"/draw/draws/{second}", LEAD)).text
    assert all(f"/inspection/cases/{case_id}" in page for case_id in cases)
    assert f"/draw/tasks/{first.rpartition('-')[0]}" in page


@pytest.mark.article(3, 10)
async def test_a_team_that_may_not_inspect_the_other_items_is_not_joined(house: House) -> None:
    await _dispatched(City(house))
    teams = {one["case_id"]: one["officers"] for one in await _said(house, "draw.case_dispatched")}
    someone = next(iter(teams.values()))[0]["officer_id"]
    narrow = officer(int(someone[1:]), version=2, items_allowed=["工资支付和最低工资标准"])
    await house.hear(OfficersChanged(officers=[narrow]), aggregate=f"officers/{COUNTY}", county=COUNTY)
    await _dispatched(SecondTask(house))
    concerned = {case_id for case_id, team in teams.items() if someone in {one["officer_id"] for one in team}}
    assert concerned
    assert {one["case_id"] for one in await _said(house, "draw.case_extended")} == set(teams) - concerned


@pytest.mark.article(3, 5)
async def test_a_visit_that_has_begun_or_an_officer_who_stands_aside_now_takes_nothing_more(house: House) -> None:
    await _dispatched(City(house))
    cases = await _said(house, "draw.case_dispatched")
    begun = InspectionStarted(case_id=cases[0]["case_id"], county=COUNTY, started_at=now())
    await house.hear(begun, aggregate=f"case/{begun.case_id}", county=COUNTY)
    someone = cases[1]["officers"][0]["officer_id"]
    related = officer(int(someone[1:]), version=2, recusals=[cases[1]["subject"]["uscc"]])
    await house.hear(OfficersChanged(officers=[related]), aggregate=f"officers/{COUNTY}", county=COUNTY)
    await _dispatched(SecondTask(house))
    joined = {one["case_id"] for one in await _said(house, "draw.case_extended")}
    assert joined == {one["case_id"] for one in cases[2:]}


async def test_an_old_case_or_a_setting_of_no_days_joins_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await _dispatched(City(house))
    house.settings = house.settings.model_copy(update={"merge_days": 0})
    _, told = await _dispatched(SecondTask(house))
    assert (told["cases"], told["joined"]) == (5, 0)
    assert await _said(house, "draw.case_extended") == []


@pytest.mark.article(3, 5)
async def test_what_could_not_join_gets_its_own_case_with_its_own_drawn_team_once(house: House) -> None:
    await _dispatched(City(house))
    second, _ = await _dispatched(SecondTask(house))
    extension = (await _said(house, "draw.case_extended"))[0]
    refused = ExtensionRefused(
        case_id=extension["case_id"],
        draw_id=second,
        task_id=extension["task_id"],
        reason="检查已经开始",
        refused_at=datetime(2026, 11, 25, tzinfo=UTC),
    )
    for _ in range(2):  # said twice, heard twice
        await house.hear(refused, aggregate=f"case/{refused.case_id}", county=COUNTY)
    own = [one for one in await _said(house, "draw.case_dispatched") if one["draw_id"] == second]
    assert [one["subject"]["uscc"] for one in own] == [extension["uscc"]]
    certificate = (await City(house).get(f"/public/draws/{second}/certificate.json")).json()
    assert [one["officer_id"] for one in own[0]["officers"]] == dict(certificate["assignments"])[extension["uscc"]]
    order = [uscc for uscc, _, _ in certificate["selected"]]
    assert own[0]["case_id"] == f"{extension['task_id']}-{order.index(extension['uscc']) + 1:04d}"
    assert own[0]["trigger_ids"] == [SECOND]


async def test_a_refusal_of_what_never_joined_changes_nothing(house: House) -> None:
    _, _ = await _dispatched(City(house))
    stray = ExtensionRefused(case_id="x-0001", draw_id="x-1", task_id="x", reason="检查已经开始", refused_at=now())
    await house.hear(stray, aggregate="case/x-0001", county=COUNTY)
    assert len(await _said(house, "draw.case_dispatched")) == 5


@pytest.mark.article(3)
async def test_the_visits_saved_are_counted_listed_and_exported(house: House) -> None:
    first, _ = await _dispatched(City(house))
    second, _ = await _dispatched(SecondTask(house))
    city = City(house)
    page = (await city.get("/draw/visits", LEAD)).text
    assert "减少入企" in page
    assert "洛阳测试" in page
    rows = (await city.get("/draw/api/v1/visits", LEAD)).json()
    assert (rows["total"], rows["saved"], rows["tasks"]) == (5, 5, 2)
    assert {row["task_id"] for row in rows["rows"]} == {second.rpartition("-")[0]}
    other = replace(LEAD, county="410322")
    assert (await city.get("/draw/api/v1/visits", other)).json()["total"] == 0
    sheet = await city.get("/draw/visits?format=xlsx", LEAD)
    assert sheet.status_code == 200
    task_page = (await city.get(f"/draw/tasks/{second.rpartition('-')[0]}", LEAD)).text
    assert "5 户并入其他任务的检查" in task_page
    task_page = (await city.get(f"/draw/tasks/{first.rpartition('-')[0]}", LEAD)).text
    assert "其他任务的 5 户" in task_page


@pytest.mark.article(3, 7)
async def test_departments_that_join_are_on_plan_task_and_case(house: House) -> None:
    city = City(house)
    draft = {
        "title": "市监、住建联合抽查",
        "reason": "年度计划",
        "counties": [COUNTY],
        "categories": [INSURANCE],
        "finish_by": "2099-01-31",
        "participants": ["市市场监管局", "市住建局"],
    }
    await city.post(LEAD, "/plans", draft | {"participants": ["局" * 50]}, expect=422)
    plan_id = (await city.post(LEAD, "/plans", draft))["plan_id"]
    assert "市市场监管局、市住建局" in (await city.get(f"/draw/plans/{plan_id}", LEAD)).text
    task_id = (await city.post(OTHER_LEAD, f"/plans/{plan_id}/approve"))["task_id"]
    task = (await city.get(f"/draw/api/v1/tasks/{task_id}", LEAD)).json()
    assert task["participants"] == ["市市场监管局", "市住建局"]
    assert "市市场监管局、市住建局" in (await city.get(f"/draw/tasks/{task_id}", LEAD)).text
    form = (await city.get("/draw/plans/new?participants=市市场监管局，市住建局", LEAD)).text
    assert "市市场监管局、市住建局" in form


async def test_every_case_names_its_sections_and_departments(house: House) -> None:
    await _dispatched(City(house))
    [sections] = {tuple(one["sections"]) for one in await _said(house, "draw.case_dispatched")}
    assert sections == ("监察科",)
