"""What the registry hears of finished inspections."""

import json
from datetime import date, timedelta

import pytest

from libs.common import clock
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.inspection.events.published import InspectionCompleted
from services.registry.app import SERVICE
from tests.conftest import MakeHouse

USCC = "91330000566997460T"


def completed(case_id: str, ended_on: date, uscc: str = USCC) -> InspectionCompleted:
    return InspectionCompleted(
        case_id=case_id, draw_id="d", task_id="t", task_name="任务", plan_id="p", plan_name="计划", directed=True,
        county="410311", unit_id="LY-410311", unit_name="洛龙区人社局", uscc=uscc, subject_name="示例一公司",
        subject_kind="企业", trigger_ids=[], methods=["1"], started_on=ended_on, ended_on=ended_on, subject_result="1",
        item_results=[], non_cooperation=[], officers=[], recorded_by="l0061", follow_up="none", record_sha256="0" * 64,
    )  # fmt: skip


async def registered(make_house: MakeHouse) -> House:
    house = await make_house(SERVICE)
    content = f"统一社会信用代码,企业名称,县区\n{USCC},示例一公司,洛龙区\n".encode()
    async with house.client(actor(Role.LEAD)) as client:
        answer = await client.post("/registry/api/v1/imports/subjects", files={"file": ("a.csv", content)})
        assert answer.status_code == 201
    return house


async def visits(house: House) -> tuple[str | None, int, int]:
    async with house.client(actor(Role.LEAD)) as client:
        row = (await client.get(f"/registry/api/v1/subjects/{USCC}")).json()
    return row["last_inspected_on"], row["inspections_this_year"], row["version"]


@pytest.mark.article(3)
async def test_a_case_counts_once_and_everybody_hears_of_it(make_house: MakeHouse) -> None:
    house = await registered(make_house)
    today = clock.china_date(clock.now())
    await house.hear(completed("c1", today), aggregate="case/c1")
    assert await visits(house) == (today.isoformat(), 1, 2)
    # the same case under a new version of its stream: a record that was completed again
    await house.hear(completed("c1", today), aggregate="case/c1")
    assert await visits(house) == (today.isoformat(), 1, 2)
    told = [json.loads(text)["subjects"][0] for _, text in await house.said("registry.subjects_changed")]
    assert [(one["version"], one["inspections_this_year"]) for one in told] == [(1, 0), (2, 1)]


async def test_late_news_of_an_older_inspection_keeps_the_latest_day(make_house: MakeHouse) -> None:
    house = await registered(make_house)
    today = clock.china_date(clock.now())
    await house.hear(completed("c2", today), aggregate="case/c2")
    await house.hear(completed("c1", today - timedelta(days=400)), aggregate="case/c1")
    assert await visits(house) == (today.isoformat(), 1, 3)


async def test_an_inspection_of_an_unknown_subject_is_borne(make_house: MakeHouse) -> None:
    house = await registered(make_house)
    await house.hear(completed("c9", date(2026, 11, 1), uscc="91330204677670997X"), aggregate="case/c9")
    assert len(await house.said("registry.subjects_changed")) == 1
