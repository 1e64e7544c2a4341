"""What a platform says of its order: once, in any order, also before the order; and an unsatisfied 回访 reopens."""

import asyncio
from itertools import permutations
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from libs.common.clock import now
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.trigger.app import SERVICE
from services.trigger.domain.signal import due_of
from services.trigger.loops.push_due import apply_kept, sweep
from services.trigger.store.order_tables import order_messages, reviews
from services.trigger.store.tables import answers, rule_facts, signal_fields, signals, triggers
from tests.conftest import MakeHouse
from tests.trigger.knocking import LUOLONG, Platform, days_ago, message, order, register, subject, tell_subjects

ALL = [
    message("urge", "M-1", days=0.5),
    message("urge", "M-2", days=0.4),
    message("supervise", "M-3", days=0.3),
    message("extend", "M-4", days=0.3, until="2027-01-08"),
    message("revisit", "M-5", days=0.2, result="unsatisfied", reason="slow", text="还是没有发工资"),
    message("revisit", "M-6", days=0.1, result="not_reached"),
    message("withdraw", "M-7", days=0.05, text="重复派单"),
]
STANDING = ("state", "due", "urge_count", "supervised", "reopened", "revisit", "review_due")


async def ready(make_house: MakeHouse, subjects: int = 4) -> tuple[House, Platform]:
    house = await make_house(SERVICE)
    await tell_subjects(house, *(subject(number) for number in range(subjects)))
    return house, await register(house)


async def standing(house: House, order_id: str) -> dict[str, Any]:
    """What messages have made of the order's signal, with its reviews and what its platform hears."""
    async with house.database.transaction() as tx:
        row = await tx.first(select(signals).where(signals.c.order_id == order_id))
        assert row is not None
        rounds = await tx.all(select(reviews).where(reviews.c.signal_id == row["signal_id"]).order_by("number"))
        fields = await tx.all(select(signal_fields.c.field).where(signal_fields.c.signal_id == row["signal_id"]))
        told = await tx.all(select(answers.c.stage).where(answers.c.signal_id == row["signal_id"]))
    return {name: row[name] for name in STANDING} | {
        "reviews": [(one["number"], one["conclusion"]) for one in rounds],
        "fields": sorted(one["field"] for one in fields),
        "told": sorted(one["stage"] for one in told if one["stage"] not in {"matched", "reopened"}),
    }


