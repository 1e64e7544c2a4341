"""A second list that changes after its draw: a firm is void, the next in line comes, an officer stands aside."""

from datetime import timedelta

from deploy.local.story.ceremony import DRAW, hold_draw
from deploy.local.story.doors import Door, Refused
from deploy.local.story.field import CASES
from deploy.local.story.scene import Json, Scene
from tests.system.ledger import Ledger

DOCUMENT = b"%PDF-1.4 deregistered before the pool was frozen"


async def change_a_list(scene: Scene, ledger: Ledger) -> None:
    """Draw another list of the same kind of firms, then change it in every way that needs no second ceremony."""
    lead, section = scene.people["lead1"], scene.people["section1"]
    task_id = await _another_task(scene, ledger)
    draw_id = await hold_draw(scene, task_id)
    changes = f"{DRAW}/draws/{draw_id}/changes"
    first, second, *_ = sorted(
        (await lead.get(CASES, q=task_id, per_page=200))["cases"], key=lambda case: str(case["case_id"])
    )
    asked = await lead.send(
        "POST",
        f"{changes}/void",
        files={"evidence": ("注销证明.pdf", DOCUMENT)},
        data={"subject": first["uscc"], "reason": "deregistered"},
    )
    await section.post(f"{changes}/{asked.json()['number']}/approve")
    asked_again = await lead.post(f"{changes}/reserve", {"void": 1})
    await section.post(f"{changes}/{asked_again['number']}/approve")

    async def withdrawn() -> bool:
        return bool((await lead.get(f"{CASES}/{first['case_id']}"))["state"] == "withdrawn")

    await scene.show.until("作废的检查撤回", withdrawn)
    await _stand_aside(scene, second)

    async def announced() -> bool:
        editions = await scene.people.public.get(f"/public/draws/{draw_id}/editions.json")
        return len(editions) == 3 and all(one["log_index"] is not None for one in editions)

    await scene.show.until("凭证各版上公开日志", announced)


async def _another_task(scene: Scene, ledger: Ledger) -> str:
    lead, other = scene.people["lead1"], scene.people["lead2"]
    plan = await lead.get(f"{DRAW}/plans/{scene.memory['plan_id']}")
    chosen = {one["col"]: one for one in ledger.certificate["commit"]["rule"]["filter"]}
    draft = {
        "title": "同行业年度抽查",
        "reason": "年度抽查计划",
        "counties": chosen["county"]["in"],
        "industries": chosen["industry"]["prefix"],
        "categories": plan["proposal"]["item_categories"],
        "finish_by": (scene.today + timedelta(days=45)).isoformat(),
    }
    plan_id = (await lead.post(f"{DRAW}/plans", draft))["plan_id"]
    approved = await other.post(f"{DRAW}/plans/{plan_id}/approve", {"document_number": "洛人社监察〔2026〕13号"})
    return str(approved["task_id"])


async def _stand_aside(scene: Scene, case: Json) -> None:
    """The firm asks on the page of its notice, the unit grants it, the draw's rule names who comes instead."""
    path = f"{CASES}/{case['case_id']}"
    await scene.people.join(f"unit-{case['county']}-a")
    unit: Door = scene.people[f"unit-{case['county']}-a"]
    await unit.post(f"{path}/approve", {"remark": "同意实施检查"})
    view = await unit.get(path)
    out = view["officers"][1]
    form = {"certificate_number": out["certificate_number"], "reason": "kinship", "contact": "单位办公室"}
    try:
        await scene.people.public.send("POST", f"{view['notice']['address']}/recusal", data=form)
    except Refused as answer:
        scene.show.must(answer.status == 303, f"回避申请未被受理：{answer}")
    [request] = (await unit.get(path))["recusals"]
    decision = {"grant": True, "answer": "存在近亲属关系，准予回避"}
    await unit.post(f"{path}/recusals/{request['request_id']}/decide", decision)

    async def another_comes() -> bool:
        team = [one["officer_id"] for one in (await unit.get(path))["officers"]]
        return len(team) == 2 and out["officer_id"] not in team

    await scene.show.until("按规则更换检查人员", another_comes)
