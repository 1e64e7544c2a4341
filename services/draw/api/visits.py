"""REST: visits that several tasks share, and the visits that were spared by it."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web import Column, ListQuery
from services.draw.api import shapes
from services.draw.store.lists import page_of
from services.draw.store.visits import count_saved, saved_visits

router = APIRouter(prefix="/draw/api/v1", tags=["抽查任务"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]

VISIT_COLUMNS = (
    Column("name", "检查对象", sortable=True, width=36),
    Column("uscc", "统一社会信用代码", code=True, width=22),
    Column("county", "县区", sortable=True),
    Column("first_title", "检查所属任务", width=40),
    Column("title", "并入的任务", width=40),
    Column("case_id", "检查编号", code=True, sortable=True, width=26),
    Column("joined_at", "并入时间", sortable=True, width=20),
    Column("state", "进展"),
)
FILTERS = ("q", "county")


class Visits(BaseModel):
    """一次检查：合并的检查。"""

    total: int = Field(description="符合条件的条数")
    page: int
    saved: int = Field(description="减少入企次数：并入他人检查的户次")
    tasks: int = Field(description="涉及的任务数")
    by_county: dict[str, int] = Field(description="各县区减少入企次数")
    rows: list[dict[str, Any]]


@router.get("/visits")
async def list_visits(request: Request, database: Db, actor: Reader) -> Visits:
    """一次检查清单（q、county 筛选，sort 排序，page 翻页）。"""
    query = ListQuery.from_params(request.query_params, VISIT_COLUMNS, filters=FILTERS)
    statement = saved_visits(actor, query)
    async with database.transaction() as tx:
        found = await page_of(tx, statement, query)
        tasks, by_county = await count_saved(tx, statement)
    return Visits(
        total=found.total,
        page=query.page,
        saved=found.total,
        tasks=tasks,
        by_county=by_county,
        rows=[shapes.plain(row) for row in found],
    )
