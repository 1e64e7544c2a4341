"""REST for direct assignment and for the officers of a draw."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from libs.common.clock import now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web import Column, ListQuery
from services.draw.api import shapes
from services.draw.store import lists
from services.draw.store.direct import method_of
from services.draw.store.draws import load_draw
from services.draw.store.plans import load_task
from services.draw.store.roll import roll_seen_by
from services.draw.usecases import choose_teams as choose
from services.draw.usecases.choose_teams import Choosing

router = APIRouter(prefix="/draw/api/v1", tags=["直接选派"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Lead = Annotated[Actor, allow(Role.LEAD)]

ROLL_COLUMNS = (
    Column("officer_id", "公开编号", code=True, sortable=True, width=14),
    Column("name", "姓名", sortable=True),
    Column("county", "县区", sortable=True),
    Column("certificate_valid_to", "证件有效期至", sortable=True),
    Column("cases_this_year", "本年已承办", numeric=True, sortable=True),
    Column("recusals", "名录中应回避", numeric=True, sortable=True),
    Column("why_not", "是否进入名录", width=40),
)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MethodBody(_Body):
    """随机抽取或直接选派检查人员（细则第二条）。"""

    method: Literal["deal/1", "direct"] = Field(description="deal/1 随机抽取，direct 直接选派")
    reason: str = Field(default="", max_length=500, description="直接选派的理由，将公开")


class Teams(_Body):
    """拟选派的检查人员，可分批保存。"""

    teams: dict[str, list[str]] = Field(max_length=10_000, description="统一社会信用代码 → 执法人员公开编号，按席位")


class ReasonBody(_Body):
    """理由。"""

    reason: str = Field(default="", max_length=500, description="理由，将公开或留存")


def state_of(choosing: Choosing) -> dict[str, Any]:
    """Whom, by whom: drawn subjects in ticket order with drafts and those who may be named."""
    waiting = choosing.waiting
    return {
        "draw_id": choosing.record.draw.draw_id,
        "state": choosing.record.draw.state.value,
        "seats": choosing.task.task.seats,
        "subjects": [
            {
                "uscc": one.id,
                "county": one.county,
                "ticket": one.ticket,
                "team": list(choosing.drafts.get(one.id, ())),
                "choosable": list(choosing.choosable(one)),
            }
            for one in choosing.selection.selected
        ],
        "waiting": waiting
        and {
            "n": waiting["n"],
            "reason": waiting["reason"],
            "chosen_by": waiting["chosen_by"],
            "drafted_by": waiting["drafted_by"],
            "teams": waiting["teams"],
        },
        "drafted_by": list(choosing.drafted_by),
        "unavailable": choosing.unavailable,
    }


@router.get("/tasks/{task_id}/officer-method")
async def get_method(task_id: str, database: Db, actor: Reader) -> dict[str, Any]:
    """本任务怎样确定检查人员。"""
    async with database.transaction() as tx:
        actor.must_see((await load_task(tx, task_id)).county)
        method = await method_of(tx, task_id)
    return {"task_id": task_id, "method": method.method, "reason": method.reason, "chosen_by": method.chosen_by}


@router.post("/tasks/{task_id}/officer-method")
async def post_method(task_id: str, body: MethodBody, database: Db, actor: Lead) -> dict[str, str]:
    """登记承诺之前，确定随机抽取或直接选派检查人员。"""
    async with database.transaction() as tx:
        await choose.choose_method(tx, task_id, body.method, body.reason, actor, now())
    return {"task_id": task_id, "method": body.method}


@router.get("/draws/{draw_id}/teams")
async def get_teams(draw_id: str, database: Db, actor: Reader) -> dict[str, Any]:
    """直接选派：抽中的检查对象、可选派的执法人员和已拟定的选派。"""
    async with database.transaction() as tx:
        return state_of(await choose.load_choosing(tx, draw_id, actor))


@router.post("/draws/{draw_id}/teams")
async def post_teams(draw_id: str, body: Teams, database: Db, actor: Lead) -> dict[str, int]:
    """保存拟选派的检查人员，可分批。"""
    async with database.transaction() as tx:
        await choose.draft_teams(tx, draw_id, body.teams, actor)
    return {"saved": len(body.teams)}


@router.post("/draws/{draw_id}/teams/hand-in")
async def post_hand_in(draw_id: str, body: ReasonBody, database: Db, actor: Lead) -> dict[str, str]:
    """提交选派，由另一人审批。"""
    async with database.transaction() as tx:
        await choose.hand_in_teams(tx, draw_id, body.reason, actor, now())
    return {"draw_id": draw_id}


@router.post("/draws/{draw_id}/teams/approve")
async def post_approval(draw_id: str, database: Db, actor: Lead) -> dict[str, Any]:
    """审批选派，抽取凭证随即生成。"""
    async with database.transaction() as tx:
        await choose.approve_teams(tx, draw_id, actor, now())
        return shapes.draw(await load_draw(tx, draw_id), now())


@router.post("/draws/{draw_id}/teams/refuse")
async def post_refusal(draw_id: str, body: ReasonBody, database: Db, actor: Lead) -> dict[str, str]:
    """退回选派并写明理由。"""
    async with database.transaction() as tx:
        await choose.refuse_teams(tx, draw_id, body.reason, actor, now())
    return {"draw_id": draw_id}


@router.get("/draws/{draw_id}/officers")
async def get_officers(draw_id: str, request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """登记承诺时已知的执法人员，及未进入名录的原因（q、county、able=yes|no 筛选）。"""
    query = ListQuery.from_params(request.query_params, ROLL_COLUMNS, filters=("q", "county", "able"))
    async with database.transaction() as tx:
        actor.must_see((await load_draw(tx, draw_id)).county)
        found = await lists.page_of(tx, roll_seen_by(actor, draw_id, query), query)
    return {"total": found.total, "page": query.page, "rows": [shapes.plain(row) for row in found]}
