"""What an informant said is erased when its time has come, kept where a lead says why, and every reading is listed."""

import asyncio
import io
from datetime import timedelta

import pytest
from pydantic import ValidationError
from python_calamine import load_workbook

from libs.common import clock
from libs.common.http.auth import Actor, Role
from libs.common.testing.doors import House, actor
from services.trigger.app import SERVICE
from services.trigger.domain.retention import Hold
from services.trigger.loops.erase import erase_due
from services.trigger.loops.push_due import sweep
from services.trigger.settings import TriggerSettings
from services.trigger.store import retention
from services.trigger.store.tables import signal_fields, signals
from tests.conftest import MakeHouse
from tests.trigger.knocking import LUOLONG, Platform, register, subject, tell_subjects
from tests.trigger.secrets_of import CANARIES, PAPERS, ask, whispered

DAYS = 1095
LEAD = actor(Role.LEAD)
HOLD = {"csrf": LEAD.csrf, "ground": "review", "document": "洛行复〔2026〕12号"}


async def furnished(make_house: MakeHouse) -> tuple[House, Platform, str]:
    """A house with one order that found its subject."""
    house = await make_house(SERVICE)
    platform = await register(house)
    await tell_subjects(house, subject(1))
    signal = (await platform.send(whispered("C-001"))).json()["signal_id"]
    await platform.send(whispered("C-001", urge_count=2))
    return house, platform, signal


async def erase_in(house: House, days: int) -> int:
    """What the loop does when so many days have passed."""
    return await erase_due(house.database, DAYS, clock.now() + timedelta(days=days))


async def sealed(house: House) -> int:
    rows = await ask(
        house,
        "select (select count(*) from signal_fields) + (select count(*) from signal_messages where sealed <> '') as n",
    )
    return int(rows[0]["n"])


async def post(house: House, who: Actor, path: str, form: dict[str, str]) -> tuple[int, str]:
    async with house.client(who) as client:
        answer = await client.post(f"/trigger/{path}", data=form)
    return answer.status_code, answer.text


async def test_after_its_time_nothing_is_left_but_counts_and_history(make_house: MakeHouse) -> None:
    house, _, signal = await furnished(make_house)
    before = await sealed(house)
    assert before > 1
    assert await erase_in(house, DAYS - 1) == 0
    assert await sealed(house) == before
    assert await erase_in(house, DAYS + 1) == 1
    assert await sealed(house) == 0
    assert await ask(house, "select * from signals where complainant <> '' or erased_at is null") == []
    assert await ask(house, "select * from rule_facts where complainant <> ''") == []
    assert len(await ask(house, "select * from signal_messages")) == 1, "that something came is still known"
    assert await erase_in(house, DAYS + 2) == 0

    async with house.client(LEAD) as client:
        page = await client.get(f"/trigger/signals/{signal}")
        keeping = await client.get(f"/trigger/signals/{signal}/retention")
    for shown in (page.text, keeping.text):
        assert "已按保存期限清除" in shown
    assert "系统" in page.text
    assert "办结满 1095 日，保存期限政策" in page.text
    assert all(line in page.text for line in ("收到工单", "匹配检查对象"))
    status, opened = await post(house, LEAD, f"signals/{signal}/open", {"csrf": LEAD.csrf, "purpose": "核实单位名称"})
    assert status == 200
    assert all(word not in opened for word in CANARIES.values())


async def test_what_the_platform_adds_later_goes_too_and_the_same_order_is_not_kept_again(
    make_house: MakeHouse,
) -> None:
    house, platform, _ = await furnished(make_house)
    first = whispered("C-002")
    signal = (await platform.send(first)).json()["signal_id"]
    assert await erase_in(house, DAYS + 1) == 2
    assert (await post(house, LEAD, f"signals/{signal}/hold", HOLD))[0] == 409
    assert (await platform.send(first)).status_code == 200
    assert await sealed(house) == 0
    assert (await platform.send(first | {"content": "又来反映"})).status_code == 200
    assert await sealed(house) == 1
    async with house.client(LEAD) as client:
        assert "暂不清除" in (await client.get(f"/trigger/signals/{signal}/retention")).text
    assert (await post(house, LEAD, f"signals/{signal}/hold", HOLD))[0] == 303
    assert await erase_in(house, 2 * DAYS + 2) == 0
    assert (await post(house, LEAD, f"signals/{signal}/lift-hold", {"csrf": LEAD.csrf}))[0] == 303
    assert await erase_in(house, 2 * DAYS + 2) == 1
    assert await sealed(house) == 0


