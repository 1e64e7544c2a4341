"""Forms, monitoring and referrals: the same way in, each matter once, and deadlines that stand on the desk."""

import json
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from libs.common import clock
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.trigger.app import SERVICE
from services.trigger.domain.signature import sign
from tests.conftest import MakeHouse
from tests.trigger.channels.files import LEAD, csv, hand_in, taken
from tests.trigger.knocking import LUOLONG, subject, tell_subjects

TODAY = clock.china_date(clock.now())


def complaint(**more: str) -> dict[str, str]:
    """A complaint by telephone as the form sends it."""
    moment = clock.now().astimezone(clock.CHINA) - timedelta(hours=1)
    return {
        "csrf": LEAD.csrf, "what": "complaint", "form_id": "0191-form-1", "channel": "来电", "kind": "投诉举报",
        "accepted_at": f"{moment:%Y-%m-%dT%H:%M}", "category": "工资支付和最低工资标准", "content": "金丝雀说拖欠工资",
        "employer_name": "", "county": LUOLONG, "reporter_name": "金丝雀", "reporter_phone": "13800001111",
    } | more  # fmt: skip


def referral(**more: str) -> dict[str, str]:
    """A document of another authority as the form sends it."""
    return {
        "csrf": LEAD.csrf, "what": "referral", "form_id": "0191-form-2", "sender": "洛阳市信访局",
        "document_number": "洛信转[2026]15号", "reply_by": (TODAY + timedelta(days=30)).isoformat(),
        "accepted_at": TODAY.isoformat(), "category": "社会保险", "content": "金丝雀反映未缴社保", "county": LUOLONG,
        "employer_name": "未建档一号有限公司",
    } | more  # fmt: skip


async def listed(house: House, query: str = "") -> list[dict[str, Any]]:
    """The signals."""
    async with house.client(LEAD) as client:
        items: list[dict[str, Any]] = (await client.get(f"/trigger/api/v1/signals?{query}")).json()["items"]
    return items


