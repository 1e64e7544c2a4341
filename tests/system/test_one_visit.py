"""Two tasks of the same firms through all services, message by message: one visit, and every task has its result."""

import json
from typing import Any

import pytest

from libs.common import clock
from libs.common.http.auth import Actor, Role
from libs.common.messaging.inbox import receive
from libs.common.testing.doors import House, actor
from services.draw.app import SERVICE as DRAW
from services.inspection.app import SERVICE as INSPECTION
from services.publicity.app import SERVICE as PUBLICITY
from services.registry.events.published import ItemsPublished, OfficersChanged
from tests.conftest import MakeHouse
from tests.draw.conftest import COUNTY, LEAD, City, item, officer, settle
from tests.draw.test_one_visit import INSURANCE, SecondTask

UNIT = actor(Role.UNIT, COUNTY, account="unit", unit_id="U-410311")


class Post:
    """Carries what houses say to the others, each message once, in order, and whatever is said in answer."""

    def __init__(self, *houses: House) -> None:
        self.houses = houses
        self.carried: set[tuple[str, str]] = set()

    async def carry(self) -> None:
        """Until nobody has anything new to say."""
        while any([await self._from(house) for house in self.houses]):
            pass

    async def _from(self, house: House) -> bool:
        new = [one for one in await house.said() if (house.service.name, str(one[0].event_id)) not in self.carried]
        for envelope, text in new:
            self.carried.add((house.service.name, str(envelope.event_id)))
            for other in self.houses:
                if house.service.name not in other.service.producers:
                    continue
                async with other.database.transaction() as tx:
                    tx.cause = envelope
                    handlers = other.service.handlers(other.settings)
                    await receive(tx, handlers, envelope, text.encode(), queue="test", headers=envelope.headers())
        return bool(new)


async def _knock(house: House, who: Actor, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    async with house.client(who) as client:
        answer = await client.request(method, path, json=body)
    assert answer.is_success, answer.text
    return answer.json()


async def _inspect(house: House, case_id: str) -> None:
    """The whole way of one case without a problem."""
    at = f"/inspection/api/v1/cases/{case_id}"
    case = await _knock(house, UNIT, "GET", at)
    team = [one["officer_id"] for one in case["officers"]]
    who = actor(Role.OFFICER, COUNTY, account=team[0], unit_id="U-410311", officer_id=team[0])
    if not case["approved_at"]:
        await _knock(house, UNIT, "POST", f"{at}/approve", {})
    await _knock(house, who, "POST", f"{at}/start", {"certificates_shown": team})
    for one in (await _knock(house, who, "GET", at))["check_table"]:
        await _knock(house, who, "PUT", f"{at}/items/{one['code']}", {"result": "合格"})
    await _knock(house, who, "PUT", f"{at}/visit", {"methods": ["1"], "ended_at": clock.now().isoformat()})
    await _knock(house, who, "PUT", f"{at}/conclusion", {"subject_result": "1"})
    await _knock(house, who, "PUT", f"{at}/signature", {"kind": "signed", "signer": "张测试"})
    await _knock(house, who, "POST", f"{at}/complete")


@pytest.mark.article(3, 7, 14)
async def test_one_visit_gives_both_tasks_their_result_and_what_came_too_late_its_own(make_house: MakeHouse) -> None:
    draw, inspection, publicity = [await make_house(service) for service in (DRAW, INSPECTION, PUBLICITY)]
    post = Post(draw, inspection)
    await settle(draw, firms=5)
    second_item = item().model_copy(update={"code": "HRSS-041", "category": INSURANCE, "name": "是否参加社会保险"})
    await draw.hear(ItemsPublished(items=[second_item]), aggregate="items/2")
    await inspection.hear(ItemsPublished(items=[item(), second_item]), aggregate="items/1")
    known = OfficersChanged(officers=[officer(number) for number in range(12)])
    await inspection.hear(known, aggregate=f"officers/{COUNTY}", county=COUNTY)

    first = await City(draw).drawn()
    await City(draw).post(LEAD, f"/draws/{first}/dispatch")
    await post.carry()
    early = f"{first.rpartition('-')[0]}-0001"
    at = f"/inspection/api/v1/cases/{early}"
    second = await SecondTask(draw).drawn()
    handed = await City(draw).post(LEAD, f"/draws/{second}/dispatch")
    assert handed["joined"] == 5
    # Before the messages arrive, one team has begun: its visit can't take the second task's items any more.
    await _inspect(inspection, early)
    await post.carry()

    cases = (await _knock(inspection, UNIT, "GET", "/inspection/api/v1/cases"))["cases"]
    assert len(cases) == 6
    assert sorted(len(case["further"]) for case in cases) == [0, 0, 1, 1, 1, 1]
    own = next(case["case_id"] for case in cases if case["case_id"].startswith(second.rpartition("-")[0]))
    for case in cases:
        if case["case_id"] != early:
            await _inspect(inspection, case["case_id"])
    await post.carry()
    assert (await _knock(inspection, UNIT, "GET", at))["further_tasks"] == []

    saved = await _knock(draw, LEAD, "GET", "/draw/api/v1/visits")
    assert (saved["saved"], saved["tasks"]) == (4, 2)
    rows = {one["draw_id"]: one for one in (await _knock(draw, LEAD, "GET", "/public/draws.json"))}
    assert {(rows[one]["dispatched"], rows[one]["inspected"]) for one in (first, second)} == {(5, 5)}

    everywhere = Post(inspection, publicity)
    await everywhere.carry()
    found = (await _knock(publicity, UNIT, "GET", "/publicity/api/v1/publications"))["publications"]
    assert len(found) == 6
    told = [json.loads(text) for _, text in await inspection.said("inspection.inspection_completed")]
    assert sorted(len(one["further_tasks"]) for one in told) == [0, 0, 1, 1, 1, 1]
    assert {one["case_id"] for one in told} >= {early, own}