async def test_what_is_still_to_be_done_is_kept(make_house: MakeHouse) -> None:
    house, platform, signal = await furnished(make_house)
    await platform.send(whispered("C-002", employer_name="查无此单位商行"))
    await ask(
        house,
        "insert into trigger_signals (trigger_id, signal_id, rule_id, part) values ('t', :s, 'r', 'cause')",
        s=signal,
    )
    await ask(house, "insert into trigger_cases values ('t', 'c-1', 'd', 'u', '', false)")
    assert await erase_in(house, DAYS + 1) == 0, "one waits for a clerk, the other for an inspection"
    await ask(house, "update trigger_cases set subject_result = '1'")
    assert await erase_in(house, DAYS + 1) == 1


async def test_a_lead_keeps_a_signal_on_a_ground_and_lets_it_go_again(make_house: MakeHouse) -> None:
    house, _, signal = await furnished(make_house)
    status, page = await post(house, LEAD, f"signals/{signal}/hold", HOLD | {"ground": "", "document": "x"})
    assert status == 422
    assert "请选择暂不清除的依据" in page
    assert (await post(house, LEAD, f"signals/{signal}/hold", HOLD))[0] == 303
    assert (await post(house, LEAD, f"signals/{signal}/hold", HOLD))[0] == 303, "a double click is one"
    assert (await post(house, LEAD, f"signals/{signal}/hold", HOLD | {"ground": "audit"}))[0] == 409
    assert len(await ask(house, "select * from signal_holds")) == 1
    async with house.client(LEAD) as client:
        listed = (await client.get("/trigger/signals?held=1")).text
        assert f"/trigger/signals/{signal}/retention" in listed, "a hold is seen in the list"
        assert '<span class="tag warn">暂不清除</span>' in (await client.get(f"/trigger/signals/{signal}")).text
    assert await erase_in(house, 2 * DAYS) == 0
    async with house.client(actor(Role.AUDITOR)) as client:
        told = (await client.get(f"/trigger/api/v1/signals/{signal}/retention")).json()
        page_of_it = await client.get(f"/trigger/signals/{signal}/retention")
    assert told["held"] is True
    assert "洛行复〔2026〕12号" in page_of_it.text
    assert "解除暂不清除" not in page_of_it.text, "the auditor changes nothing"
    assert (await post(house, LEAD, f"signals/{signal}/lift-hold", {"csrf": LEAD.csrf}))[0] == 303
    assert (await post(house, LEAD, f"signals/{signal}/lift-hold", {"csrf": LEAD.csrf}))[0] == 409
    async with house.client(LEAD) as client:
        assert (await client.get("/trigger/api/v1/signals?held=1")).json()["total"] == 0
    assert await erase_in(house, 2 * DAYS) == 1
    assert (await post(house, LEAD, f"signals/{signal}/hold", HOLD))[0] == 409
    history = await ask(house, "select who, what from signal_history order by number")
    assert [row["who"] for row in history if "暂不清除" in row["what"]] == ["测试牵头科室", "测试牵头科室"]


async def test_only_a_lead_keeps_a_signal_longer(make_house: MakeHouse) -> None:
    house, _, signal = await furnished(make_house)
    for role in (Role.UNIT, Role.SECTION, Role.AUDITOR, Role.ADMIN, Role.OFFICER):
        assert (await post(house, actor(role), f"signals/{signal}/hold", HOLD))[0] == 403, role


@pytest.mark.parametrize("days", [1, 365, -1])
def test_no_policy_is_shorter_than_a_rule_looks_back(days: int) -> None:
    with pytest.raises(ValidationError):
        TriggerSettings.model_validate(
            {
                "database_url": "x",
                "amqp_url": "x",
                "session_public_key": "{}",
                "field_keys": "{}",
                "erase_after_days": days,
            }
        )


async def test_a_hold_placed_while_erasure_looks_for_what_is_due_counts(make_house: MakeHouse) -> None:
    house, _, signal = await furnished(make_house)
    before = clock.now() + timedelta(days=1)
    async with house.database.transaction() as erasing:
        assert await retention.due(erasing, before, 10) == [signal]
        async with house.database.transaction() as holding:  # what began before its row was locked
            await retention.place(holding, signal, Hold("review", "洛行复〔2026〕12号"), LEAD, clock.now())
        assert await retention.still_over(erasing, [signal], before) == []


async def test_never_is_a_policy_too(make_house: MakeHouse) -> None:
    house, _, _ = await furnished(make_house)
    assert await erase_due(house.database, 0, clock.now() + timedelta(days=40_000)) == 0


