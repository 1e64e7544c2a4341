"""What rules count as it is stored: the same whether a signal comes now, came before, or came in another order."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor, another
from services.trigger.app import SERVICE
from services.trigger.domain.category import CATEGORIES
from services.trigger.domain.rule import CLASSES, Rule, concerns, group_of
from services.trigger.domain.rule_reader import read_rule
from services.trigger.domain.weigh import Around, Fact, chain, micros
from services.trigger.store import counters, triggers
from services.trigger.store.tables import rule_firings, signals
from tests.conftest import MakeHouse
from tests.trigger.knocking import LUOLONG, order, register, subject, tell_subjects

SONG = "410325"
KINDS = ["投诉举报", "信用风险变化"]


def document(**when: Any) -> dict[str, Any]:
    return {
        "id": "stored", "version": 1, "name": "试验规则", "article": "细则第二条", "source": "投诉举报",
        "when": {
            "kinds": KINDS, "categories": list(CATEGORIES), "group_by": ["county", "industry_letter"], "at_least": 2,
            "distinct": "signal", "window_days": 20, "cool_down_days": 2,
        } | when,
        "effect": {
            "mode": "directed_draw", "item_categories": ["社会保险"], "urgent": False, "finish_within_days": 30,
        },
    }  # fmt: skip


CONDITIONS: list[dict[str, Any]] = [
    {"kinds": KINDS[:1]},
    {"categories": ["社会保险"]},
    {"sources": ["信用风险分类"]},
    {"items": ["欠缴社保", "没有这一项"]},
    {"flags": ["极端行为", "使用童工"]},
    {"supervised": True},
    *({"subject": {"classes": [one]}} for one in set(CLASSES) & {"B", "C", "D"}),
    {"subject": {"scales": ["大", "微"]}},
    {"subject": {"types": ["个体工商户"]}},
    {"subject": {"industries": ["C13", "I641"]}},
    {"subject": {"headcount_from": 20, "headcount_to": 299}},
    {"subject": {"uninsured_from": 200}},
]


async def test_the_history_holds_what_the_intake_would_have_counted(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    firms = [
        subject(0),
        subject(1, industry="C1310").model_copy(
            update={"scale": "大", "credit_class": "C", "headcount": 300, "insured_headcount": 100}
        ),
        subject(2, industry="I6410").model_copy(
            update={"scale": "微", "enterprise_type": "个体工商户", "headcount": 5, "insured_headcount": 5}
        ),
    ]
    await tell_subjects(house, *firms)
    await tell_subjects(house, firms[2].model_copy(update={"version": 2, "credit_class": "D"}))
    platform = await register(house)
    for number, firm in enumerate(firms):
        await platform.send(order(f"A-{number}", about=firm, supervised=number == 1))
        owed: dict[str, Any] = {"categories": ["劳动和社会保障", "欠缴社保"], "content": "再不解决就跳楼"}
        await platform.send(order(f"B-{number}", about=firm, **owed))
    await platform.send(order("C-0", employer_name="谁也不认识的厂"))  # waits, so that no rule counts it
    async with house.database.transaction() as tx:
        rows = await tx.all(select(signals))
        matched = [triggers.seen(row) for row in rows if row["state"] == "matched"]
        assert (len(rows), len(matched)) == (8, 7)
        for condition in CONDITIONS:
            rule = read_rule(document(**condition))
            stored = [fact.signal_id async for portion in counters.history(tx, rule) for fact in portion]
            counted = {one.signal_id for one in matched if concerns(rule, one)}
            assert set(stored) == counted, condition
            assert 0 < len(counted) < len(matched), condition


async def _in_force(house: House, rule: dict[str, Any]) -> None:
    author = actor(Role.LEAD)
    async with house.client(author) as client:
        assert (await client.post("/trigger/api/v1/rules", json={"document": rule})).status_code == 201
    async with house.client(another(author, "second")) as client:
        assert (await client.post("/trigger/api/v1/rules/stored/1/activation")).status_code == 204


async def _as_it_should_be(house: House, rule: Rule) -> dict[str, list[tuple[int, str]]]:
    """The firings of each group, from all stored signals in order."""
    groups: dict[str, list[Fact]] = {}
    async with house.database.transaction() as tx:
        every = [fact async for portion in counters.history(tx, rule) for fact in portion]
        for row in await tx.all(select(signals)):
            fact = next(one for one in every if one.signal_id == row["signal_id"])
            groups.setdefault(group_of(rule, triggers.seen(row)).key, []).append(fact)
    around = Around(rule, every) if rule.gathers else None
    return {key: [one.moment for one in chain(rule, sorted(facts), around)] for key, facts in groups.items()}


@pytest.mark.article(2, 4)
@pytest.mark.parametrize("seed", [1, 3])
@pytest.mark.parametrize("condition", [{"county_at_least": 4}, {"industry_at_least": 4, "at_least": 1}])
async def test_a_rule_over_county_or_industry_fires_as_in_order_whatever_came_first(
    make_house: MakeHouse, condition: dict[str, Any], seed: int
) -> None:
    house = await make_house(SERVICE)
    written = document(categories=["工资支付和最低工资标准"], kinds=["投诉举报"], **condition)
    firms = [
        subject(number, county=county, industry=industry)
        for number, (county, industry) in enumerate((c, i) for c in (LUOLONG, SONG) for i in ("I6520", "C1310"))
    ]
    for firm in firms:
        await tell_subjects(house, firm)
    platform = await register(house)
    await _in_force(house, written)
    for number in range(14):
        firm = firms[number * seed % 5 % 4]
        days = (number * 7 * seed + number * number) % 19 + 0.1 + number / 100
        sent = await platform.send(order(f"A-{number:02d}", about=firm, county=firm.county, days_ago=days))
        assert sent.json()["status"] == "matched"
    should = await _as_it_should_be(house, read_rule(written))
    async with house.database.transaction() as tx:
        own = select(rule_firings).where(rule_firings.c.rule_id == "stored")
        rows = await tx.all(own.order_by(rule_firings.c.moment, rule_firings.c.signal_id))
    found: dict[str, list[tuple[int, str]]] = {key: [] for key in should}
    for row in rows:
        found[row["group_key"]].append((micros(row["moment"]), row["signal_id"]))
    assert found == should
    assert sum(map(len, should.values())) > 1
    told = [json.loads(payload) for _, payload in await house.said("trigger.trigger_fired")]
    fired = sorted(one["trigger_id"] for one in told if one["rule_id"] == "stored")
    assert fired == sorted(row["trigger_id"] for row in rows)


@pytest.mark.article(4)
async def test_a_new_version_leaves_groups_at_rest_that_the_old_one_made_fire(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    firms = [subject(number) for number in range(5)]
    await tell_subjects(house, *firms)
    platform = await register(house)
    for number in range(3):
        await platform.send(order(f"A-{number}", about=firms[number], days_ago=9 - number))
    author = actor(Role.LEAD)
    async with house.client(author) as client:
        (row,) = (await client.get("/trigger/api/v1/rules")).json()
        stricter = row["document"] | {"when": row["document"]["when"] | {"at_least": 2}}
        await client.post("/trigger/api/v1/rules", json={"document": stricter})
    async with house.client(another(author, "second")) as client:
        assert (await client.post(f"/trigger/api/v1/rules/{row['rule_id']}/2/activation")).status_code == 204
    for number in (3, 4):
        await platform.send(order(f"A-{number}", about=firms[number], days_ago=5 - number))
    ((_, payload),) = await house.said("trigger.trigger_fired")
    async with house.client(author) as client:
        fired = await client.get(f"/trigger/api/v1/triggers/{json.loads(payload)['trigger_id']}")
    assert [one["part"] for one in fired.json()["signals"]] == ["cause"] * 3 + ["joined"] * 2
