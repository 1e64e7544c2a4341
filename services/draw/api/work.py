"""REST for people's programs: plans, tasks and the steps of a draw."""

from dataclasses import asdict, fields
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.common.clock import now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web import ListQuery
from services.draw.api import shapes
from services.draw.domain.ceremony import MINUTES, SeedChoice
from services.draw.domain.draft import Draft
from services.draw.settings import DrawSettings
from services.draw.store import lists
from services.draw.store.draws import attempts, load_draw
from services.draw.store.plans import load_plan, load_task, tasks_of_plan
from services.draw.usecases import hold_ceremony as ceremony
from services.draw.usecases.approve_plan import approve_plan, reject_plan
from services.draw.usecases.await_beacon import hand_over_round
from services.draw.usecases.choose_seed import choose_seed
from services.draw.usecases.commit_draw import commit_draw
from services.draw.usecases.dispatch_list import dispatch_list
from services.draw.usecases.draft_plan import draft_plan, revise_plan, size_draft
from services.draw.usecases.freeze_pool import freeze_pool
from services.draw.usecases.open_seal import open_seal

router = APIRouter(prefix="/draw/api/v1", tags=["抽查任务"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Lead = Annotated[Actor, allow(Role.LEAD)]
Party = Annotated[Actor, allow(Role.LEAD, Role.SECTION)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Approval(_Body):
    """审批并公布计划。"""

    document_number: str = Field(default="", max_length=60, description="文号，如 洛人社监察〔2026〕12号")
    version: int | None = Field(default=None, ge=1, description="看到的计划版本；计划已被修改时拒绝审批")


class Reason(_Body):
    """理由，将留存或公开。"""

    reason: str = Field(default="", max_length=500, description="理由")


class PromiseBody(_Body):
    """参与方在自己的浏览器或程序里生成 32 字节随机数，只登记其承诺。"""

    commit: str = Field(pattern="^[0-9a-f]{64}$", description='SHA-256("sunlot-draw/1 party " ‖ 参与方 ‖ " " ‖ 随机数)')


class CommitBody(_Body):
    """各方揭示之后的公开随机来源、揭示时限和是否密封；都不填即现场掷骰、常规时限、不密封。"""

    dice: bool = Field(default=True, description="现场掷骰")
    beacon: bool = Field(default=False, description="公共信标：揭示截止后的第一轮")
    reveal_minutes: int | None = Field(default=None, ge=1, le=MINUTES, description="揭示时限，分钟")
    seal_reason: str | None = Field(default=None, max_length=500, description="密封理由；不填即不密封")

    def choice(self) -> SeedChoice:
        """The choice that the domain knows."""
        return SeedChoice(self.dice, self.beacon, self.reveal_minutes, self.seal_reason)


class BeaconBody(_Body):
    """信标中继返回的一轮结果，原样。"""

    round_json: str = Field(max_length=4096, description='{"round":…,"randomness":"…","signature":"…"}')


class RevealBody(_Body):
    """公开日志回执到达后揭示随机数。"""

    reveal: str = Field(pattern="^[0-9a-f]{64}$", description="32 字节随机数，十六进制")


class Absent(_Body):
    """缺席的参与方。"""

    name: str = Field(max_length=32, description="参与方代号：lead 牵头科室，section 业务科室")


class Dice(_Body):
    """现场掷骰结果。"""

    digits: str = Field(pattern="^[0-9]{6,64}$", description="6 至 64 位数字")


class PlanDraft(_Body):
    """一个计划草案；条件都为空即不定向抽查（细则第八条）。"""

    title: str = Field(max_length=80, description="计划名称")
    reason: str = Field(max_length=500, description="依据和理由")
    counties: list[str] = Field(default=[], max_length=100, description="用工所在县区代码")
    industries: list[str] = Field(default=[], max_length=100, description="GB/T 4754 代码或其开头，如 C30")
    scales: list[str] = Field(default=[], description="大、中、小、微")
    types: list[str] = Field(default=[], max_length=50, description="企业类型")
    classes: list[str] = Field(default=[], description="A B C D，U 为未分类")
    categories: list[str] = Field(max_length=50, description="抽查事项类别")
    finish_by: date = Field(description="检查完成期限")
    urgent: bool = False
    policy: str = Field(default="", max_length=40, description="比例方案版本；空为现行方案")
    cells: list[str] = Field(default=[], max_length=4, description="均衡分布：county industry size type")
    order_only: bool = Field(default=False, description="全部检查、只抽顺序（仅限重点检查事项）")
    participants: list[str] = Field(default=[], max_length=10, description="联合检查的其他部门")

    def draft(self) -> Draft:
        """The draft that the domain knows."""
        known = {field.name for field in fields(Draft)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in self if name in known
        }
        return Draft(**values)


class Revision(PlanDraft):
    """计划的新版本；原版本保留。"""

    version: int = Field(ge=1, description="看到的版本；计划已被他人修改时拒绝")


class Listing(BaseModel):
    """列表的一页。"""

    total: int
    page: int
    rows: list[dict[str, Any]]


async def _listing(database: Db, request: Request, columns: Any, statement: Any) -> Listing:
    query = ListQuery.from_params(request.query_params, columns, filters=("q", "county", "state"))
    async with database.transaction() as tx:
        page = await lists.page_of(tx, statement(query), query)
    return Listing(total=page.total, page=query.page, rows=[shapes.plain(row) for row in page])


@router.get("/plans")
async def list_plans(request: Request, database: Db, actor: Reader) -> Listing:
    """计划列表（q、county、state 筛选，sort 排序，page 翻页）。"""
    return await _listing(database, request, shapes.PLAN_COLUMNS, lambda query: lists.plans_seen_by(actor, query))


@router.post("/plans", status_code=201)
async def post_plan(body: PlanDraft, request: Request, database: Db, actor: Lead) -> dict[str, str]:
    """提出计划，由另一人审批。"""
    async with database.transaction() as tx:
        settings: DrawSettings = request.app.state.settings
        return {"plan_id": await draft_plan(tx, settings, body.draft(), actor, now())}


@router.post("/pool-size")
async def post_pool_size(body: PlanDraft, request: Request, database: Db, _: Lead) -> dict[str, Any]:
    """按草案的条件现在冻结，名录有多大；不保存任何内容。"""
    settings: DrawSettings = request.app.state.settings
    async with database.transaction() as tx:
        sized, _choice = await size_draft(tx, settings, body.draft(), now())
    size = sized.pool
    return asdict(size) | {"eligible": size.eligible, "drawn": size.drawn, "policy": sized.policy}


@router.get("/plans/{plan_id}")
async def get_plan(plan_id: str, database: Db, actor: Reader) -> dict[str, Any]:
    """一个计划及其任务。"""
    async with database.transaction() as tx:
        record = await load_plan(tx, plan_id)
        actor.must_see(record.county)
        return shapes.plan(record) | {
            "tasks": [shapes.plain(row) for row in await tasks_of_plan(tx, plan_id)],
        }


@router.post("/plans/{plan_id}/versions", status_code=201)
async def post_version(
    plan_id: str, body: Revision, request: Request, database: Db, actor: Lead
) -> dict[str, str | int]:
    """修改待审批或已退回的计划；修改的人不能审批（细则第七条第一项）。"""
    settings: DrawSettings = request.app.state.settings
    async with database.transaction() as tx:
        record = await revise_plan(tx, settings, plan_id, body.draft(), body.version, actor, now())
    return {"plan_id": plan_id, "version": record.plan.version}


@router.post("/plans/{plan_id}/approve")
async def post_approval(plan_id: str, body: Approval, request: Request, database: Db, actor: Lead) -> dict[str, str]:
    """审批并公布计划，同时建立任务（细则第七条第一项）。"""
    async with database.transaction() as tx:
        settings: DrawSettings = request.app.state.settings
        task = await approve_plan(tx, settings, plan_id, body.document_number, actor, now(), body.version)
    return {"plan_id": plan_id, "task_id": task.task.task_id}


@router.post("/plans/{plan_id}/reject")
async def post_rejection(plan_id: str, body: Reason, database: Db, actor: Lead) -> dict[str, str]:
    """退回计划并写明理由。"""
    async with database.transaction() as tx:
        await reject_plan(tx, plan_id, body.reason, actor, now())
    return {"plan_id": plan_id, "state": "rejected"}


@router.get("/tasks")
async def list_tasks(request: Request, database: Db, actor: Reader) -> Listing:
    """任务列表。"""
    return await _listing(database, request, shapes.TASK_COLUMNS, lambda query: lists.tasks_seen_by(actor, query))


@router.get("/tasks/{task_id}")
async def get_task(task_id: str, database: Db, actor: Reader) -> dict[str, Any]:
    """一个任务及其历次抽取。"""
    async with database.transaction() as tx:
        record = await load_task(tx, task_id)
        actor.must_see(record.county)
        tried = await attempts(tx, task_id)
    return shapes.task(record) | {
        "attempts": [{"draw_id": row["draw_id"], "state": row["state"]} for row in tried],
    }


@router.post("/tasks/{task_id}/freeze", status_code=202)
async def post_freeze(task_id: str, body: Reason, request: Request, database: Db, actor: Lead) -> dict[str, str]:
    """冻结待抽名录，开始一次抽取；重新抽取须写明理由。冻结在后台进行，状态 freezing 变为 frozen 即完成。"""
    settings: DrawSettings = request.app.state.settings
    async with database.transaction() as tx:
        draw_id = await freeze_pool(tx, settings, task_id, body.reason, actor, now())
    return {"draw_id": draw_id}


@router.get("/draws/{draw_id}")
async def get_draw(draw_id: str, database: Db, actor: Reader) -> dict[str, Any]:
    """一次抽取的状态。"""
    async with database.transaction() as tx:
        record = await load_draw(tx, draw_id)
    actor.must_see(record.county)
    return shapes.draw(record, now())


async def _state(database: Db, draw_id: str) -> dict[str, Any]:
    async with database.transaction() as tx:
        return shapes.draw(await load_draw(tx, draw_id), now())


@router.post("/draws/{draw_id}/promises", status_code=201)
async def post_promise(draw_id: str, body: PromiseBody, database: Db, actor: Party) -> dict[str, Any]:
    """登记本方承诺。"""
    async with database.transaction() as tx:
        await ceremony.promise(tx, draw_id, body.commit, actor, now())
    return await _state(database, draw_id)


@router.post("/draws/{draw_id}/commit", status_code=202)
async def post_commit(
    draw_id: str, request: Request, database: Db, actor: Lead, body: CommitBody | None = None
) -> dict[str, Any]:
    """登记抽取承诺；之后等待公开日志的回执。"""
    settings: DrawSettings = request.app.state.settings
    async with database.transaction() as tx:
        await choose_seed(tx, settings, draw_id, (body or CommitBody()).choice(), actor)
        await commit_draw(tx, settings, draw_id, actor, now())
    return await _state(database, draw_id)


@router.post("/draws/{draw_id}/reveals", status_code=201)
async def post_reveal(draw_id: str, body: RevealBody, database: Db, actor: Party) -> dict[str, Any]:
    """揭示本方随机数。"""
    async with database.transaction() as tx:
        await ceremony.reveal(tx, draw_id, body.reveal, actor, now())
    return await _state(database, draw_id)


@router.post("/draws/{draw_id}/absent")
async def post_absent(draw_id: str, body: Absent, database: Db, actor: Lead) -> dict[str, Any]:
    """揭示截止后，判定未揭示的参与方缺席；在掷骰之前。"""
    async with database.transaction() as tx:
        await ceremony.mark_absent(tx, draw_id, body.name, actor, now())
    return await _state(database, draw_id)


@router.post("/draws/{draw_id}/dice", status_code=201)
async def post_dice(draw_id: str, body: Dice, database: Db, actor: Party) -> dict[str, Any]:
    """录入骰子结果。"""
    async with database.transaction() as tx:
        await ceremony.type_dice(tx, draw_id, body.digits, actor, now())
    return await _state(database, draw_id)


@router.post("/draws/{draw_id}/dice/confirm")
async def post_dice_confirmation(draw_id: str, body: Dice, database: Db, actor: Party) -> dict[str, Any]:
    """由另一人确认骰子结果，种子随即确定。"""
    async with database.transaction() as tx:
        await ceremony.confirm_dice(tx, draw_id, body.digits, actor, now())
    return await _state(database, draw_id)


@router.post("/draws/{draw_id}/beacon", status_code=201)
async def post_beacon(draw_id: str, body: BeaconBody, database: Db, actor: Party) -> dict[str, Any]:
    """提供承诺登记的那一轮信标；核验签名后确定种子，不符的留下记录、不予采用。"""
    async with database.transaction() as tx:
        refused = await hand_over_round(tx, draw_id, body.round_json, actor, now())
    if refused:
        raise refused
    return await _state(database, draw_id)


@router.post("/draws/{draw_id}/open")
async def post_opening(draw_id: str, body: Reason, database: Db, actor: Lead) -> dict[str, Any]:
    """提前公开密封的名单；理由公开。检查全部结束后会自动公开。"""
    async with database.transaction() as tx:
        await open_seal(tx, draw_id, body.reason, actor, now())
    return await _state(database, draw_id)


@router.post("/draws/{draw_id}/abort")
async def post_abort(draw_id: str, body: Reason, database: Db, actor: Lead) -> dict[str, Any]:
    """中止本次抽取；理由公开，记录不可删除。"""
    async with database.transaction() as tx:
        await ceremony.abort(tx, draw_id, body.reason, actor, now())
    return await _state(database, draw_id)


@router.post("/draws/{draw_id}/dispatch")
async def post_dispatch(
    draw_id: str, request: Request, response: Response, database: Db, actor: Lead
) -> dict[str, Any]:
    """派发名单（细则第七条第三项）；`joined` 为并入其他任务的检查、不再另行入企的户数（细则第三条）。

    超过 500 户的名单在后台分批派发：返回 202，状态 dispatching 变为 dispatched 即完成。
    """
    async with database.transaction() as tx:
        handed = await dispatch_list(tx, request.app.state.settings, draw_id, actor, now())
    if handed is None:
        response.status_code = 202
        return await _state(database, draw_id)
    return {"draw_id": draw_id, "cases": handed.own, "joined": handed.joined}
