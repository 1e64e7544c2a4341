"""The API twins of the matching pages: candidates, the clerk's decisions, and firms to be registered."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from libs.common.clock import now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web import ListQuery
from services.trigger.api import shapes
from services.trigger.domain.names import tidy_code
from services.trigger.store import lists, unmatched
from services.trigger.usecases.find_subjects import Decide, find_subjects, put_off
from services.trigger.usecases.match_signal import (
    ChooseSubject,
    ReturnSignal,
    choose_subject,
    retry_match,
    return_signal,
)

router = APIRouter(prefix="/trigger/api/v1", tags=["线索匹配"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Clerk = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]
Words = Annotated[str, Query(max_length=100, description="按名称中的字词（至少两个字）或代码开头（至少四位）检索")]


class Choice(BaseModel):
    """为线索选定检查对象。"""

    uscc: Annotated[str, Field(min_length=1, max_length=40, description="统一社会信用代码")]


class Reason(BaseModel):
    """退单。"""

    reason: Annotated[str, Field(max_length=500, description="退单原因，加密保存")]


class Step(BaseModel):
    """暂不匹配：暂缓，或登记为待建档主体。"""

    step: Annotated[Literal["later", "register"], Field(description="later 暂缓，register 待建档")]
    ground: Annotated[
        Literal["", "registry", "complainant", "place"],
        Field(description="暂缓原因：registry 等名录库更新，complainant 等反映人补充，place 等核实用工所在地"),
    ] = ""


class Candidate(BaseModel):
    """名录库中可能的检查对象。"""

    uscc: str
    name: str
    county: str
    live: Annotated[bool, Field(description="登记状态是否存续")]
    credit_class: Annotated[str, Field(description="信用风险分类")]
    score: Annotated[int, Field(description="得分，0 至 100")]
    reasons: Annotated[list[str], Field(description="得分依据")]
    doubts: Annotated[list[str], Field(description="不能自动匹配的原因")]


@router.get("/signals/{signal_id}/candidates")
async def list_candidates(
    signal_id: str, request: Request, database: Db, actor: Reader, q: Words = ""
) -> list[Candidate]:
    """名录库中可能的检查对象及得分依据，得分由高到低；q 另行检索。"""
    async with database.transaction() as tx:
        _, found = await find_subjects(tx, signal_id, q.strip(), request.app.state.vault, actor)
    return [
        Candidate(
            uscc=match.subject.uscc,
            name=match.subject.name,
            county=match.subject.county,
            live=match.subject.live,
            credit_class=str(match.subject.attributes["credit_class"]),
            score=match.score,
            reasons=list(match.reasons),
            doubts=list(match.doubts),
        )
        for match in found
    ]


@router.post("/signals/{signal_id}/match", status_code=204)
async def match(signal_id: str, choice: Choice, database: Db, actor: Clerk) -> None:
    """选定检查对象。"""
    async with database.transaction() as tx:
        await choose_subject(tx, ChooseSubject(signal_id, tidy_code(choice.uscc)), actor, now())


@router.post("/signals/{signal_id}/retry")
async def retry(signal_id: str, request: Request, database: Db, actor: Clerk) -> dict[str, bool]:
    """按最新名录再次自动匹配。"""
    async with database.transaction() as tx:
        return {"matched": await retry_match(tx, signal_id, request.app.state.vault, actor, now())}


@router.post("/signals/{signal_id}/return", status_code=204)
async def send_back(signal_id: str, reason: Reason, request: Request, database: Db, actor: Clerk) -> None:
    """退单。"""
    async with database.transaction() as tx:
        await return_signal(tx, ReturnSignal(signal_id, reason.reason), request.app.state.vault, actor, now())


@router.post("/signals/{signal_id}/step", status_code=204)
async def take_step(signal_id: str, step: Step, database: Db, actor: Clerk) -> None:
    """暂缓匹配，或登记为待建档主体；线索仍为待匹配，名录库补录后自动匹配。"""
    async with database.transaction() as tx:
        await put_off(tx, Decide(signal_id, step.step, step.ground), actor, now())


@router.get("/to-register")
async def list_to_register(request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """待建档主体：被反映而名录库没有的单位（q、county 筛选；sort、page、per_page）。"""
    query = ListQuery.from_params(
        request.query_params, shapes.UNREGISTERED_COLUMNS, filters=shapes.UNREGISTERED_FILTERS
    )
    async with database.transaction() as tx:
        found = await lists.page_of(tx, unmatched.to_register(actor, query), query)
    return {"total": found.total, "page": query.page, "pages": found.pages, "items": found.rows}
