"""Writing a rule line by line, trying it on history, and putting it in force."""

import asyncio
import io

import httpx
import pytest
from python_calamine import load_workbook
from sqlalchemy import select, update

from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor, another
from services.trigger.app import SERVICE
from services.trigger.loops.trying import run_next
from services.trigger.store.tables import back_tests, rule_facts, rule_firings, signals, triggers
from tests.conftest import MakeHouse
from tests.trigger.knocking import LUOLONG, order, register, subject, tell_subjects

TEXT = """\
# 同一县区两人以上反映，情节严重的加分
id: wages-severe
name: 县区内欠薪情节严重
article: 细则第二条
source: 投诉举报
when:
  kinds: [投诉举报]
  categories: [工资支付和最低工资标准]
  group_by: [county]
  distinct: complainant
  at_least: 2
  points: {at_least: 7, each: 1, flags: {极端行为: 5}, half_life_days: 7}
  window_days: 30
  cool_down_days: 30
effect:
  mode: directed_draw
  item_categories: [工资支付和最低工资标准]
  urgent: true
  finish_within_days: 20
  filter: {classes: [C, D], scales: [小, 微]}
"""


async def written(client: httpx.AsyncClient, csrf: str, text: str = TEXT) -> str:
    saved = await client.post("/trigger/rules/new", data={"csrf": csrf, "text": text, "action": "save"})
    assert saved.status_code == 303, saved.text
    return saved.headers["location"]


async def firings(house: House) -> list[tuple[str, str, dict[str, int]]]:
    async with house.database.transaction() as tx:
        rows = await tx.all(select(rule_firings).order_by(rule_firings.c.group_key, rule_firings.c.moment))
    return [(row["group_key"], row["signal_id"], row["counts"]) for row in rows]


