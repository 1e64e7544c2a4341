"""The API twins: who read protected text, and how long a signal is kept."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from libs.common.clock import now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web import Column, ListQuery
from services.trigger.domain.retention import GROUNDS
from services.trigger.store import lists, retention
from services.trigger.usecases.erase_signals import Keeping, hold_signal, keeping_of, lift_hold

router = APIRouter(prefix="/trigger/api/v1", tags=["保密与保存期限"])

Overseer = Annotated[Actor, allow(Role.LEAD, Role.AUDITOR)]
Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Lead = Annotated[Actor, allow(Role.LEAD)]

VIEW_COLUMNS = (
    Column("viewed_at", "查看时间", sortable=True, width=20),
    Column("name", "查看人", sortable=True),
    Column("role", "角色", sortable=True),
    Column("order_id", "工单编号", sortable=True, code=True, width=28),
    Column("county", "县区", sortable=True),
    Column("fields", "查看内容", width=50),
    Column("purpose", "用途", width=40),
)
VIEW_FILTERS = ("q", "role", "county", "since", "until")


class HoldIn(BaseModel):
    """暂不清除。"""

    ground: Annotated[
        str, Field(max_length=20, description="依据：" + "、".join(f"{k} {v}" for k, v in GROUNDS.items()))
    ]
    document: Annotated[str, Field(max_length=60, description="文号，不得含反映人信息")]


@router.get("/views")
async def list_views(request: Request, database: Db, actor: Overseer) -> dict[str, Any]:
    """谁在何时为何查看过哪件线索的哪些受保护内容（q、role、county、since、until 筛选；sort、page、per_page）。"""
    query = ListQuery.from_params(request.query_params, VIEW_COLUMNS, filters=VIEW_FILTERS)
    async with database.transaction() as tx:
        page = await lists.page_of(tx, retention.views_seen_by(actor, query), query)
    return {"total": page.total, "page": page.query.page, "pages": page.pages, "items": page.rows}


@router.get("/signals/{signal_id}/retention")
async def get_retention(signal_id: str, request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """一件线索的保存期限：是否已办结、可清除之日、已清除的时间，以及历次暂不清除。"""
    async with database.transaction() as tx:
        keeping = await keeping_of(tx, signal_id, request.app.state.settings.erase_after_days, actor)
    return as_json(keeping)


def as_json(keeping: Keeping) -> dict[str, Any]:
    """What is told of a signal's keeping."""
    return {
        "open": keeping.open,
        "erased_at": keeping.erased_at,
        "erased_on": keeping.erased_on,
        "held": keeping.held,
        "holds": [dict(one) for one in keeping.holds],
    }


@router.post("/signals/{signal_id}/hold", status_code=204)
async def hold(signal_id: str, asked: HoldIn, database: Db, actor: Lead) -> None:
    """暂不清除：写明依据和文号。"""
    async with database.transaction() as tx:
        await hold_signal(tx, signal_id, asked.ground, asked.document, actor, now())


@router.post("/signals/{signal_id}/lift-hold", status_code=204)
async def lift(signal_id: str, database: Db, actor: Lead) -> None:
    """解除暂不清除，恢复按保存期限清除。"""
    async with database.transaction() as tx:
        await lift_hold(tx, signal_id, actor, now())
