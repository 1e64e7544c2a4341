"""What a clerk sees of a doubtful signal, what he may decide, and what happens when registry learns of the firm."""

import pytest

from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.trigger.app import SERVICE
from services.trigger.loops.keys import renew_all
from services.trigger.store.tables import subjects
from tests.conftest import MakeHouse
from tests.trigger.knocking import LUOLONG, Platform, order, register, subject, tell_subjects

FIRM = "洛阳恒昌餐饮管理有限公司"
ADDRESS = "洛龙区开元大道258号"


async def sent(platform: Platform, order_id: str, name: str, **more: object) -> str:
    """The id of the signal of an order about a firm of this name."""
    reply = await platform.send(order(order_id) | {"employer_name": name, **more})
    assert reply.status_code == 201, reply.text
    signal_id: str = reply.json()["signal_id"]
    return signal_id


async def state_of(house: House, signal_id: str) -> dict[str, object]:
    """The signal as the API shows it."""
    async with house.client(actor(Role.LEAD)) as client:
        found: dict[str, object] = (await client.get(f"/trigger/api/v1/signals/{signal_id}")).json()
    return found


async def test_the_page_shows_the_best_beside_the_order_and_finds_others_by_a_word(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    await tell_subjects(house, subject(1, name=FIRM), subject(2, name="洛阳大盛商贸有限公司"))
    signal = await sent(platform, "A-001", "洛阳恒餐饮管理有限公司")
    unit = actor(Role.UNIT, LUOLONG)
    async with house.client(unit) as client:
        page = await client.get(f"/trigger/signals/{signal}/match")
        assert "恒<mark>昌</mark>餐饮" in page.text
        assert "大盛" not in page.text
        other = await client.get(f"/trigger/signals/{signal}/match", params={"q": "大胜"})
        assert "洛阳大盛商贸有限公司" in other.text.replace("<mark>", "").replace("</mark>", "")
        by_code = await client.get(f"/trigger/api/v1/signals/{signal}/candidates", params={"q": subject(2).uscc[:16]})
        assert {subject(2).uscc} <= {row["uscc"] for row in by_code.json()}
        nothing = await client.get(f"/trigger/signals/{signal}/match", params={"q": "查无此名"})
        assert "没有找到" in nothing.text
        chosen = await client.post(
            f"/trigger/signals/{signal}/match", data={"csrf": unit.csrf, "uscc": subject(1).uscc.lower()}
        )
        assert chosen.status_code == 303


async def test_an_address_helps_and_is_shown_to_nobody(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    await tell_subjects(house, subject(1, name=FIRM).model_copy(update={"address": ADDRESS}))
    matched = await sent(platform, "A-001", "恒昌餐饮", address="开元大道 258 号二楼")
    assert (await state_of(house, matched))["state"] == "matched"
    waiting = await sent(platform, "A-002", "恒昌餐饮", address="关林路 9 号后院")
    async with house.client(actor(Role.AUDITOR)) as client:
        assert "9 号后院" not in (await client.get(f"/trigger/signals/{waiting}/match")).text
    later = await sent(platform, "A-003", "恒盛物业", address="王城大道 12 号")
    moved = subject(3, name="洛阳恒盛物业管理有限公司").model_copy(update={"address": "洛龙区王城大道12号"})
    await tell_subjects(house, moved)
    assert (await state_of(house, later))["state"] == "waiting"  # an abbreviation has no key of its own
    unit = actor(Role.UNIT, LUOLONG)
    async with house.client(unit) as client:
        found = (await client.get(f"/trigger/api/v1/signals/{later}/candidates")).json()
        assert "地址相同" in found[0]["reasons"]


async def test_a_firm_to_be_registered_is_listed_and_matches_when_registry_has_it(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    first = await sent(platform, "A-001", "洛阳鸿运家政有限公司")
    second = await sent(platform, "A-002", "鸿运家政有限责任公司")
    misheard = await sent(platform, "A-003", "洛阳洪运家政有限公司")
    unit = actor(Role.UNIT, LUOLONG)
    async with house.client(unit) as client:
        for signal in (first, first, second):
            step = await client.post(f"/trigger/signals/{signal}/register", data={"csrf": unit.csrf})
            assert step.status_code == 303
        rows = (await client.get("/trigger/api/v1/to-register")).json()["items"]
        assert [(row["name"], row["signals"]) for row in rows] == [("洛阳鸿运家政有限公司", 2)]
        assert "洛阳鸿运家政有限公司" in (await client.get("/trigger/to-register")).text
        assert (await client.get("/trigger/to-register?format=xlsx")).status_code == 200
        assert "待建档" in (await client.get("/trigger/signals")).text
        assert len((await state_of(house, first))["history"]) == 2  # type: ignore[arg-type]  # a list
    async with house.client(actor(Role.UNIT, "410323")) as client:
        assert (await client.get("/trigger/api/v1/to-register")).json()["total"] == 0
    await tell_subjects(house, subject(7, name="洛阳鸿运家政有限公司"))
    for signal in (first, second, misheard):
        assert (await state_of(house, signal))["state"] == "matched"
    async with house.client(unit) as client:
        assert (await client.get("/trigger/api/v1/to-register")).json()["total"] == 0


async def test_a_signal_waits_for_a_reason_and_a_firm_without_a_name_is_not_registered(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    signal = await sent(platform, "A-001", "")
    unit = actor(Role.UNIT, LUOLONG)
    async with house.client(unit) as client:
        address = f"/trigger/signals/{signal}"
        refused = await client.post(f"{address}/later", data={"csrf": unit.csrf, "ground": "身份证 4103"})
        assert refused.status_code == 422
        assert 'href="#f-ground"' in refused.text
        assert "4103" not in refused.text.replace("410311", "").replace("410300", "")
        assert (await client.post(f"{address}/register", data={"csrf": unit.csrf})).status_code == 422
        later = await client.post(f"{address}/later", data={"csrf": unit.csrf, "ground": "complainant"})
        assert later.status_code == 303
        assert "暂缓匹配：等待反映人补充单位名称" in (await client.get(address)).text
    async with house.client(actor(Role.AUDITOR)) as client:
        assert (await client.post(f"/trigger/api/v1{address[8:]}/step", json={"step": "later"})).status_code == 403


async def test_the_same_matter_told_again_stays_in_the_list_and_names_the_first(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    await tell_subjects(house, subject(1, name=FIRM))
    text = "该单位自今年六月起拖欠后厨七名员工工资共计十二万元"
    first = await sent(platform, "A-001", FIRM, content=text)
    again = await sent(platform, "A-002", FIRM, content=text + "，请尽快处理")
    silent = await sent(platform, "A-003", FIRM, content=text, reporter={})
    other = await sent(platform, "A-004", FIRM, content=text, reporter={"phone": "00099999999"})
    assert [(await state_of(house, one))["duplicate_of"] for one in (first, again, silent, other)] == [
        "", first, first, ""
    ]  # fmt: skip
    async with house.client(actor(Role.LEAD)) as client:
        page = (await client.get(f"/trigger/signals/{again}")).text
        assert "同一事项" in page
        assert "A-001" in page
        listed = (await client.get("/trigger/signals")).text
        assert listed.count(">重复<") == 2
        assert all(f"A-00{number}" in listed for number in (1, 2, 3, 4))


async def test_keys_of_an_older_release_are_made_anew(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    await tell_subjects(house, subject(1, name=FIRM))
    async with house.database.transaction() as tx:
        await tx.execute(subjects.update().values(sound_key="", grams=[], keyed=0))
    lost = await sent(platform, "A-001", "洛阳横昌餐饮管理有限公司")
    assert (await state_of(house, lost))["state"] == "waiting"
    assert await renew_all(house.database) == 1
    assert await renew_all(house.database) == 0
    found = await sent(platform, "A-002", "洛阳横昌餐饮管理有限公司")
    assert (await state_of(house, found))["state"] == "matched"


@pytest.mark.parametrize("code", ["91410300MAOOOOOOO1", " 9141 0300 ma00000001", "91410300-MA000000OI"])
async def test_a_code_typed_in_a_hurry_is_found(make_house: MakeHouse, code: str) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    await tell_subjects(house, subject(1, name=FIRM))
    reply = await platform.send(order("A-001") | {"employer_uscc": code, "employer_name": "恒昌餐饮管理"})
    assert reply.json()["status"] == "matched"
