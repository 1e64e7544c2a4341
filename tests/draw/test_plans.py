"""Plans through the doors: changed before they are approved, order only, class A, caps, cells (细则第六条至第八条)."""

import asyncio
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from libs.common.testing.doors import House
from services.draw.app import SERVICE
from services.draw.domain.commitment import Profile
from services.draw.settings import CapPolicy
from services.registry.events.published import ItemsPublished, SubjectsChanged
from tests.conftest import MakeHouse
from tests.draw.conftest import COUNTY, LEAD, OTHER_LEAD, SECTION, City, item, settle, subject
from tests.draw.test_policies import CATEGORY, in_force, plan_of

KEY_CATEGORY = "欠薪隐患排查"
DRAFT: dict[str, Any] = {
    "title": "制造业专项抽查",
    "reason": "年度抽查计划",
    "counties": [COUNTY],
    "categories": [CATEGORY],
    "finish_by": "2027-03-31",
}


async def open_city(make_house: MakeHouse, **settings: Any) -> City:
    """The small city with other settings."""
    house = await make_house(SERVICE)
    changed = House(SERVICE, house.database, house.settings.model_copy(update=settings))
    await settle(changed)
    return City(changed)


async def key_items(city: City) -> None:
    """Publish a category of key items."""
    key = item().model_copy(update={"code": "HRSS-900", "category": KEY_CATEGORY, "level": "重点"})
    await city.house.hear(ItemsPublished(items=[key]), aggregate="items/2")


async def approved(city: City, **changes: Any) -> str:
    """The task of a drafted and approved plan."""
    plan_id = (await city.post(LEAD, "/plans", DRAFT | changes))["plan_id"]
    task_id: str = (await city.post(OTHER_LEAD, f"/plans/{plan_id}/approve"))["task_id"]
    return task_id


@pytest.mark.article(7)
async def test_a_proposal_is_changed_as_a_new_version_and_the_earlier_one_stays(city: City) -> None:
    plan = await plan_of(city)
    address = f"/plans/{plan['plan_id']}/versions"
    body = DRAFT | {"title": "建筑业专项抽查", "industries": ["E"], "version": 1}
    assert (await city.post(OTHER_LEAD, address, body))["version"] == 2
    changed = (await city.get(f"/draw/api/v1/plans/{plan['plan_id']}", LEAD)).json()
    assert (changed["title"], changed["version"], changed["state"]) == ("建筑业专项抽查", 2, "proposed")
    assert {"col": "industry", "prefix": ["E"]} in changed["proposal"]["filter"]
    page = (await city.get(f"/draw/plans/{plan['plan_id']}", LEAD)).text
    assert "第 1 版：制造业专项抽查" in page
    await city.post(LEAD, address, body, expect=409)  # meant for the first version


@pytest.mark.article(7)
async def test_whoever_changed_a_proposal_does_not_approve_it(city: City) -> None:
    plan_id = (await plan_of(city))["plan_id"]
    await city.post(OTHER_LEAD, f"/plans/{plan_id}/versions", DRAFT | {"reason": "补充依据", "version": 1})
    await city.post(OTHER_LEAD, f"/plans/{plan_id}/approve", expect=403)
    await city.post(LEAD, f"/plans/{plan_id}/approve", {"version": 1}, expect=409)  # has looked at what is no more
    await city.post(LEAD, f"/plans/{plan_id}/approve", {"version": 2})
    await city.post(LEAD, f"/plans/{plan_id}/versions", DRAFT | {"version": 2}, expect=409)


@pytest.mark.article(7)
async def test_a_plan_that_was_sent_back_is_mended_and_proposed_again(city: City) -> None:
    plan_id = (await plan_of(city))["plan_id"]
    await city.post(OTHER_LEAD, f"/plans/{plan_id}/reject", {"reason": "范围太大"})
    assert "范围太大" in (await city.get(f"/draw/plans/{plan_id}/edit", LEAD)).text
    form = {
        "csrf": LEAD.csrf, "title": "洛龙区小微企业抽查", "reason": "缩小范围", "category": CATEGORY, "county": COUNTY,
        "finish_by": "2027-03-31", "size": "小", "section": "C", "industry": "E47", "version": "1",
    }  # fmt: skip
    async with city.house.client(LEAD) as client:
        answer = await client.post(f"/draw/plans/{plan_id}/edit", data=form)
        again = await client.post(f"/draw/plans/{plan_id}/edit", data=form)
    assert answer.status_code == 303, answer.text
    assert again.status_code == 409
    page = (await city.get(f"/draw/plans/{plan_id}", OTHER_LEAD)).text
    assert "C、E47" in page
    assert "范围太大" in page, "why it was sent back stays with the version that was"
    await city.post(OTHER_LEAD, f"/plans/{plan_id}/approve")


