"""Clocks for programs: decided in time and late by month, the terms and their changes."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from libs.common.clock import china_date, now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web import ListQuery
from services.trigger.api import shapes
from services.trigger.domain.sla import CLOCKS
from services.trigger.store import lists, platforms, sla
from services.trigger.usecases.set_term import SetTerm, set_term

router = APIRouter(prefix="/trigger/api/v1/sla", tags=["办理时限"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR, Role.ADMIN)]
Admin = Annotated[Actor, allow(Role.ADMIN)]


class Term(BaseModel):
    """一个平台一类工单的时限。"""

    code: Annotated[str, Field(max_length=60, description="平台编号")]
    clock: Annotated[str, Field(max_length=20, description="、".join(f"{c} {w}" for c, w in CLOCKS.items()))]
    kind: Annotated[str, Field(max_length=60, description="工单类型，须与该平台约定")]
    days: Annotated[int | None, Field(description="工作日，1 至 90；空为恢复默认")] = None


@router.get("")
async def list_clocks(request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """各月按期、超期和未到期的件数（platform、clock 筛选；sort、page、per_page）。"""
    query = ListQuery.from_params(request.query_params, shapes.SLA_COLUMNS, filters=shapes.SLA_FILTERS)
    async with database.transaction() as tx:
        found = lists.page_in(await sla.by_month(tx, actor, query, china_date(now())), query)
    return {"total": found.total, "page": found.query.page, "pages": found.pages, "items": found.rows}


@router.get("/terms")
async def list_terms(database: Db, _actor: Reader) -> list[dict[str, Any]]:
    """现行时限（工作日）。"""
    async with database.transaction() as tx:
        return [
            {"code": one.code, "kind": kind, "clock": clock, "days": one.days(clock, kind)}
            for one in await platforms.every(tx)
            for kind in one.kinds
            for clock in CLOCKS
        ]


@router.get("/changes")
async def list_changes(database: Db, _actor: Reader) -> list[dict[str, Any]]:
    """最近的时限修改，新的在前；空为默认。"""
    async with database.transaction() as tx:
        return [dict(row) for row in await sla.changes(tx)]


@router.put("/terms", status_code=204)
async def change_term(term: Term, database: Db, actor: Admin) -> None:
    """修改时限；只对新的计时有效。"""
    async with database.transaction() as tx:
        await set_term(tx, SetTerm(term.code, term.clock, term.kind, term.days), actor, now())
