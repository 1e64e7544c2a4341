"""From matched signals to a trigger: who counts, once, whatever the order and however many at a time."""

import asyncio
import json

import pytest
from sqlalchemy import func, select

from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor, another
from services.trigger.app import SERVICE
from services.trigger.store.tables import trigger_signals, triggers
from tests.conftest import MakeHouse
from tests.trigger.knocking import LUOLONG, Platform, order, register, subject, tell_subjects


async def ready(make_house: MakeHouse, subjects: int = 6) -> tuple[House, Platform]:
    house = await make_house(SERVICE)
    await tell_subjects(house, *(subject(number) for number in range(subjects)))
    return house, await register(house)


async def count(house: House, table: str) -> int:
    async with house.database.transaction() as tx:
        known = {"triggers": triggers, "trigger_signals": trigger_signals}
        return int(await tx.scalar(select(func.count()).select_from(known[table])))


@pytest.mark.article(2, 4, 8)
async def test_three_wage_complaints_in_one_county_and_industry_fire_once(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    for number in range(5):
        reply = await platform.send(order(f"A-{number:03d}", about=subject(number)))
        assert reply.json()["status"] == "matched"
    ((envelope, payload),) = await house.said("trigger.trigger_fired")
    fired = json.loads(payload)
    assert fired["county"] == envelope.county == LUOLONG
    assert fired["signal_count"] == 3
    assert fired["rule_version"] == 1
    assert fired["counts"] == {"signals": 3, "subjects": 3, "at_least": 3, "window_days": 30}
    assert fired["filter"] == [
        {"col": "county", "within": [LUOLONG], "prefix": None},
        {"col": "industry", "within": None, "prefix": ["I"]},
    ]
    assert fired["article"] == "细则第二条、第四条"
    assert "3 件" in fired["reason"]
    async with house.database.transaction() as tx:
        parts = [row["part"] for row in await tx.all(select(trigger_signals))]
    assert sorted(parts) == ["cause"] * 3 + ["joined"] * 2


async def test_other_industries_counties_and_matters_do_not_count(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house, 2)
    elsewhere = subject(10, county="410323")
    await tell_subjects(house, elsewhere)
    other_industry = subject(11, industry="C1310")
    await tell_subjects(house, other_industry)
    await platform.send(order("A-001", about=subject(0)))
    await platform.send(order("A-002", about=subject(1)))
    await platform.send(order("A-003", about=elsewhere))
    await platform.send(order("A-004", about=other_industry))
    await platform.send(order("A-005", about=subject(1)) | {"categories": ["社会保险"]})
    assert await count(house, "triggers") == 0


async def test_the_order_of_arrival_does_not_matter_but_history_does_not_fire(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    for number, days in enumerate((200, 199, 198)):
        await platform.send(order(f"OLD-{number}", about=subject(number), days_ago=days))
    assert await count(house, "triggers") == 0
    for number, days in enumerate((2, 25, 14)):
        await platform.send(order(f"NEW-{number}", about=subject(number), days_ago=days))
    assert await count(house, "triggers") == 1
    assert await count(house, "trigger_signals") == 3


async def test_signals_further_apart_than_the_window_do_not_fire(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    for number, days in enumerate((1, 20, 40)):
        await platform.send(order(f"A-{number:03d}", about=subject(number), days_ago=days))
    assert await count(house, "triggers") == 0


async def test_eight_at_once_fire_one_trigger(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    orders = [order(f"A-{number:03d}", about=subject(number % 6)) for number in range(8)]
    replies = await asyncio.gather(*(platform.send(one) for one in orders))
    assert {reply.json()["status"] for reply in replies} == {"matched"}
    assert await count(house, "triggers") == 1
    assert len(await house.said("trigger.trigger_fired")) == 1
    assert await count(house, "trigger_signals") == 8


@pytest.mark.article(4)
async def test_signals_that_came_before_the_registry_are_matched_and_counted_later(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    for number in range(3):
        reply = await platform.send(order(f"A-{number:03d}", about=subject(number)))
        assert reply.json()["status"] == "waiting"
    await tell_subjects(house, *(subject(number) for number in range(3)))
    assert await count(house, "triggers") == 1
    known = await house.said("trigger.trigger_fired")
    assert not known[0][0].correlation_id.startswith("test-")  # the complaint's own, not the registry's


async def test_a_late_state_of_a_subject_changes_nothing(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    await tell_subjects(house, subject(1, name="洛阳市新名信息技术有限公司", version=3))
    await tell_subjects(house, subject(1, name="洛阳市旧名信息技术有限公司", version=2))
    new = await platform.send(order("A-001") | {"employer_name": "新名信息技术有限责任公司"})
    old = await platform.send(order("A-002") | {"employer_name": "旧名信息技术有限公司"})
    assert (new.json()["status"], old.json()["status"]) == ("matched", "waiting")


async def test_a_clerk_chooses_once_and_the_choice_counts(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    for number in range(2):
        await platform.send(order(f"A-{number:03d}", about=subject(number)))
    typo = (await platform.send(order("A-002") | {"employer_name": "恒通00000贰号信息技术公司"})).json()["signal_id"]
    unit = actor(Role.UNIT, LUOLONG)
    async with house.client(unit) as client:
        page = await client.get(f"/trigger/signals/{typo}/match")
        assert "恒通002号" in page.text or "恒通000号" in page.text
        chosen = await client.post(f"/trigger/signals/{typo}/match", data={"csrf": unit.csrf, "uscc": subject(2).uscc})
        assert chosen.status_code == 303
        again = await client.post(f"/trigger/signals/{typo}/match", data={"csrf": unit.csrf, "uscc": subject(3).uscc})
        assert again.status_code == 409
    assert await count(house, "triggers") == 1


async def test_another_countys_clerk_does_not_see_it(make_house: MakeHouse) -> None:
    house, platform = await ready(make_house)
    signal = (await platform.send(order("A-001", about=subject(1)))).json()["signal_id"]
    async with house.client(actor(Role.UNIT, "410323")) as client:
        assert (await client.get(f"/trigger/api/v1/signals/{signal}")).status_code == 404
        assert (await client.get(f"/trigger/signals/{signal}/match")).status_code == 404
        assert (await client.get("/trigger/api/v1/signals")).json()["total"] == 0


async def test_a_rule_needs_another_person_to_come_into_force(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    author = actor(Role.LEAD)
    async with house.client(author) as client:
        (row,) = (await client.get("/trigger/api/v1/rules")).json()
        assert (row["active"], row["approved_by"]) == (True, "随系统发布")
        document = row["document"] | {"name": "同县区同行业欠薪投诉集中（加严）"}
        document["when"] = document["when"] | {"at_least": 2}
        made = await client.post("/trigger/api/v1/rules", json={"document": document})
        assert made.json() == {"rule_id": row["rule_id"], "version": 2}
        own = await client.post(f"/trigger/api/v1/rules/{row['rule_id']}/2/activation")
        assert own.json()["type"] == "urn:sunlot:problem:same-author"
    async with house.client(another(author, "second")) as client:
        assert (await client.post(f"/trigger/api/v1/rules/{row['rule_id']}/2/activation")).status_code == 204
        rows = (await client.get("/trigger/api/v1/rules")).json()
    assert [(one["version"], one["active"]) for one in rows] == [(2, True), (1, False)]


async def test_a_broken_rule_is_refused_field_by_field(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(actor(Role.LEAD)) as client:
        refusal = await client.post(
            "/trigger/api/v1/rules", json={"document": {"id": "x", "when": {"at_least": 0, "typo": 1}}}
        )
    fields = {error["field"] for error in refusal.json()["errors"]}
    assert refusal.status_code == 422
    assert {"id", "name", "effect", "when.at_least", "when.typo", "when.kinds"} <= fields


async def test_a_draft_sent_eight_times_is_one_version_and_two_approvals_at_once_put_one_in_force(
    make_house: MakeHouse,
) -> None:
    house = await make_house(SERVICE)
    author = actor(Role.LEAD)
    async with house.client(author) as client:
        (row,) = (await client.get("/trigger/api/v1/rules")).json()
        for at_least in (2, 4):
            document = row["document"] | {"when": row["document"]["when"] | {"at_least": at_least}}
            drafts = [client.post("/trigger/api/v1/rules", json={"document": document}) for _ in range(8)]
            made = {(draft.status_code, draft.text) for draft in await asyncio.gather(*drafts)}
            assert len(made) == 1, made
    async with house.client(another(author, "second")) as client:
        address = f"/trigger/api/v1/rules/{row['rule_id']}"
        approvals = [client.post(f"{address}/{version}/activation") for version in (2, 3) for _ in range(4)]
        said = {approval.status_code for approval in await asyncio.gather(*approvals)}
        rows = (await client.get("/trigger/api/v1/rules")).json()
    assert said <= {204, 409}
    assert [one["version"] for one in rows] == [3, 2, 1]
    assert sum(one["active"] for one in rows) == 1
