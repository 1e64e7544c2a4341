"""Long lists: they end where nobody goes on, say so, and lose and repeat nothing on the way."""

from typing import Any

import pytest

from libs.common.clock import china_date, now
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from libs.common.web import ListPage, ListQuery
from services.trigger.app import SERVICE
from services.trigger.store import lists
from tests.conftest import MakeHouse
from tests.trigger.knocking import days_ago, message, order, register

LEAD = actor(Role.LEAD)


async def _page(house: House, number: int, *, bounded: bool = True, **how: Any) -> ListPage[lists.Row]:
    query = ListQuery(page=number, per_page=2, **how)
    async with house.database.transaction() as tx:
        return await lists.page_of(tx, lists.signals_seen_by(LEAD, query, china_date(now())), query, bounded=bounded)


async def test_a_long_list_ends_where_nobody_goes_on_and_loses_nothing_before(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    for number in range(5):
        await platform.send(order(f"A-{number}") | {"supervised": number == 3})
    await platform.say("A-1", message("urge", "m-1"))
    every = [f"A-{number}" for number in range(5)]

    async def read(**how: Any) -> list[str]:
        return [row["order_id"] for page in (1, 2, 3) for row in await _page(house, page, **how)]

    async def some(**filters: str) -> list[str]:
        return await read(filters={name: (value,) for name, value in filters.items()})

    assert await read() == every[::-1]
    assert await some(urged="1") == ["A-1"]
    assert await some(supervised="1") == ["A-3"]
    assert await some(came_by="form") == []
    assert await some(came_by="order") == every[::-1]
    accepted = china_date(days_ago(1)).isoformat()
    assert await some(week=accepted) == every[::-1]
    assert await some(week="2020-01-06") == []
    assert await read(sort="order_id") == every
    assert await read(sort="order_id", descending=True) == every[::-1]
    assert sorted(await read(sort="state")) == every, "all are equal, and each still comes once"

    monkeypatch.setattr(lists, "MOST", 3)
    pages = [await _page(house, number) for number in (1, 2, 3)]
    assert [[row["order_id"] for row in page] for page in pages] == [["A-4", "A-3"], ["A-2"], []]
    assert all((page.more, page.total, page.pages) == (True, 3, 2) for page in pages)
    assert (await _page(house, 1, sort="urge_count", descending=True)).rows[0]["order_id"] == "A-1"
    assert (await read(sort="supervised", descending=True))[0] == "A-3"
    whole = [await _page(house, number, bounded=False) for number in (1, 2, 3)]
    assert [row["order_id"] for page in whole for row in page] == every[::-1], "programs get all"
    assert (whole[0].total, whole[0].more) == (5, False)
    assert len(await _page(house, 1, format="csv")) == 5, "and files"
    async with house.client(LEAD) as client:
        assert "超过 3 条" in (await client.get("/trigger/signals")).text
        assert "共 1 条" in (await client.get("/trigger/signals?urged=1")).text
        assert (await client.get("/trigger/api/v1/signals")).json()["total"] == 5
