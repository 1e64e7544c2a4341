"""REST for changes of a drawn list: one person asks, another decides."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from libs.common.clock import now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web import Column, ListQuery
from services.draw.api import shapes
from services.draw.domain.amendment import Amendment
from services.draw.settings import DrawSettings
from services.draw.store.amendments import Evidence, amendments_seen_by
from services.draw.store.draws import load_draw
from services.draw.store.lists import page_of
from services.draw.usecases import decide_amendment as decide
from services.draw.usecases import request_amendment as ask
from services.draw.usecases.show_changes import changes_of

router = APIRouter(prefix="/draw/api/v1/draws/{draw_id}/changes", tags=["名单变更"])
listing = APIRouter(prefix="/draw/api/v1/changes", tags=["名单变更"])

CHANGE_COLUMNS = (
    Column("draw_id", "抽取编号", code=True, sortable=True, width=26),
    Column("number", "项", numeric=True, width=6),
    Column("title", "抽查任务", sortable=True, width=40),
    Column("county", "县区", sortable=True),
    Column("kind", "变更", sortable=True),
    Column("state", "状态", sortable=True),
    Column("proposed_role", "录入"),
    Column("proposed_at", "录入时间", sortable=True, width=20),
)
CHANGE_FILTERS = ("q", "county", "kind", "state")

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Lead = Annotated[Actor, allow(Role.LEAD)]
Approver = Annotated[Actor, allow(Role.LEAD, Role.SECTION)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReserveBody(_Body):
    """候补递补。"""

    void: int = Field(ge=1, description="所补作废在凭证变更中的编号")


class FreshBody(_Body):
    """重新抽取补足。"""

    voids: list[int] = Field(min_length=1, max_length=1000, description="所补作废在凭证变更中的编号")
    reason: str = Field(default="", max_length=500, description="上一次补抽中止后再次补抽的理由")


class OfficerBody(_Body):
    """更换检查人员；由谁接替按承诺的规则确定。"""

    subject: str = Field(max_length=22, description="统一社会信用代码")
    seat: int = Field(ge=1, le=20, description="第几名检查人员，从 1 起")
    reason: str = Field(max_length=40, description="recusal_requested 回避，not_available 不能履行职责")


class RejectBody(_Body):
    """退回。"""

    reason: str = Field(default="", max_length=500, description="退回理由")


async def evidence_of(files: Sequence[UploadFile]) -> list[Evidence]:
    """The uploaded documents, each read no further than one byte beyond what is taken."""
    return [
        Evidence(
            (file.filename or "证明材料")[:200],
            (file.content_type or "application/octet-stream")[:100],
            await file.read(ask.LARGEST_EVIDENCE + 1),
        )
        for file in files
        if file.filename
    ]


def _shown(one: Amendment) -> dict[str, Any]:
    return {
        "number": one.number,
        "kind": one.kind.value,
        "body": one.body,
        "state": one.state.value,
        "proposed_role": one.proposed_role,
        "proposed_at": one.proposed.at.isoformat(),
        "decided_role": one.decided_role,
        "rejected_because": one.rejected_because,
        "problem": one.problem,
        "edition": one.edition,
        "fresh_draw_id": one.fresh_draw_id,
    }


@listing.get("")
async def list_changes(request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """全部名单变更申请（q、county、kind、state 筛选，sort 排序，page 翻页；state=waiting 为待处理）。"""
    query = ListQuery.from_params(request.query_params, CHANGE_COLUMNS, filters=CHANGE_FILTERS)
    async with database.transaction() as tx:
        found = await page_of(tx, amendments_seen_by(actor, query), query)
    return {"total": found.total, "page": query.page, "rows": [shapes.plain(row) for row in found]}


@router.get("")
async def get_changes(draw_id: str, database: Db, actor: Reader) -> dict[str, Any]:
    """现行名单、各版凭证和全部变更申请。"""
    async with database.transaction() as tx:
        record = await load_draw(tx, draw_id)
        actor.must_see(record.county)
        found = await changes_of(tx, record)
    return {
        "list": found.rows,
        "open_voids": found.opened.standing.open_voids,
        "editions": [one.document() for one in found.editions],
        "requests": [_shown(one) for one in found.requests],
    }


@router.post("/void", status_code=201)
async def post_void(
    draw_id: str,
    database: Db,
    actor: Lead,
    subject: Annotated[str, Form(max_length=22, description="统一社会信用代码")],
    reason: Annotated[
        str, Form(max_length=40, description="deregistered、duplicate、wrong_jurisdiction 或 court_order")
    ],
    evidence: list[UploadFile],
) -> dict[str, int]:
    """申请作废一户，附证明材料。"""
    documents = await evidence_of(evidence)
    async with database.transaction() as tx:
        return {"number": await ask.request_void(tx, draw_id, subject, reason, documents, actor, now())}


@router.post("/reserve", status_code=201)
async def post_reserve(draw_id: str, body: ReserveBody, database: Db, actor: Lead) -> dict[str, int]:
    """申请候补递补。"""
    async with database.transaction() as tx:
        return {"number": await ask.request_reserve(tx, draw_id, body.void, actor, now())}


@router.post("/fresh", status_code=201)
async def post_fresh(draw_id: str, body: FreshBody, database: Db, actor: Lead) -> dict[str, int]:
    """申请重新抽取补足。"""
    async with database.transaction() as tx:
        return {"number": await ask.request_fresh(tx, draw_id, body.voids, body.reason, actor, now())}


@router.post("/officer", status_code=201)
async def post_officer(draw_id: str, body: OfficerBody, database: Db, actor: Lead) -> dict[str, int]:
    """申请更换一名检查人员。"""
    async with database.transaction() as tx:
        number = await ask.request_officer(tx, draw_id, body.subject, body.seat, body.reason, actor, now())
    return {"number": number}


@router.post("/{number}/approve")
async def post_approval(draw_id: str, number: int, request: Request, database: Db, actor: Approver) -> dict[str, Any]:
    """由另一人审批，随即生效。"""
    settings: DrawSettings = request.app.state.settings
    async with database.transaction() as tx:
        return _shown(await decide.approve_amendment(tx, settings, draw_id, number, actor, now()))


@router.post("/{number}/reject")
async def post_rejection(draw_id: str, number: int, body: RejectBody, database: Db, actor: Approver) -> dict[str, Any]:
    """由另一人退回，写明理由。"""
    async with database.transaction() as tx:
        return _shown(await decide.reject_amendment(tx, draw_id, number, body.reason, actor, now()))


@router.post("/{number}/retry")
async def post_retry(draw_id: str, number: int, request: Request, database: Db, actor: Approver) -> dict[str, Any]:
    """已决定但当时无人可派的变更，再按规则执行一次。"""
    settings: DrawSettings = request.app.state.settings
    async with database.transaction() as tx:
        return _shown(await decide.try_again(tx, settings, draw_id, number, actor, now()))