async def test_messages_and_their_order_end_the_same_in_whatever_order_they_come(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    sent: list[Any] = ["order", *ALL]
    orders = list(permutations(range(len(sent))))[:: 40320 // 12]
    ends = []
    for number, places in enumerate(orders):
        order_id = f"P-{number:03d}"
        for place in places:
            if sent[place] == "order":
                reply = await platform.send(order(order_id, about=subject(1)))
            else:
                reply = await platform.say(order_id, sent[place])
            assert reply.status_code in {201, 202}, reply.text
        ends.append(await standing(house, order_id))
    assert ends[1:] == ends[:-1]
    assert (ends[0]["state"], ends[0]["urge_count"], ends[0]["reopened"]) == ("withdrawn", 2, 1)
    assert ends[0]["reviews"] == [(1, "withdrawn")]


async def test_a_message_counts_once_and_its_id_means_one_content(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    await platform.send(order("A-001", about=subject(1)))
    urge = message("urge", "M-1")
    replies = [await platform.say("A-001", urge) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 200]
    assert replies[0].json() == replies[1].json()
    other = await platform.say("A-001", urge | {"text": "换了内容"})
    assert (other.status_code, other.json()["type"]) == (409, "urn:sunlot:problem:message-id-taken")
    assert "换了内容" not in other.text
    assert (await standing(house, "A-001"))["urge_count"] == 1


async def test_a_message_before_its_order_is_kept_and_given_up_after_thirty_days(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    early = await platform.say("A-001", message("supervise", "M-1", text="请优先办理"))
    assert (early.status_code, early.json()["status"]) == (202, "kept")
    signal_id = (await platform.send(order("A-001", about=subject(1)))).json()["signal_id"]
    assert signal_id == early.json()["signal_id"]
    assert (await standing(house, "A-001"))["supervised"]
    await platform.say("LOST-1", message("update", "M-1", text="没有工单的内容"))
    async with house.database.transaction() as tx:
        await tx.execute(order_messages.update().values(received_at=days_ago(31)))
    await sweep(house.database)
    async with house.database.transaction() as tx:
        left = await tx.all(select(order_messages.c.signal_id))
        texts = await tx.all(select(signal_fields).where(signal_fields.c.field == "order message M-1"))
    assert [row["signal_id"] for row in left] == [signal_id]
    assert [row["signal_id"] for row in texts] == [signal_id]


async def test_what_order_and_message_overlooked_of_each_other_is_applied_by_the_loop(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    await platform.say("A-001", message("urge", "M-1"))
    await platform.send(order("A-001", about=subject(1)))
    async with house.database.transaction() as tx:  # as if neither had seen the other
        await tx.execute(order_messages.update().values(applied_at=None))
        await tx.execute(signals.update().values(urge_count=0))
    await apply_kept(house.database)
    await apply_kept(house.database)
    assert (await standing(house, "A-001"))["urge_count"] == 1
    async with house.database.transaction() as tx:  # and the loop did not run that day
        await tx.execute(order_messages.update().values(applied_at=None, received_at=days_ago(1)))
    await apply_kept(house.database)
    assert (await standing(house, "A-001"))["urge_count"] == 1
    await sweep(house.database)
    assert (await standing(house, "A-001"))["urge_count"] == 2


async def test_an_order_and_its_messages_in_one_moment_end_the_same(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    said = [
        message("urge", "M-01"), message("supervise", "M-02"), message("update", "M-03", text="补充"),
        message("revisit", "M-04", result="unsatisfied"), message("withdraw", "M-05"), message("urge", "M-06"),
    ]  # fmt: skip
    copies, ends = [*said, *said[:3]], set()
    for number in range(4):
        order_id = f"A-{number:03d}"
        calls = [platform.say(order_id, one) for one in copies]
        calls.insert(2 * number, platform.send(order(order_id, about=subject(1))))
        calls.append(platform.send(order(order_id, about=subject(1))))
        assert {answer.status_code for answer in await asyncio.gather(*calls)} <= {200, 201, 202}
        await apply_kept(house.database)
        known = await standing(house, order_id)
        ends.add(
            tuple(known[name] for name in ("state", "urge_count", "supervised", "reopened", "revisit", "review_due"))
        )
    assert ends == {("withdrawn", 2, True, 1, "unsatisfied", None)}
    async with house.database.transaction() as tx:
        told = await tx.all(select(answers).order_by(answers.c.signal_id, answers.c.sequence))
    by_signal = {
        row["signal_id"]: [one["sequence"] for one in told if one["signal_id"] == row["signal_id"]] for row in told
    }
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_signal.values())


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"kind": "revisit"}, "result"),
        ({"kind": "extend"}, "until"),
        ({"kind": "shout"}, "kind"),
        ({"kind": "urge", "at": "2026-11-22T09:00:00"}, "at"),
    ],
)
async def test_what_is_missing_is_named_and_nothing_repeated(
    make_house: MakeHouse, wrong: dict[str, Any], named: str
) -> None:
    platform = await register(await make_house(SERVICE))
    reply = await platform.say("A-001", message("urge", "M-1", text="金丝雀内容") | wrong)
    assert reply.status_code == 422
    assert named in reply.text
    assert "金丝雀" not in reply.text


async def test_a_message_needs_a_signature(make_house: MakeHouse) -> None:
    platform = await register(await make_house(SERVICE))
    assert (await platform.say("A-001", message("urge", "M-1"), key="wrong")).status_code == 401


@pytest.mark.article(2)
async def test_a_withdrawn_signal_stays_visible_and_counts_no_more(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    for number in range(2):
        await platform.send(order(f"A-{number}00", about=subject(number)))
    await platform.say("A-100", message("withdraw", "M-1"))
    await platform.send(order("A-200", about=subject(2)))
    async with house.database.transaction() as tx:
        assert (await tx.all(select(triggers.c.trigger_id))) == []
        assert len(await tx.all(select(rule_facts.c.signal_id))) == 2
    await platform.send(order("A-300", about=subject(3)))
    await platform.say("A-300", message("withdraw", "M-1"))
    async with house.database.transaction() as tx:  # it made the group fire: that stays
        assert await tx.scalar(select(triggers.c.signal_count)) == 3
        assert len(await tx.all(select(rule_facts.c.signal_id))) == 3
    async with house.client(actor(Role.LEAD)) as client:
        page = (await client.get("/trigger/signals?state=withdrawn")).text
    assert "A-100" in page
    assert "平台撤回" in page


async def test_a_supervised_signal_is_weighed_again(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    lead, other = actor(Role.LEAD, account="one"), actor(Role.LEAD, account="two")
    async with house.client(lead) as client:
        written = await client.post("/trigger/api/v1/rules", json={"document": yaml.safe_load(SUPERVISED_RULE)})
        assert written.status_code == 201, written.text
    async with house.client(other) as client:
        approved = await client.post("/trigger/api/v1/rules/supervised-wages/1/activation")
        assert approved.status_code == 204, approved.text
    for number in range(2):
        await platform.send(order(f"A-{number}00", about=subject(number)))
        await platform.say(f"A-{number}00", message("supervise", "M-1"))
        async with house.database.transaction() as tx:
            fired = await tx.all(select(triggers).where(triggers.c.rule_id == "supervised-wages"))
        assert len(fired) == number
    assert fired[0]["counts"]["points"] == 10


SUPERVISED_RULE = """
id: supervised-wages
name: 督办的欠薪线索
article: 细则第二条、第四条
source: 投诉举报
when:
  kinds: [投诉举报]
  categories: [工资支付和最低工资标准]
  group_by: [county]
  at_least: 1
  distinct: signal
  window_days: 30
  cool_down_days: 30
  points: {at_least: 10, each: 1, supervised: 4}
effect: {mode: directed_draw, item_categories: [工资支付和最低工资标准], urgent: false, finish_within_days: 30}
"""


async def reopen(platform: Platform, number: int) -> None:
    await platform.say(
        "A-001", message("revisit", f"V-{number}", result="unsatisfied", reason="unsolved", text=f"第{number}次不满意")
    )


@pytest.mark.article(2)
async def test_an_unsatisfied_return_visit_reopens_and_the_platform_hears_both_ends(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    signal = (await platform.send(order("A-001", about=subject(1)))).json()["signal_id"]
    unit = actor(Role.UNIT, LUOLONG)
    async with house.client(unit) as client:
        for number in (1, 2):
            await reopen(platform, number)
            page = (await client.get(f"/trigger/signals/{signal}")).text
            assert "待复核" in page
            assert "问题没有解决" in page
            assert f"第{number}次不满意" not in page
            assert "A-001" in (await client.get("/trigger/signals?review=1")).text
            form = {"csrf": unit.csrf, "conclusion": "explained", "note": ""}
            short = await client.post(f"/trigger/signals/{signal}/review", data=form)
            assert short.status_code == 422
            assert 'href="#f-note"' in short.text
            form["note"] = "已当面核实张某某情况"
            assert (await client.post(f"/trigger/signals/{signal}/review", data=form)).status_code == 303
            assert (await client.post(f"/trigger/signals/{signal}/review", data=form)).status_code == 409
            assert "A-001" not in (await client.get("/trigger/signals?review=1")).text
        page = (await client.get(f"/trigger/signals/{signal}")).text
        assert "已当面核实" not in page
        opened = await client.post(f"/trigger/signals/{signal}/open", data={"csrf": unit.csrf, "purpose": "复核情况"})
        assert "第1次不满意" in opened.text
        assert "已当面核实张某某情况" in opened.text
    async with house.database.transaction() as tx:
        told = await tx.all(select(answers).order_by(answers.c.sequence))
    assert [(row["stage"], row["round"]) for row in told] == [
        ("accepted", 0), ("matched", 0), ("reopened", 1), ("reviewed", 1), ("reopened", 2), ("reviewed", 2),
    ]  # fmt: skip
    assert not any("张某某" in row["text"] or "次不满意" in row["text"] for row in told)
    due = due_of(now(), 5).due
    assert f"{due.year}年{due.month}月{due.day}日" in told[2]["text"]


async def test_a_review_joins_another_inspection_and_hears_of_it_in_its_round(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    other = subject(9, industry="C1310", name="洛阳市恒通面粉厂")
    await tell_subjects(house, other)
    signal = (await platform.send(order("A-001", about=other))).json()["signal_id"]
    for number in range(3):
        await platform.send(order(f"B-{number:03d}", about=subject(number)))
    await reopen(platform, 1)
    unit = actor(Role.UNIT, LUOLONG)
    async with house.client(unit) as client:
        path = f"/trigger/api/v1/signals/{signal}/review"
        body = {"conclusion": "joined", "note": "并入本次抽查", "trigger_id": "no-such"}
        refused = await client.post(path, json=body)
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:sunlot:problem:trigger-not-fitting")
        trigger = (await client.get("/trigger/api/v1/triggers")).json()["items"][0]["trigger_id"]
        assert (await client.post(path, json=body | {"trigger_id": trigger})).status_code == 204
        assert signal in {
            s["signal_id"] for s in (await client.get(f"/trigger/api/v1/triggers/{trigger}")).json()["signals"]
        }
    async with house.database.transaction() as tx:
        told = await tx.all(select(answers).where(answers.c.signal_id == signal).order_by(answers.c.sequence))
    assert [row["stage"] for row in told][-2:] == ["reopened", "reviewed"]
    assert "随机抽查" in told[-1]["text"]


async def test_a_returned_signal_can_be_taken_up_again_and_returned_again(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    signal = (await platform.send(order("A-001") | {"employer_name": "查无此店"})).json()["signal_id"]
    unit = actor(Role.UNIT, LUOLONG)
    async with house.client(unit) as client:
        api = f"/trigger/api/v1/signals/{signal}"
        await client.post(f"{api}/return", json={"reason": "无法核实"})
        await reopen(platform, 1)
        await client.post(f"{api}/review", json={"conclusion": "retaken", "note": "补充了材料"})
        assert (await client.get(api)).json()["state"] == "waiting"
        assert (await client.get(api)).json()["due"] == due_of(now(), 5).due.isoformat()
        await client.post(f"{api}/return", json={"reason": "仍无法核实"})
        stages = [row["stage"] for row in (await client.get(api)).json()["answers"]]
    assert stages == ["accepted", "returned", "reopened", "reviewed", "returned"]


async def test_only_the_signals_county_and_clerks_may_review(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    signal = (await platform.send(order("A-001", about=subject(1)))).json()["signal_id"]
    await reopen(platform, 1)
    body = {"conclusion": "explained", "note": "已经说明"}
    for who, status in ((actor(Role.UNIT, "410323"), 404), (actor(Role.AUDITOR), 403), (actor(Role.SECTION), 403)):
        async with house.client(who) as client:
            assert (await client.post(f"/trigger/api/v1/signals/{signal}/review", json=body)).status_code == status


async def test_urged_and_supervised_signals_can_be_filtered_and_exported(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    for number in range(3):
        await platform.send(order(f"A-00{number}", about=subject(number)) | {"urge_count": number})
    await platform.say("A-001", message("urge", "M-1"))
    await platform.say("A-002", message("supervise", "M-2"))
    async with house.client(actor(Role.LEAD)) as client:
        items = (await client.get("/trigger/api/v1/signals?urged=1&sort=-urge_count")).json()["items"]
        assert {one["order_id"]: one["urge_count"] for one in items} == {"A-001": 2, "A-002": 2}
        text = (await client.get("/trigger/signals?supervised=1&format=csv")).text
    assert "A-002" in text
    assert "A-001" not in text
    assert "督办" in text
