"""The story in its order; every step looks first at what is done already, so that it can be taken up again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from deploy.local.story.answers import answer
from deploy.local.story.ceremony import download, hold_draw, verify
from deploy.local.story.field import inspect
from deploy.local.story.intake import fire_and_plan, open_line, take_orders
from deploy.local.story.load import load
from deploy.local.story.publishing import mirror, publish
from deploy.local.story.scene import Scene
from deploy.local.story.table import Counts, count

STEPS = 8
Interlude = Callable[[Scene, str], Awaitable[None]]  # called with the task's id


async def play(scene: Scene, before_the_draw: Interlude | None = None) -> Counts:
    """Play the whole story and return its counts; raises Hung, NotAsPromised or Refused with the step's name."""
    show = scene.show
    show.step("装入名录：15 个县区、20000 户检查对象、150 名执法人员、正式抽查事项清单")
    await load(scene)
    show.step(f"接收 {scene.orders} 件线索（12345、Open311、文件、来文），匹配检查对象（细则第二条、第四条）")
    await take_orders(scene)
    show.step("规则触发，计划经另一人审批公布（细则第七条第一项）")
    task_id = await fire_and_plan(scene)
    show.step("冻结名录、承诺入日志、双方揭示、掷骰、抽取、派发（细则第五至八条）")
    if before_the_draw is not None:
        await before_the_draw(scene, task_id)
    await hold_draw(scene, task_id)
    show.step("审批、通知书、两人检查、如实记录（细则第七条第四项、第九至十三条）")
    await inspect(scene)
    show.step("审核、公示、写入公开日志（细则第七条第六项、第十四条）")
    await publish(scene)
    show.step("报送国家平台，处理回执")
    await mirror(scene)
    show.step("答复热线，不泄露举报人和其他单位")
    await answer(scene)
    counts = await count(scene)
    _add_up(scene, counts)
    scene.remember(finished=True)
    return counts


async def look_again(scene: Scene) -> Counts:
    """The story was played before: open the line again, verify the draw once more, count."""
    show = scene.show
    show.step("数据已在：不再重复，重新核对（数据目录 .local/demo；make clean 后从头开始）")
    await scene.people.join("lead1", "lead2", "section1", "auditor1")
    await open_line(scene)
    await verify(scene, await download(scene, scene.memory["draw_id"]))
    counts = await count(scene)
    _add_up(scene, counts)
    show.verified("各环节数量相符")
    return counts


def _add_up(scene: Scene, counts: Counts) -> None:
    """Nothing was lost on the way and nothing came twice."""
    must = scene.show.must
    must(counts.signals == scene.orders, f"线索 {counts.signals} 件，应为 {scene.orders} 件")
    must(counts.triggers >= 1, "没有触发")
    must(counts.drawn > 0, "没有抽取")
    same = {counts.drawn, counts.inspected, counts.published, counts.mirrored}
    must(len(same) == 1, f"抽取、检查、公示、记名成功应当相等：{counts}")
    must(counts.answered >= 3, "触发所依据的工单没有得到结果答复")
