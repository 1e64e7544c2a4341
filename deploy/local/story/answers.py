"""Step 7: the hotline has been told what became of its orders, and nothing that could betray anybody."""

from __future__ import annotations

from deploy.local.story.channels import TRIGGER
from deploy.local.story.load import firms
from deploy.local.story.scene import Json, Scene


async def answer(scene: Scene) -> None:
    """Every order of the trigger has had its last answer, in order, once; the others theirs so far."""
    show = scene.show
    lead = scene.people["lead1"]
    detail = await lead.get(f"{TRIGGER}/triggers/{scene.memory['trigger_id']}")
    members = {one["signal_id"] for one in detail["signals"]}
    await _push_again(scene)
    sent = await show.until("答复全部送达", lambda: _all_sent(scene, members), seconds=90)
    pushed = [one for one in sent if one["state"] == "sent"]  # who sent by Open311 or came in person asks by himself
    if scene.hotline_from_the_start:
        await _check_the_hotline(scene, pushed)
    last = sum(one["stage"] == "published" for one in sent)
    show.verified(
        f"答复 {len(pushed)} 条已送达热线，{len(sent) - len(pushed)} 条供查询，{last} 件得知结果已公示；"
        "不含单位、地址和反映内容"
    )


async def _push_again(scene: Scene) -> None:
    """After an interruption answers may wait for hours by their back-off: a person pushes them again."""
    for one in await all_answers(scene):
        if one["state"] == "waiting" and one["attempts"]:
            await scene.people["lead1"].post(f"{TRIGGER}/answers/{one['answer_id']}/replay")


async def _all_sent(scene: Scene, members: set[str]) -> list[Json] | None:
    answers = await all_answers(scene)
    told = {one["signal_id"] for one in answers if one["stage"] == "published"}
    waiting = any(one["state"] not in {"sent", "offered"} for one in answers)
    return answers if members <= told and not waiting else None


async def all_answers(scene: Scene) -> list[Json]:
    """Every answer that trigger has, page by page."""
    answers: list[Json] = []
    while True:
        page = await scene.people["lead1"].get(
            f"{TRIGGER}/answers", per_page=200, page=len(answers) // 200 + 1, sort="order_id"
        )
        answers += page["items"]
        if len(answers) >= page["total"] or not page["items"]:
            return answers


async def _check_the_hotline(scene: Scene, sent: list[Json]) -> None:
    """What arrived there is what was sent, in order and once, and names no firm."""
    show = scene.show
    there = (await scene.outside.get(f"{scene.hotline}/answers")).json()
    kept = there["answers"]
    show.must({one["answer_id"] for one in kept} == {one["answer_id"] for one in sent}, "热线收到的答复与送出的不一致")
    show.must(there["out_of_order"] == 0, f"{there['out_of_order']} 条答复乱序")
    show.must(there["rejected"] == 0, f"{there['rejected']} 条答复签名无效")
    text = "\n".join(str(one) for one in kept)
    betrayed = [firm["name"] for firm in firms(scene.subjects) if firm["name"] in text or firm["uscc"] in text]
    show.must(not betrayed, f"答复泄露了单位：{betrayed[:3]}")
    show.must("示例路" not in text and "演示路" not in text and "演示数据" not in text, "答复泄露了地址或反映内容")
