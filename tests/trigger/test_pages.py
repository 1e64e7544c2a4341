"""The pages: who sees what, what a form refuses, what an export holds."""

import pytest

from libs.common.http.auth import Role
from libs.common.reference import CITY
from libs.common.testing.doors import actor
from services.trigger.app import SERVICE
from services.trigger.pages import work
from tests.conftest import MakeHouse
from tests.trigger.knocking import LUOLONG, order, register, subject, tell_subjects


async def test_an_order_is_returned_only_with_a_reason_and_once(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    signal = (await platform.send(order("A-001") | {"employer_name": "查无此店"})).json()["signal_id"]
    unit = actor(Role.UNIT, LUOLONG)
    async with house.client(unit) as client:
        address = f"/trigger/signals/{signal}/return"
        refused = await client.post(address, data={"csrf": unit.csrf, "reason": " "})
        assert refused.status_code == 422
        assert 'href="#f-reason"' in refused.text
        assert (await client.post(address, data={"csrf": unit.csrf, "reason": "无法核实"})).status_code == 303
        assert (await client.post(address, data={"csrf": unit.csrf, "reason": "无法核实"})).status_code == 409
        page = await client.get(f"/trigger/signals/{signal}")
        assert "已退单" in page.text
        assert "无法核实" not in page.text
    again = await platform.send(order("A-001") | {"employer_name": "查无此店"})
    assert again.json()["status"] == "returned"


async def test_an_administrator_registers_a_platform_and_sees_its_keys_once(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    admin = actor(Role.ADMIN)
    form = {
        "csrf": admin.csrf, "code": "ly-12333", "name": "12333 热线", "source": "投诉举报",
        "kinds": ["投诉举报", "求助"],
        "callback_url": "https://hotline.example/answers", "sla_days": "5", "rate": "20", "burst": "60",
    }  # fmt: skip
    async with house.client(admin) as client:
        wrong = await client.post(
            "/trigger/platforms", data=form | {"callback_url": "ftp://x", "sla_days": "0", "rate": "-1"}
        )
        assert wrong.status_code == 422
        assert 'href="#f-rate"' in wrong.text
        assert 'href="#f-callback_url"' in wrong.text
        assert 'href="#f-sla_days"' in wrong.text
        shown = await client.post("/trigger/platforms", data=form)
        assert "离开本页后不再显示" in shown.text
        assert "每秒 20，连续 60" in shown.text
        assert "离开本页后不再显示" not in (await client.get("/trigger/platforms")).text
        assert (await client.post("/trigger/platforms", data=form)).status_code == 422
    async with house.client(actor(Role.LEAD)) as client:
        assert (await client.post("/trigger/platforms", data=form)).status_code == 403


async def test_an_administrator_changes_what_is_agreed_and_what_was_agreed_before_stays(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await register(house)
    admin, lead = actor(Role.ADMIN), actor(Role.LEAD)
    address = "/trigger/platforms/ly-12345"
    form = {
        "csrf": admin.csrf, "name": "洛阳市便民热线", "kinds": ["投诉举报", "求助"], "sla_days": "7", "rate": "30",
        "burst": "90", "callback_url": "https://hotline.example/new",
    }  # fmt: skip
    async with house.client(admin) as client:
        shown = (await client.get(address)).text
        assert 'value="http://127.0.0.1:9/answers"' in shown
        assert 'href="/trigger/"' not in shown.partition("<main")[2], "where an administrator finds nothing"
        wrong = await client.post(address, data=form | {"name": "x", "rate": "0"})
        assert wrong.status_code == 422
        assert {'href="#f-name"' in wrong.text, 'href="#f-rate"' in wrong.text} == {True}
        assert 'value="https://hotline.example/new"' in wrong.text, "what was typed stays"
        for _ in range(2):
            assert (await client.post(address, data=form)).status_code == 303
        changes = (await client.get("/trigger/api/v1/platforms/ly-12345/changes")).json()
        assert (await client.get("/trigger/platforms/nobody")).status_code == 404
        assert (await client.post("/trigger/platforms/nobody", data=form)).status_code == 404
        own = await client.get("/trigger/platforms/office")
        assert "回推地址" not in own.text
        named = {"csrf": admin.csrf, "name": "本局登记", "kinds": ["投诉举报"], "sla_days": "5"}
        assert (await client.post("/trigger/platforms/office", data=named)).status_code == 303
    [change] = changes
    assert change["before"] | {"callback_url": ""} == {
        "name": "洛阳市 12345 热线", "kinds": ["投诉举报"], "sla_days": 5, "rate": 50, "burst": 200, "callback_url": "",
    }  # fmt: skip
    assert (change["after"]["name"], change["who"]) == ("洛阳市便民热线", admin.name)
    async with house.client(lead) as client:
        page = (await client.get(address)).text
        assert "投诉举报 → 投诉举报、求助" in page
        assert "保存修改" not in page
        assert (await client.post(address, data=form | {"csrf": lead.csrf})).status_code == 403
    async with house.client(actor(Role.UNIT, LUOLONG)) as client:
        assert (await client.get(address)).status_code == 403


async def test_an_export_holds_the_list_in_words(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    await tell_subjects(house, subject(1))
    await platform.send(order("A-001", about=subject(1)))
    await platform.send(order("B-002"))
    async with house.client(actor(Role.LEAD)) as client:
        text = (await client.get("/trigger/signals?format=csv&state=matched")).text
        answers = (await client.get("/trigger/answers?format=csv")).text
    assert "A-001" in text
    assert "B-002" not in text
    assert "洛龙区" in text
    assert "已匹配" in text
    assert "来电人" not in text
    assert "待送达" in answers


@pytest.mark.parametrize(
    "path", ["", "signals", "triggers", "rules", "rules/wages-county-industry/1", "answers", "todo"]
)
async def test_every_page_opens_on_an_empty_database(make_house: MakeHouse, path: str) -> None:
    house = await make_house(SERVICE)
    async with house.client(actor(Role.AUDITOR)) as client:
        assert (await client.get(f"/trigger/{path}")).status_code == 200
    async with house.client(actor(Role.ADMIN)) as client:
        assert (await client.get(f"/trigger/{path}")).status_code == 403


async def test_the_overview_counts_what_its_reader_sees_and_the_desk_what_waits(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    await tell_subjects(house, subject(0))
    for number in range(3):
        await platform.send(order(f"A-{number}00", about=subject(0)))
    await platform.send(order("A-300"))
    await platform.send(order("A-400") | {"county": CITY.adcode})
    numbers = {}
    for who in (actor(Role.LEAD), actor(Role.UNIT, LUOLONG), actor(Role.UNIT, "410302")):
        async with house.client(who) as client:
            numbers[who.county] = (await client.get("/trigger/api/v1/overview")).json()
            desk = (await client.get("/trigger/todo")).text
            assert ("2 件" in desk, "1 件" in desk) == (who.county == CITY.adcode, who.county == LUOLONG)
    assert numbers[CITY.adcode]["states"] == {"matched": 3, "waiting": 2}
    assert numbers[CITY.adcode]["counties"] == {LUOLONG: 4, CITY.adcode: 1}
    async with house.client(actor(Role.LEAD)) as client:
        overview = (await client.get("/trigger/")).text
    assert "无数据" not in overview, "a county without signals has none, which is known"
    assert numbers[LUOLONG]["states"] == {"matched": 3, "waiting": 1}
    assert sum(numbers[LUOLONG]["categories"].values()) == sum(numbers[LUOLONG]["sources"].values()) == 4
    assert numbers["410302"]["states"] == {}


async def test_a_trigger_shows_all_that_made_it_fire_and_a_page_of_what_joined(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "JOINED_SHOWN", 1)
    house = await make_house(SERVICE)
    await tell_subjects(house, subject(1))
    platform = await register(house)
    for number in range(6):
        await platform.send(order(f"A-{number}", about=subject(1)))
    async with house.client(actor(Role.LEAD)) as client:
        (fired,) = (await client.get("/trigger/api/v1/triggers")).json()["items"]
        page = (await client.get(f"/trigger/triggers/{fired['trigger_id']}")).text
    assert [page.count(f">A-{number}<") for number in range(6)] == [1, 1, 1, 1, 0, 0]
    assert "另有 2 件" in page
