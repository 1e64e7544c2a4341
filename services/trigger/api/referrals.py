"""Referrals for programs: the list with its deadlines, and the reply."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from libs.common.clock import china_date, now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web import Column, ListPage, ListQuery
from services.trigger.domain.referral import Reply, near_until, state_of
from services.trigger.store import lists, referrals
from services.trigger.usecases.reply_referral import reply_referral

router = APIRouter(prefix="/trigger/api/v1/referrals", tags=["触发预警"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Clerk = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]

COLUMNS = (
    Column("document_number", "来文文号", sortable=True, width=26),
    Column("sender", "交办单位", sortable=True, width=24),
    Column("category", "类别", sortable=True, width=24),
    Column("county", "县区", sortable=True),
    Column("accepted_at", "收文日期", sortable=True),
    Column("reply_by", "办复期限", sortable=True),
    Column("state", "状态"),
    Column("reply_number", "回复文号", sortable=True, width=26),
)
FILTERS = ("q", "county", "state")


class ReplyBody(BaseModel):
    """办结回复。"""

    number: Annotated[str, Field(max_length=60, description="回复文号")]
    replied_on: Annotated[date, Field(description="回复日期")]
    text: Annotated[str, Field(max_length=4000, description="办理结果，加密保存")]


async def page_of(database: Db, actor: Actor, query: ListQuery) -> ListPage[lists.Row]:
    """Referrals with how each stands today."""
    today = china_date(now())
    async with database.transaction() as tx:
        found = await lists.page_of(tx, referrals.seen_by(actor, query, today, near_until(today)), query)
    rows = [{**row, "state": state_of(row["reply_number"], row["reply_by"], today)} for row in found]
    return ListPage(rows, found.total, query)


@router.get("")
async def list_referrals(request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """转办交办（q、county、state 筛选：open、near、late、replied），期限近的在前。"""
    query = ListQuery.from_params(request.query_params, COLUMNS, filters=FILTERS)
    found = await page_of(database, actor, query)
    return {"total": found.total, "page": query.page, "pages": found.pages, "items": found.rows}


@router.post("/{signal_id}/reply", status_code=204)
async def reply(signal_id: str, body: ReplyBody, request: Request, database: Db, actor: Clerk) -> None:
    """登记办结回复，只登记一次。"""
    told = Reply(body.number.strip(), body.replied_on, body.text.strip())
    async with database.transaction() as tx:
        await reply_referral(tx, signal_id, told, request.app.state.vault, actor, now())
