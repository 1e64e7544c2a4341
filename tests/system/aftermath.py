"""What does not happen in the story itself: an attempt that is given up, a correction, a follow-up that is closed."""

import hashlib

from deploy.local.story.ceremony import DRAW, PARTIES
from deploy.local.story.field import CASES
from deploy.local.story.publishing import PUBLICATIONS
from deploy.local.story.scene import Scene
from tests.system.changed_list import change_a_list
from tests.system.ledger import Ledger

REVEAL = bytes(range(32))


async def give_up_an_attempt(scene: Scene, task_id: str) -> None:
    """Freeze, commit, wait for the log, and abort: the attempt stays public, the story draws again."""
    lead = scene.people["lead1"]
    draw_id = (await lead.post(f"{DRAW}/tasks/{task_id}/freeze", {"reason": ""}))["draw_id"]

    async def stands(state: str) -> bool:
        return bool((await lead.get(f"{DRAW}/draws/{draw_id}"))["state"] == state)

    await scene.show.until("名录冻结", lambda: stands("frozen"))
    for name, username in PARTIES:
        commit = hashlib.sha256(b"sunlot-draw/1 party " + name.encode() + b" " + REVEAL).hexdigest()
        await scene.people[username].post(f"{DRAW}/draws/{draw_id}/promises", {"commit": commit})
    await lead.post(f"{DRAW}/draws/{draw_id}/commit")
    await scene.show.until("公开日志回执", lambda: stands("logged"))
    await lead.post(f"{DRAW}/draws/{draw_id}/abort", {"reason": "骰子损坏，当场中止"})


async def go_on(scene: Scene, ledger: Ledger) -> None:
    """The unit closes a rectification; what was published is corrected by one person and confirmed by another.

    Another list is drawn and changes after its draw.
    """
    case = next(one for one in ledger.cases if one["subject_result"] == "E")
    unit, other = scene.people[f"unit-{case['county']}-a"], scene.people[f"unit-{case['county']}-b"]
    await unit.post(f"{CASES}/{case['case_id']}/follow-up/close", {"outcome": "已补发工资，复查合格"})
    publication = next(one for one in ledger.publications if one["case_id"] == case["case_id"])
    path = f"{PUBLICATIONS}/{publication['publication_id']}/corrections"
    wrong = {"reason": "对象名称录入有误", "subject_name": f"{publication['subject_name']}（更正）"}
    made = await unit.post(path, wrong)
    await other.post(f"{path}/{made['number']}/confirm")
    await change_a_list(scene, ledger)