async def test_a_rule_is_written_as_text_and_each_wrong_line_is_named(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    section = actor(Role.SECTION)
    async with house.client(section) as client:
        assert "wages-county-industry" in (await client.get("/trigger/rules/new")).text
        broken = TEXT.replace("at_least: 2", "at_least: 两").replace("urgent: true", "urgent: maybe")
        refused = await client.post("/trigger/rules/new", data={"csrf": section.csrf, "text": broken})
        assert refused.status_code == 422
        assert "第 11 行 when.at_least" in refused.text
        assert "第 18 行 effect.urgent" in refused.text
        assert "at_least: 两" in refused.text  # nothing typed is lost
        preview = await client.post(
            "/trigger/rules/new", data={"csrf": section.csrf, "text": TEXT, "action": "preview"}
        )
        assert "有极端行为加 5 分" in preview.text
        assert "每 7 日减半" in preview.text
        address = await written(client, section.csrf)
        assert address == "/trigger/rules/wages-severe/1"
        shown = (await client.get(address)).text
        assert "# 同一县区两人以上反映" in shown
        assert "批准执行" not in shown
    async with house.client(actor(Role.UNIT, LUOLONG)) as client:
        assert (await client.get("/trigger/rules/new")).status_code == 403


async def test_people_words_and_points_decide_and_the_draw_is_narrowed(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await tell_subjects(house, *(subject(number) for number in range(4)))
    platform = await register(house)
    lead = actor(Role.LEAD)
    async with house.client(lead) as client:
        address = await written(client, lead.csrf)
    async with house.client(another(lead, "second")) as client:
        approved = await client.post(f"{address}/activate", data={"csrf": lead.csrf})
        assert approved.status_code == 303
    calm = {"reporter": {"phone": "13700000001"}}
    for number in range(3):  # one person, three times
        await platform.send(order(f"A-{number}", about=subject(number)) | calm)
    assert [each for each in await firings(house) if each[0] == f"{LUOLONG}||"] == []
    angry = {"reporter": {"phone": "+86 137 5551 2345"}, "content": "再不发工资就跳 楼"}
    await platform.send(order("A-3", about=subject(3), days_ago=0.5) | angry)
    ((_, _, counts),) = [each for each in await firings(house) if each[0] == f"{LUOLONG}||"]
    assert (counts["signals"], counts["complainants"], counts["points_at_least"]) == (4, 2, 7)
    assert counts["points"] == 9  # 1 + 1 + 1, and 1 + 5 for the words, on one day
    async with house.database.transaction() as tx:
        fired = await tx.first(select(triggers).where(triggers.c.rule_id == "wages-severe"))
        kept = str(list(await tx.all(select(rule_facts)))) + str(list(await tx.all(select(signals))))
    assert fired is not None
    assert fired["filter"][1:] == [{"col": "class", "within": ["C", "D"]}, {"col": "size", "within": ["小", "微"]}]
    assert "55512345" not in kept
    assert "跳" not in kept
    async with house.client(actor(Role.LEAD)) as client:
        page = (await client.get(f"/trigger/triggers/{fired['trigger_id']}")).text
        assert "不同反映人" in page
        assert "规定分值" in page
        signal = (await client.get(f"/trigger/api/v1/signals/{(await members(house))[0]}")).json()
    assert not {"complainant", "flags"} & set(signal)


async def members(house: House) -> list[str]:
    async with house.database.transaction() as tx:
        return [row["signal_id"] for row in await tx.all(select(signals.c.signal_id).order_by(signals.c.order_id))]


@pytest.mark.parametrize("arrival", [(0, 1, 2, 3, 4, 5, 6, 7), (7, 6, 5, 4, 3, 2, 1, 0), (4, 7, 1, 6, 0, 5, 3, 2)])
async def test_orders_that_come_late_give_the_triggers_of_orders_in_time(
    make_house: MakeHouse, arrival: tuple[int, ...]
) -> None:
    house = await make_house(SERVICE)
    await tell_subjects(house, *(subject(number) for number in range(8)))
    platform = await register(house)
    text = TEXT.replace("distinct: complainant", "distinct: signal").replace("at_least: 2", "at_least: 3")
    lines = [line for line in text.splitlines() if not line.startswith("  points")]
    text = "\n".join(lines).replace("window_days: 30", "window_days: 10").replace("down_days: 30", "down_days: 3")
    lead = actor(Role.LEAD)
    async with house.client(lead) as client:
        address = await written(client, lead.csrf, text)
    async with house.client(another(lead, "second")) as client:
        await client.post(f"{address}/activate", data={"csrf": lead.csrf})
    days = (9, 8.5, 8, 7.5, 4, 3.5, 3, 0.5)
    for number in arrival:
        sent = await platform.send(order(f"A-{number}", about=subject(number), days_ago=days[number]))
        assert sent.json()["status"] == "matched"
    ids = await members(house)
    own = [each for each in await firings(house) if each[0] == f"{LUOLONG}||"]
    assert [(ids.index(signal), counts["signals"]) for _, signal, counts in own] == [(2, 3), (6, 3)]
    async with house.database.transaction() as tx:
        count = len(await tx.all(select(triggers).where(triggers.c.rule_id == "wages-severe")))
    assert count == 2


async def test_approval_fires_where_the_window_is_full_already_and_a_replaced_version_stays_replaced(
    make_house: MakeHouse,
) -> None:
    house = await make_house(SERVICE)
    await tell_subjects(house, *(subject(number) for number in range(3)))
    platform = await register(house)
    for number in range(3):
        people = {"reporter": {"phone": f"1370000000{number}"}, "content": "有人要跳楼"}
        await platform.send(order(f"A-{number}", about=subject(number)) | people)
    lead = actor(Role.LEAD)
    async with house.client(lead) as client:
        first = await written(client, lead.csrf)
        second = await written(client, lead.csrf, TEXT.replace("at_least: 7", "at_least: 8"))
        assert second.endswith("/2")
    async with house.client(another(lead, "second")) as client:
        for address in (first, second):
            assert (await client.post(f"{address}/activate", data={"csrf": lead.csrf})).status_code == 303
        again = await client.post(f"{first}/activate", data={"csrf": lead.csrf})
        assert again.status_code == 409
        assert "不能恢复执行" in again.text
    async with house.database.transaction() as tx:
        fired = await tx.all(select(triggers).where(triggers.c.rule_id == "wages-severe"))
    assert [row["rule_version"] for row in fired] == [1]  # the second version goes on resting


async def test_a_draft_is_tried_on_history_beside_what_did_fire(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await tell_subjects(house, *(subject(number) for number in range(6)))
    platform = await register(house)
    for number in range(6):
        await platform.send(order(f"A-{number}", about=subject(number), days_ago=2 + number / 10))
        await platform.send(order(f"B-{number}", about=subject(number), days_ago=100 + number))
    lead = actor(Role.LEAD)
    async with house.client(lead) as client:
        address = "/trigger/rules/wages-county-industry/1"
        asked = await client.post(f"{address}/back-tests", data={"csrf": lead.csrf})
        place = asked.headers["location"]
        assert "进度" in (await client.get(place)).text
        assert (await client.post(f"{address}/back-tests", data={"csrf": lead.csrf})).status_code == 409
        assert await run_next(house.database)
        assert not await run_next(house.database)
        found = (await client.get(place.replace("/trigger/", "/trigger/api/v1/"))).json()
        page = (await client.get(place)).text
        book = load_workbook(io.BytesIO((await client.get(f"{place}?format=xlsx")).content))
    assert found["state"] == "done"
    assert {name: found["summary"][name] for name in ("signals", "would", "did", "both")} == {
        "signals": 12, "would": 2, "did": 1, "both": 1,
    }  # fmt: skip
    assert [(each["compared"], each["signals"], each["subjects"]) for each in found["firings"]["items"]] == [
        ("draft", 3, 3),
        ("both", 3, 3),
    ]
    assert "仅本版触发" in page
    assert "恒通" in page
    cells = [row[3] for row in book.get_sheet_by_index(0).to_python()]
    assert cells[-2:] == ["仅本版触发", "两者都触发"]
    async with house.client(actor(Role.UNIT, "410323")) as client:
        elsewhere = (await client.get(place.replace("/trigger/", "/trigger/api/v1/"))).json()
        assert elsewhere["firings"]["total"] == 0
        assert "summary" not in elsewhere


async def test_a_back_test_whose_worker_died_is_begun_anew_and_two_workers_run_it_once(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(actor(Role.LEAD)) as client:
        asked = await client.post("/trigger/api/v1/rules/wages-county-industry/1/back-tests")
        assert asked.status_code == 202
        async with house.database.transaction() as tx:
            await tx.execute(
                update(back_tests).values(state="running", attempts=1, claimed_until=back_tests.c.asked_at)
            )
        assert sorted(await asyncio.gather(*(run_next(house.database) for _ in range(3)))) == [False, False, True]
        found = (await client.get(f"/trigger/api/v1/back-tests/{asked.json()['back_test_id']}")).json()
    assert found["state"] == "done"
    assert found["summary"]["months"] == []
