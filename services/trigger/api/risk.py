"""The API twins of the risk view."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from libs.common.clock import china_date, now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web import Column, ListQuery
from services.trigger.store import lists, risk
from services.trigger.usecases.reckon_risk import points_table, reckon_one

router = APIRouter(prefix="/trigger/api/v1", tags=["风险画像"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]

RISK_COLUMNS = (
    Column("name", "检查对象", sortable=True, width=36),
    Column("uscc", "统一社会信用代码", code=True, width=22),
    Column("county", "县区", sortable=True),
    Column("industry", "行业", sortable=True),
    Column("points", "分值", sortable=True, numeric=True),
    Column("why", "计分理由", width=60),
)
RISK_FILTERS = ("q", "county", "industry")


class ReasonOut(BaseModel):
    """一项得分。"""

    key: str
    name: str
    detail: str
    points: float


class RiskRow(BaseModel):
    """列表中的一个检查对象。"""

    uscc: str
    name: str
    county: str
    industry: str
    points: float
    reasons: list[ReasonOut]
    table_version: int = Field(description="计分表版本")
    reckoned_on: date


class RiskRows(BaseModel):
    """一页检查对象。"""

    total: int
    page: int
    pages: int
    items: list[RiskRow]


class RiskNow(BaseModel):
    """一个检查对象此刻的分值和理由；仅用于排序和研判，不作为处罚依据。"""

    uscc: str
    name: str
    county: str
    points: float
    reasons: list[ReasonOut]
    table_version: int


@router.get("/risk", response_model=RiskRows)
async def list_risk(request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """有分值的检查对象，分值由高到低，昨夜计算（q、county、industry 筛选；sort、page、per_page）。"""
    query = ListQuery.from_params(request.query_params, RISK_COLUMNS, filters=RISK_FILTERS)
    async with database.transaction() as tx:
        found = await lists.page_of(tx, risk.points_seen_by(actor, query), query)
    return {"total": found.total, "page": query.page, "pages": found.pages, "items": found.rows}


@router.get("/risk/{uscc}", response_model=RiskNow)
async def get_risk(uscc: str, database: Db, actor: Reader) -> dict[str, Any]:
    """一个检查对象此刻的分值和理由。"""
    async with database.transaction() as tx:
        found = await reckon_one(tx, uscc, actor, china_date(now()))
    return {
        **{name: found.subject[name] for name in ("uscc", "name", "county")},
        "points": found.points,
        "reasons": [{"key": r.key, "name": r.name, "detail": r.detail, "points": r.points} for r in found.reasons],
        "table_version": points_table()["version"],
    }