async def test_thousands_are_erased_in_portions(make_house: MakeHouse) -> None:
    house, _, signal = await furnished(make_house)
    async with house.database.engine.begin() as connection:
        for table in (signals, signal_fields):
            rows = await connection.execute(table.select().where(table.c.signal_id == signal))
            one = dict(rows.mappings().first() or {})
            copies = [one | {"signal_id": f"s-{number}"} for number in range(1200)]
            await connection.execute(table.insert(), copies)
    assert await erase_in(house, DAYS + 1) == 1201
    assert await sealed(house) == 0
    assert len(await ask(house, "select * from signal_history where what like '按保存期限清除%'")) == 1201


async def test_nonces_go_once_no_signature_could_use_them(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    await platform.send(whispered("C-001"))
    old = "insert into nonces values ('ly-12345', 'long-ago-0123456789', now() - interval '1 hour')"
    await ask(house, old)
    await sweep(house.database)
    assert len(await ask(house, "select * from nonces")) == 1
    assert await ask(house, "select * from nonces where nonce = 'long-ago-0123456789'") == []


async def test_an_attachment_is_never_fetched_and_never_a_link(make_house: MakeHouse) -> None:
    """An address chosen by a stranger is a way into our network, and a click tells him who looks."""
    house = await make_house(SERVICE)
    platform = await register(house)
    fetched: list[object] = []
    listener = await asyncio.start_server(lambda _, writer: fetched.append(writer), "127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/evidence.jpg"
    async with listener:
        given = [{"name": "工资条.jpg", "url": address}, {"name": "x", "url": "javascript:alert(1)"}]
        signal = (await platform.send(whispered("C-001", attachments=given))).json()["signal_id"]
        form = {"csrf": LEAD.csrf, "purpose": "核实工资数额"}
        status, page = await post(house, LEAD, f"signals/{signal}/open", form)
        async with house.client(LEAD) as client:
            await client.get(f"/trigger/signals/{signal}")
    assert (status, fetched) == (200, [])
    assert f"工资条.jpg {address}" in page
    assert not any(f'{name}="{scheme}' in page for name in ("href", "src") for scheme in (address, "javascript:"))


async def test_a_unit_reads_what_it_needs_and_no_papers(make_house: MakeHouse) -> None:
    house, _, signal = await furnished(make_house)
    unit = actor(Role.UNIT, LUOLONG)
    _, opened = await post(house, unit, f"signals/{signal}/open", {"csrf": unit.csrf, "purpose": "电话核实情况"})
    assert all(word in opened for word in CANARIES.values() if word not in PAPERS)
    assert all(word not in opened for word in PAPERS), "neither in a field nor inside a later message"
    assert "您的角色无权查看" in opened
    [view] = await ask(house, "select fields from secret_views")
    assert "reporter_phone" in view["fields"]
    assert not {"reporter_id_number", "reporter_bank_card"} & set(view["fields"])


async def test_auditors_see_who_read_what_and_what_for(make_house: MakeHouse) -> None:
    house, _, signal = await furnished(make_house)
    unit = actor(Role.UNIT, LUOLONG)
    await post(house, unit, f"signals/{signal}/open", {"csrf": unit.csrf, "purpose": "电话核实情况"})
    await post(house, LEAD, f"signals/{signal}/open", {"csrf": LEAD.csrf, "purpose": "起草答复意见"})
    async with house.client(actor(Role.AUDITOR)) as client:
        page = await client.get("/trigger/views")
        filtered = await client.get("/trigger/views?role=unit&since=2020-01-01&q=C-001")
        none = await client.get("/trigger/views?until=2020-01-01")
        odd = await client.get("/trigger/views?since=0001-01-01&until=9999-12-31&sort=-name")
        listed = (await client.get("/trigger/api/v1/views?sort=viewed_at")).json()
        book = await client.get("/trigger/views?format=xlsx")
    assert all(text in page.text for text in ("电话核实情况", "起草答复意见", "联系电话", "C-001", "县区单位"))
    assert "起草答复意见" not in filtered.text
    assert "共 0 条" in none.text
    assert odd.status_code == 200
    assert [one["purpose"] for one in listed["items"]] == ["电话核实情况", "起草答复意见"]
    rows = load_workbook(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert any("电话核实情况" in map(str, row) and "县区单位" in map(str, row) for row in rows)
    for role in (Role.UNIT, Role.SECTION, Role.OFFICER, Role.ADMIN):
        async with house.client(actor(role)) as client:
            assert (await client.get("/trigger/views")).status_code == 403
    async with house.client(actor(Role.LEAD, "410323")) as client:
        assert (await client.get("/trigger/api/v1/views")).json()["total"] == 0
