"""What one draw's officers have done and promised counts in the next one, and a sealed draw's only once it is open."""

import json
from datetime import date
from typing import Any

import pytest

from libs.common.clock import now
from libs.common.testing.doors import House
from services.draw.app import SERVICE
from services.draw.loops import commit_one
from services.inspection.events.published import RecusalGranted
from services.registry.events.published import ItemsPublished
from tests.conftest import MakeHouse
from tests.draw.conftest import COUNTY, LEAD, City, fired, item, settle
from tests.draw.test_one_visit import INSURANCE, SecondTask
from tests.draw.test_seal import WHY, Sealed


class ThirdTask(City):
    """One more trigger on the same firms."""

    async def plan(self) -> str:
        event = fired(
            trigger_id="018f0000-0000-7000-8000-000000000003", rule_name="再次投诉", finish_by=date(2027, 2, 1)
        )
        await self.house.hear(event, aggregate="trigger/3", county=COUNTY)
        plans: list[dict[str, Any]] = (await self.get("/draw/api/v1/plans", LEAD)).json()["rows"]
        return str(next(plan["plan_id"] for plan in plans if "再次" in plan["title"]))


@pytest.fixture
async def house(make_house: MakeHouse) -> House:
    """Five firms that every draw draws, so that the second one meets the first one's firms."""
    house = await make_house(SERVICE)
    await settle(house, firms=5)
    second = item().model_copy(update={"code": "HRSS-041", "category": INSURANCE, "name": "是否参加社会保险"})
    await house.hear(ItemsPublished(items=[second]), aggregate="items/2")
    return house


async def roster_of(city: City, draw_id: str) -> dict[str, Any]:
    """officers.json, as everybody gets it."""
    found: dict[str, Any] = (await city.get(f"/public/draws/{draw_id}/officers.json")).json()
    return found


async def sealed_and_dispatched(city: City) -> Sealed:
    """A sealed draw whose cases are with the units."""
    draw_id = await city.promised()
    await city.post(LEAD, f"/draws/{draw_id}/commit", {"seal_reason": WHY})
    assert await commit_one(city.settings, city.house.database) == draw_id
    await city.fix_seed(draw_id)
    assert await city.finish() == draw_id
    sealed = Sealed(city, draw_id)
    await sealed.dispatched()
    return sealed


async def granted(house: House) -> tuple[str, str]:
    """A firm asked that the second officer of its team stand aside, and the unit granted it."""
    case = json.loads((await house.said("draw.case_dispatched"))[0][1])
    number = case["officers"][1]["officer_id"]
    event = RecusalGranted(case_id=case["case_id"], officer_id=number, at=now())
    await house.hear(event, aggregate=f"case/{case['case_id']}", county=COUNTY)
    return number, case["subject"]["uscc"]


@pytest.mark.article(5)
async def test_nobody_reads_from_a_later_roster_whom_a_sealed_draw_sends_out(house: House) -> None:
    sealed = await sealed_and_dispatched(City(house))
    later = await SecondTask(house).committed()
    assert {load0 for *_, load0 in (await roster_of(sealed.city, later))["officers"]} == {0}
    await sealed.city.post(LEAD, f"/draws/{sealed.draw_id}/open", {"reason": "需要提前公示检查结果"})
    afterwards = await ThirdTask(house).committed()
    assert sum(load0 for *_, load0 in (await roster_of(sealed.city, afterwards))["officers"]) == 10  # 5 firms, 2 each


@pytest.mark.article(5)
async def test_an_officer_who_stood_aside_for_a_firm_is_not_sent_there_by_a_later_draw(house: House) -> None:
    city = City(house)
    first = await city.drawn()
    await city.post(LEAD, f"/draws/{first}/dispatch")
    pair = await granted(house)
    later = SecondTask(house)
    draw_id = await later.drawn()
    assert list(pair) in (await roster_of(city, draw_id))["recusals"]
    certificate = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    assert pair[0] not in dict(certificate["assignments"])[pair[1]]


@pytest.mark.article(5)
async def test_who_stood_aside_under_seal_is_carried_on_once_it_is_open(house: House) -> None:
    sealed = await sealed_and_dispatched(City(house))
    pair = await granted(house)
    later = await SecondTask(house).committed()
    assert (await roster_of(sealed.city, later))["recusals"] == []  # the pair would name a drawn firm
    await sealed.city.post(LEAD, f"/draws/{sealed.draw_id}/open", {"reason": "需要提前公示检查结果"})
    afterwards = await ThirdTask(house).committed()
    assert (await roster_of(sealed.city, afterwards))["recusals"] == [list(pair)]