async def test_a_triggered_plan_stays_triggered_and_in_its_county(city: City) -> None:
    plan_id = await city.plan()
    await city.post(LEAD, f"/plans/{plan_id}/versions", DRAFT | {"counties": ["410302"], "version": 1}, expect=422)
    await city.post(LEAD, f"/plans/{plan_id}/versions", DRAFT | {"version": 1})
    changed = (await city.get(f"/draw/api/v1/plans/{plan_id}", LEAD)).json()
    assert changed["trigger_ids"]
    await city.post(LEAD, f"/plans/{plan_id}/approve", expect=403)


@pytest.mark.article(2, 6)
async def test_general_items_are_never_drawn_for_their_order_only(city: City) -> None:
    await key_items(city)
    for categories in ([CATEGORY], [CATEGORY, KEY_CATEGORY]):
        body = DRAFT | {"categories": categories, "order_only": True}
        answer = await city.post(LEAD, "/plans", body, expect=422)
        assert "HRSS-001 是一般检查事项" in answer["detail"]


@pytest.mark.article(2, 6)
async def test_key_items_may_have_everybody_inspected_in_the_order_of_the_tickets(city: City) -> None:
    await key_items(city)
    few = {"classes": ["C"], "counties": [COUNTY], "categories": [KEY_CATEGORY], "order_only": True}
    task_id = await approved(city, **few)
    task = (await city.get(f"/draw/api/v1/tasks/{task_id}", LEAD)).json()
    assert task["order_only"] is True
    page = (await city.get(f"/draw/tasks/{task_id}", LEAD)).text
    assert "只抽检查顺序" in page
    assert "60 户" in page
    plan = (await city.get(f"/draw/api/v1/plans/{task['plan_id']}", LEAD)).json()
    assert (plan["policy"], plan["ratio"]["C"]) == ("order-only/1", [1, 1])


@pytest.mark.article(6)
async def test_routine_draws_leave_class_a_alone_and_triggered_ones_do_not(city: City) -> None:
    await in_force(city, spare_a=True)
    size = await city.post(LEAD, "/pool-size", DRAFT)
    assert (size["excluded"], size["strata"][0]) == ({"class_a_left_alone": 60}, ["A", 0, 0])
    plan_id = await city.plan()
    page = (await city.get(f"/draw/plans/{plan_id}", OTHER_LEAD)).text
    assert "300 户" in page
    assert "不参加抽取" not in page


async def heard(city: City, numbers: range, **changes: Any) -> None:
    """Registry tells of firms that were inspected."""
    states = [subject(number, version=2, **changes) for number in numbers]
    await city.house.hear(SubjectsChanged(subjects=states), aggregate=f"subjects/{COUNTY}", county=COUNTY)


@pytest.mark.article(4)
async def test_a_cap_that_warns_is_shown_before_freezing_and_keeps_nobody_out(make_house: MakeHouse) -> None:
    city = await open_city(make_house, inspected_window_days=0)
    await heard(city, range(10), last_inspected_on=date.today(), inspections_this_year=2)  # noqa: DTZ011
    size = await city.post(LEAD, "/pool-size", DRAFT)
    assert (size["eligible"], size["warned"], size["excluded"]) == (300, {"yearly_cap": 10}, {})
    task_id = await approved(city)
    page = (await city.get(f"/draw/tasks/{task_id}", LEAD)).text
    assert "本年已检查或待检查达 2 次：可抽取的户中有 10 户" in page
    assert "只提醒、不排除" in page
    frozen = (await city.get(f"/draw/draws/{await city.freeze(task_id)}", LEAD)).text
    assert "已达年度检查次数上限 10 户，照常参加抽取" in frozen


