"""A long list goes to the units in batches: seen on the page, killed without harm, changed on its way."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from libs.common.clock import now
from libs.common.db.transaction import Transaction
from libs.common.http.auth import Role
from libs.common.testing.doors import actor
from libs.common.testing.waiting import eventually
from services.draw.domain.draw_state import DrawState
from services.draw.loops import Noticeboard, dispatch_one
from services.draw.usecases import dispatch_list
from services.draw.usecases.dispatch_list import dispatch_next
from services.registry.events.published import ItemsPublished, UnitsChanged, UnitState
from tests.draw.conftest import COUNTY, LEAD, City, item
from tests.draw.test_changes import void
from tests.draw.test_long_steps import killed_in_the_middle
from tests.draw.test_one_visit import INSURANCE, SecondTask
from tests.draw.worker import A_FEW

DRAWN = 29


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch_list, "BATCH", A_FEW)


async def asked(city: City) -> str:
    """A draw whose dispatch waits for the loop."""
    draw_id = await city.drawn()
    assert (await city.post(LEAD, f"/draws/{draw_id}/dispatch", expect=202))["state"] == "dispatching"
    return draw_id


async def said(city: City) -> list[dict[str, Any]]:
    return [json.loads(text) for _, text in await city.house.said("draw.case_dispatched")]


async def states(city: City, draw_id: str) -> tuple[str, str]:
    task_id = draw_id.rpartition("-")[0]
    return (
        (await city.get(f"/draw/api/v1/draws/{draw_id}", LEAD)).json()["state"],
        (await city.get(f"/draw/api/v1/tasks/{task_id}", LEAD)).json()["state"],
    )


def between(city: City, after: int, do: Callable[[], Any]) -> Callable[[], Any]:
    """Transactions to write in, before one of which something else happens."""
    opened = 0

    @asynccontextmanager
    async def writing() -> AsyncIterator[Transaction]:
        nonlocal opened
        opened += 1
        if opened == after + 1:
            await do()
        async with city.house.database.transaction() as tx:
            yield tx

    return writing


async def go_on(city: City, writing: Callable[[], Any]) -> str | None:
    async with city.house.database.transaction() as tx:
        return await dispatch_next(tx, writing, city.settings, now)


@pytest.mark.article(7)
async def test_a_long_list_is_dispatched_in_the_background_and_the_page_shows_how_far_it_is(city: City) -> None:
    draw_id = await asked(city)
    assert await states(city, draw_id) == ("dispatching", "drawn")
    page = (await city.get(f"/draw/draws/{draw_id}", LEAD)).text
    assert "正在派发" in page
    assert 'hx-trigger="every 5s"' in page
    await Noticeboard(city.house.database)(draw_id, DrawState.DISPATCHING, 20, DRAWN)
    assert "已派发 20 户，共 29 户" in (await city.get(f"/draw/draws/{draw_id}", LEAD)).text
    await city.post(LEAD, f"/draws/{draw_id}/dispatch", expect=202)  # a second click
    assert await dispatch_one(city.settings, city.house.database) == draw_id
    assert await dispatch_one(city.settings, city.house.database) is None
    assert await states(city, draw_id) == ("dispatched", "dispatched")
    certificate = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    cases = await said(city)
    assert [one["subject"]["uscc"] for one in cases] == [one[0] for one in certificate["selected"]]
    assert len({one["case_id"] for one in cases}) == DRAWN
    assert "名单已于" in (await city.get(f"/draw/draws/{draw_id}", LEAD)).text
    await city.post(LEAD, f"/draws/{draw_id}/dispatch", expect=409)


@pytest.mark.article(7)
async def test_a_kill_between_batches_leaves_a_beginning_and_whoever_comes_next_goes_on(city: City) -> None:
    draw_id = await asked(city)
    await killed_in_the_middle(city, DrawState.DISPATCHING)
    first = await said(city)
    assert len(first) == A_FEW
    assert await states(city, draw_id) == ("dispatching", "drawn")
    page = (await city.get(f"/draw/draws/{draw_id}", LEAD)).text
    assert f"/inspection/cases/{first[0]['case_id']}" in page
    assert await eventually(lambda: dispatch_one(city.settings, city.house.database), "the lock is free") == draw_id
    cases = await said(city)
    assert cases[:A_FEW] == first
    assert len(cases) == len({one["case_id"] for one in cases}) == DRAWN
    assert await states(city, draw_id) == ("dispatched", "dispatched")


@pytest.mark.article(5, 7)
async def test_who_is_voided_on_the_way_gets_no_case_or_loses_it(city: City) -> None:
    draw_id = await asked(city)
    selected = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()["selected"]
    early, late = selected[0][0], selected[-1][0]

    async def voids() -> None:
        await void(city, draw_id, early)
        await void(city, draw_id, late)

    assert await go_on(city, between(city, 1, voids)) == draw_id
    told = [one["subject"]["uscc"] for one in await said(city)]
    assert early in told
    assert late not in told
    assert len(told) == len(set(told)) == DRAWN - 1
    [(_, withdrawn)] = await city.house.said("draw.case_withdrawn")
    assert json.loads(withdrawn)["case_id"].endswith("-0001")
    assert await states(city, draw_id) == ("dispatched", "dispatched")


@pytest.mark.article(3)
async def test_batches_join_the_visits_of_another_task_like_a_short_list(city: City) -> None:
    second = SecondTask(city.house)
    items = item().model_copy(update={"code": "HRSS-041", "category": INSURANCE, "name": "是否参加社会保险"})
    await city.house.hear(ItemsPublished(items=[items]), aggregate="items/2")
    host = await city.drawn()
    await city.post(LEAD, f"/draws/{host}/dispatch", expect=202)
    assert await dispatch_one(city.settings, city.house.database) == host
    guest = await second.drawn()
    await city.post(LEAD, f"/draws/{guest}/dispatch", expect=202)
    assert await dispatch_one(city.settings, city.house.database) == guest
    both = [
        {one[0] for one in (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()["selected"]}
        for draw_id in (host, guest)
    ]
    joined = [json.loads(text)["uscc"] for _, text in await city.house.said("draw.case_extended")]
    assert sorted(joined) == sorted(both[0] & both[1])
    assert len(await said(city)) == 2 * DRAWN - len(joined)


@pytest.mark.article(7)
async def test_a_county_that_loses_its_unit_on_the_way_stops_the_rest_until_it_has_one(city: City) -> None:
    draw_id = await asked(city)
    unit = UnitState(unit_id="U-410311", version=2, name="洛龙区人社局", county="410300", kind="县区单位")
    await city.house.hear(UnitsChanged(units=[unit]), aggregate="units")
    assert await dispatch_one(city.settings, city.house.database) == draw_id
    draw = (await city.get(f"/draw/api/v1/draws/{draw_id}", LEAD)).json()
    assert (draw["state"], "洛龙区没有承担检查的单位" in draw["problem"]) == ("dispatching", True)
    assert await dispatch_one(city.settings, city.house.database) is None
    assert "继续派发" in (await city.get(f"/draw/draws/{draw_id}", LEAD)).text
    assert "继续派发" not in (await city.get(f"/draw/draws/{draw_id}", actor(Role.AUDITOR))).text
    again = unit.model_copy(update={"version": 3, "county": COUNTY})
    await city.house.hear(UnitsChanged(units=[again]), aggregate="units")
    await city.post(LEAD, f"/draws/{draw_id}/dispatch", expect=202)
    assert await dispatch_one(city.settings, city.house.database) == draw_id
    assert await states(city, draw_id) == ("dispatched", "dispatched")
    assert len(await said(city)) == DRAWN