@pytest.mark.article(2)
async def test_a_telephone_complaint_is_matched_weighed_and_sealed_like_an_order(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    known = subject(1)
    await tell_subjects(house, known)
    async with house.client(LEAD) as client:
        assert (await client.get("/trigger/signals/new")).status_code == 200
        sent = await client.post("/trigger/signals/new", data=complaint(employer_name=known.name))
        assert sent.status_code == 303
        page = (await client.get(sent.headers["location"])).text
    assert "人工登记" in page
    assert "金丝雀" not in page
    (one,) = await listed(house, "came_by=form")
    assert (one["state"], one["source"], one["uscc"]) == ("matched", "投诉举报", known.uscc)
    assert len(await house.said("trigger.signal_matched")) == 1


async def test_a_double_click_is_one_signal_and_an_edited_form_another(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    form = complaint()
    async with house.client(LEAD) as client:
        first, second = [await client.post("/trigger/signals/new", data=form) for _ in range(2)]
        assert first.headers["location"] == second.headers["location"]
        await client.post("/trigger/signals/new", data=form | {"content": "另一件事"})
    assert len(await listed(house)) == 2


async def test_a_form_says_beside_each_field_what_to_mend(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(LEAD) as client:
        wrong = complaint(channel="", category="", content="", accepted_at="")
        told = (await client.post("/trigger/signals/new", data=wrong)).text
        for field in ("channel", "category", "content", "accepted_at"):
            assert f'href="#f-{field}"' in told
        late = referral(reply_by=(TODAY - timedelta(days=1)).isoformat(), sender="")
        told = (await client.post("/trigger/signals/new", data=late)).text
        assert 'href="#f-reply_by"' in told
        assert 'href="#f-sender"' in told
    unit = actor(Role.UNIT, "410325")
    async with house.client(unit) as client:
        other = await client.post("/trigger/signals/new", data=complaint(csrf=unit.csrf))
        assert 'href="#f-county"' in other.text
    assert await listed(house) == []


@pytest.mark.article(2, 4)
async def test_a_referral_stands_on_the_desk_when_due_and_is_answered_once(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(LEAD) as client:
        soon = referral(reply_by=(TODAY + timedelta(days=1)).isoformat())
        sent = await client.post("/trigger/signals/new", data=soon)
        assert sent.status_code == 303, sent.text
        again = await client.post("/trigger/signals/new", data=soon | {"form_id": "another-clerk"})
        assert again.headers["location"] == sent.headers["location"]
        await client.post("/trigger/signals/new", data=referral(employer_name="另一家有限公司"))
        near = (await client.get("/trigger/api/v1/referrals?state=near")).json()["items"]
        assert [one["document_number"] for one in near] == ["洛信转〔2026〕15号"]
        assert (await client.get("/trigger/api/v1/referrals")).json()["total"] == 2
        assert "临近办复期限的转办交办" in (await client.get("/trigger/todo")).text
        address = f"/trigger/referrals/{near[0]['signal_id']}"
        form = {"csrf": LEAD.csrf, "number": "", "replied_on": "x", "text": ""}
        wrong = await client.post(f"{address}/reply", data=form)
        assert wrong.status_code == 422
        for field in ("number", "replied_on", "text"):
            assert f'href="#f-{field}"' in wrong.text
        good = form | {"number": "洛人社函〔2026〕8号", "replied_on": TODAY.isoformat(), "text": "已责令金丝雀补缴"}
        assert (await client.post(f"{address}/reply", data=good)).status_code == 303
        assert (await client.post(f"{address}/reply", data=good)).status_code == 409
        shown = (await client.get(address)).text
        assert "洛人社函〔2026〕8号" in shown
        assert "金丝雀" not in shown
        assert (await client.get("/trigger/api/v1/referrals?state=near")).json()["total"] == 0
        assert "洛人社函" in (await client.get("/trigger/referrals?format=csv")).text


async def _signed(house: House, keys: list[str], door: str, body: dict[str, Any], key: str = "") -> Any:
    content, target = json.dumps(body, ensure_ascii=False).encode(), f"/trigger/api/v1/platforms/ly-monitor/{door}"
    timestamp, nonce = str(int(time.time())), uuid4().hex
    headers = {
        "x-sunlot-timestamp": timestamp, "x-sunlot-nonce": nonce,
        "x-sunlot-signature": sign(key or keys[0], "POST", target, timestamp, nonce, content),
    }  # fmt: skip
    async with house.client() as client:
        return await client.post(target, content=content, headers=headers)


@pytest.mark.article(2)
async def test_monitoring_and_referrals_come_signed_and_once(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = {"code": "ly-monitor", "name": "舆情监测", "source": "网络监测", "kinds": ["网络监测", "转办交办"],
                "callback_url": "http://127.0.0.1:9/answers"}  # fmt: skip
    async with house.client(actor(Role.ADMIN)) as client:
        keys = (await client.post("/trigger/api/v1/platforms", json=platform)).json()["keys"]
    moment = clock.now().isoformat()
    hit = {"url": "https://bbs.example/t/1", "accepted_at": moment, "title": "标题", "content": "金丝雀发帖",
           "county": "嵩县",
           "categories": ["拖欠工资"], "urgency": "严重"}  # fmt: skip
    assert (await _signed(house, keys, "monitoring", hit, key="wrong")).status_code == 401
    first = await _signed(house, keys, "monitoring", hit)
    assert first.status_code == 201, first.text
    assert (await _signed(house, keys, "monitoring", hit)).status_code == 200
    broken = await _signed(house, keys, "monitoring", hit | {"url": "canary", "content": ""})
    assert broken.status_code == 422
    assert "canary" not in broken.text
    matter = {"document_number": "豫人社转〔2026〕3号", "sender": "河南省人社厅", "accepted_at": moment,
              "reply_by": (TODAY + timedelta(days=20)).isoformat(), "content": "金丝雀"}  # fmt: skip
    assert (await _signed(house, keys, "referrals", matter)).status_code == 201
    assert (await _signed(house, keys, "referrals", matter)).status_code == 200
    late = await _signed(house, keys, "referrals", matter | {"reply_by": "2020-01-01"})
    assert late.status_code == 422
    doors = {(one["came_by"], one["source"], one["kind"], one["county"]) for one in await listed(house)}
    assert doors == {("monitoring", "网络监测", "网络监测", "410325"), ("referral", "转办交办", "转办交办", "410300")}


async def test_monitoring_and_referrals_come_by_file_in_the_offices_name(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    day, due = (TODAY - timedelta(days=1)).isoformat(), (TODAY + timedelta(days=9)).isoformat()
    files = {
        "monitoring": csv(["https://a.example/1", day, "标题", "摘要"], headers=["网址", "监测时间", "标题", "摘要"]),
        "referral": csv(
            ["洛信转〔2026〕1号", "信访局", day, due, "甲厂", "一"],
            ["洛信转〔2026〕1号", "信访局", day, due, "乙厂", "二"],
            headers=["文号", "交办单位", "收文日期", "办复期限", "被反映单位", "交办事项"],
        ),
    }  # fmt: skip
    for kind, content in files.items():
        async with house.client(LEAD) as client:
            looked = await hand_in(client, content, kind=kind, platform="office")
        assert looked.status_code == 201, looked.text
        done = await taken(house, looked.json()["upload_id"])
        assert done["faulty"] == 0
    assert sorted(one["source"] for one in await listed(house, "came_by=upload")) == [
        "网络监测",
        "转办交办",
        "转办交办",
    ]


async def test_a_program_enters_what_the_form_does(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    fields = {name: value for name, value in complaint().items() if name not in {"csrf", "what", "form_id"}}
    async with house.client(LEAD) as client:
        body = {"form_id": "program-1", "fields": fields}
        assert (await client.post("/trigger/api/v1/signals", json=body)).status_code == 201
        assert (await client.post("/trigger/api/v1/signals", json=body)).status_code == 200
        wrong = await client.post("/trigger/api/v1/signals", json=body | {"fields": {}})
        assert wrong.status_code == 422
    async with house.client(actor(Role.AUDITOR)) as client:
        assert (await client.post("/trigger/api/v1/signals", json=body)).status_code == 403
