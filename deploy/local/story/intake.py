"""Steps 2 and 3: complaints come in, signals find their subjects, a rule fires, a plan is approved."""

from __future__ import annotations

import asyncio
from typing import Any

from deploy.local.story.channels import TRIGGER, came_by, split, take_from_others
from deploy.local.story.doors import Door
from deploy.local.story.load import firms
from deploy.local.story.scene import Json, Scene
from deploy.standins.hotline_orders import make_orders

PLATFORM = "ly-12345"
TAKEN = {"waiting", "matched", "returned"}  # what Sunlot says of an order that it has
SURE = 70  # a clerk takes the best candidate from this score on


async def take_orders(scene: Scene) -> None:
    """Complaints come by every channel; what finds no subject waits for a clerk, who chooses or returns it."""
    people, show = scene.people, scene.show
    await open_line(scene)
    taken = await _signals(people["lead1"])
    scene.hotline_from_the_start = taken == 0
    if taken < scene.orders:
        orders = make_orders(firms(scene.subjects), scene.orders, scene.moment("orders_at"))
        await _push(scene, split(orders)[0])
        await take_from_others(scene, orders)
    await show.until("名录送达触发预警服务", lambda: scene.all_have_heard("registry"), seconds=120)
    states = await _states(people["lead1"])
    show.must(sum(states.values()) == scene.orders, f"线索应有 {scene.orders} 件：{states}")
    ways = "，".join(f"{name} {number} 件" for name, number in (await came_by(people["lead1"])).items())
    show.note(f"接入方式：{ways}")
    show.note(f"线索 {scene.orders} 件，自动匹配 {states.get('matched', 0)} 件，待人工 {states.get('waiting', 0)} 件")
    chosen = await _clerk(people["lead1"])
    states = await _states(people["lead1"])
    show.must(states.get("waiting", 0) == 0, "仍有线索无人处理")
    show.verified(
        f"线索全部有去向：匹配 {states.get('matched', 0)}（其中人工 {chosen}），退单 {states.get('returned', 0)}"
    )


async def open_line(scene: Scene) -> None:
    """Register the hotline; its key is shown once, so it is kept, and changed when it was lost."""
    admin = scene.people.admin
    known = {platform["code"] for platform in await admin.get(f"{TRIGGER}/platforms")}
    agreement = {"code": PLATFORM, "name": "洛阳12345政务服务便民热线", "callback_url": f"{scene.hotline}/answers"}
    if PLATFORM not in known:
        made = await admin.post(f"{TRIGGER}/platforms", agreement)
        scene.remember(hotline_key=made["keys"][-1])  # the newest one signs our answers too
    else:
        await admin.put(f"{TRIGGER}/platforms/{PLATFORM}", agreement)
        if "hotline_key" not in scene.memory:
            changed = await admin.post(f"{TRIGGER}/platforms/{PLATFORM}/keys")
            scene.remember(hotline_key=changed["keys"][-1])
    await scene.start_hotline(scene.memory["hotline_key"])


async def _push(scene: Scene, orders: list[Json]) -> None:
    """Push until every order was taken: a hotline tries again what was not; a copy of an order changes nothing."""
    missing = {order["order_id"]: order for order in orders}

    async def all_taken() -> bool:
        body = {"orders": list(missing.values())}
        answer = await scene.outside.post(f"{scene.hotline}/push", json=body, timeout=120)
        answer.raise_for_status()
        for order_id, status in answer.json()["statuses"].items():
            if status in TAKEN:
                del missing[order_id]
        return not missing

    await scene.show.until("工单全部受理", all_taken)


async def _signals(who: Door) -> int:
    return int((await who.get(f"{TRIGGER}/signals", per_page=1))["total"])


async def _states(who: Door) -> dict[str, int]:
    states: dict[str, int] = (await who.get(f"{TRIGGER}/overview"))["states"]
    return states


async def _clerk(clerk: Door) -> int:
    """Decide every waiting signal; how many a subject was chosen for."""
    waiting = await clerk.get(f"{TRIGGER}/signals", state="waiting", per_page=200)
    decided = await asyncio.gather(*(_decide(clerk, row["signal_id"]) for row in waiting["items"]))
    return sum(decided)


async def _decide(clerk: Door, signal_id: str) -> bool:
    found = await clerk.get(f"{TRIGGER}/signals/{signal_id}/candidates")
    if found and found[0]["score"] >= SURE:
        await clerk.post(f"{TRIGGER}/signals/{signal_id}/match", {"uscc": found[0]["uscc"]})
        return True
    await clerk.post(f"{TRIGGER}/signals/{signal_id}/return", {"reason": "名录库中没有该单位，信息不足以核实"})
    return False


async def fire_and_plan(scene: Scene) -> str:
    """The rule has fired with its reasons; another person approves the plan it proposed. The task's id."""
    people, show = scene.people, scene.show
    lead: Door = people["lead2"]
    fired = await show.until("规则触发", lambda: _first_trigger(lead))
    detail = await lead.get(f"{TRIGGER}/triggers/{fired['trigger_id']}")
    reasons = [one for one in detail["signals"] if one["part"] == "cause"]
    show.must(len(reasons) == fired["signal_count"] >= 3, f"触发所依据的线索数不符：{fired}")
    show.note(f"触发：{fired['rule_name']}（第 {fired['rule_version']} 版）。{fired['reason']}")
    plan = await show.until("触发产生的计划", lambda: _plan_of(lead, fired["trigger_id"]))
    if plan["state"] == "proposed":
        await lead.post(f"/draw/api/v1/plans/{plan['plan_id']}/approve", {"document_number": "洛人社监察〔2026〕12号"})
    plan = await lead.get(f"/draw/api/v1/plans/{plan['plan_id']}")
    task_id: str = plan["tasks"][0]["task_id"]
    await show.until("计划公告", lambda: _public(people.public, "plans", "plan_id", plan["plan_id"]))
    await show.until("任务公告", lambda: _public(people.public, "tasks", "task_id", task_id))
    scene.remember(trigger_id=fired["trigger_id"], plan_id=plan["plan_id"], task_id=task_id)
    show.verified(f"计划 {plan['plan_id']} 经另一人审批后公布，任务 {task_id} 已公告")
    return task_id


async def _first_trigger(who: Door) -> Json | None:
    fired = (await who.get(f"{TRIGGER}/triggers", sort="fired_at"))["items"]
    return fired[0] if fired else None


async def _plan_of(who: Door, trigger_id: str) -> Json | None:
    for row in (await who.get("/draw/api/v1/plans", per_page=200))["rows"]:
        plan: Json = await who.get(f"/draw/api/v1/plans/{row['plan_id']}")
        if trigger_id in plan["trigger_ids"]:
            return plan
    return None


async def _public(anybody: Door, what: str, key: str, wanted: str) -> Any:
    listed = await anybody.get(f"/public/{what}.json", per_page=200)
    return any(row[key] == wanted for row in listed[what])