@pytest.mark.article(4)
async def test_a_cap_that_is_enforced_keeps_firms_out_of_routine_draws(make_house: MakeHouse) -> None:
    city = await open_city(make_house, inspected_window_days=0, yearly_cap_policy=CapPolicy.ENFORCE)
    await heard(city, range(10), last_inspected_on=date.today(), inspections_this_year=2)  # noqa: DTZ011
    size = await city.post(LEAD, "/pool-size", DRAFT)
    assert (size["eligible"], size["warned"], size["excluded"]) == (290, {}, {"yearly_cap": 10})
    plan_id = await city.plan()
    page = (await city.get(f"/draw/plans/{plan_id}", LEAD)).text
    assert "触发的抽查不受频次限制" in page
    assert "300 户" in page


@pytest.mark.article(8)
async def test_cells_are_refused_where_nobody_could_check_them(city: City) -> None:
    answer = await city.post(LEAD, "/plans", DRAFT | {"cells": ["county"]}, expect=422)
    assert "无法复核排列次序" in str(answer)
    assert "不提供均衡分布" in (await city.get("/draw/plans/new", LEAD)).text


@pytest.mark.article(8)
async def test_the_form_offers_every_condition_of_the_notice(city: City) -> None:
    page = (await city.get("/draw/plans/new", LEAD)).text
    for name in ("county", "section", "industry", "size", "type", "class", "policy", "order_only"):
        assert f'name="{name}"' in page, name
    sized = (
        await city.get(f"/draw/plans/new?county={COUNTY}&section=C&type=有限责任公司&class=D", SECTION)
    ).status_code
    assert sized == 403
    page = (await city.get(f"/draw/plans/new?county={COUNTY}&section=C&type=有限责任公司&class=D", LEAD)).text
    assert "60 户" in page
    assert "0 户" in (await city.get("/draw/plans/new?section=E", LEAD)).text


@pytest.mark.article(5, 8)
async def test_a_draw_over_cells_gives_each_scale_its_share_and_a_verifier_can_repeat_it(
    make_house: MakeHouse, tmp_path: Path
) -> None:
    city = await open_city(make_house, draw_profile=Profile.OPEN)
    states = [subject(n, version=2, scale="大中小微"[n // 5 % 4]) for n in range(300)]
    await city.house.hear(SubjectsChanged(subjects=states), aggregate=f"subjects/{COUNTY}", county=COUNTY)
    draw_id = await city.freeze(await approved(city, cells=["size"], counties=[], title="全市均衡抽查"))
    await city.promise(draw_id)
    await city.commit(draw_id)
    await city.fix_seed(draw_id)
    assert await city.finish() == draw_id
    certificate = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    assert certificate["commit"]["rule"]["strata"]["cells"] == ["size"]
    assert set(certificate["keys"]) == {"subject", "officer", "systematic"}
    assert all(part["threshold"] is None and part["reserve"] == [] for part in certificate["strata"])
    scale_of = {one.uscc: one.scale for one in states}
    of_d = Counter(scale_of[uscc] for uscc, stratum, _ in certificate["selected"] if stratum == "D")
    assert sum(of_d.values()) == 18
    assert set(of_d.values()) <= {4, 5}  # 15 of each scale at 30 %: 4.5
    page = (await city.get(f"/public/draws/{draw_id}/proof/{certificate['selected'][0][0]}")).text
    assert "完整名录" in page
    assert "从随机起点起等距取出" in (await city.get(f"/public/draws/{draw_id}")).text
    for name in ("certificate.json", "pool.tsv", "officers.json"):
        (tmp_path / name).write_bytes((await city.get(f"/public/draws/{draw_id}/{name}")).content)
    (tmp_path / "verify.py").write_bytes((await city.get("/public/verify.py")).content)
    names = ["verify.py", "certificate.json", "pool.tsv", "--officers", "officers.json"]
    told = await asyncio.to_thread(
        subprocess.run, [sys.executable, *names], cwd=tmp_path, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.article(2, 6)
async def test_key_items_drawn_for_their_order_list_everybody_in_it(make_house: MakeHouse) -> None:
    city = await open_city(make_house)
    await key_items(city)
    few = {"classes": ["C"], "categories": [KEY_CATEGORY], "order_only": True}
    draw_id = await city.freeze(await approved(city, **few))
    await city.promise(draw_id)
    await city.commit(draw_id)
    await city.fix_seed(draw_id)
    assert await city.finish() == draw_id
    certificate = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    assert len(certificate["selected"]) == 60
    for address, who in ((f"/draw/draws/{draw_id}", LEAD), (f"/public/draws/{draw_id}", None)):
        assert "检查顺序" in (await city.get(address, who)).text
