"""The API twins of the risk view."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from libs.common.clock import china_date, now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web import Column, ListQuery
from services.trigger.store import lists, risk
from services.trigger.usecases.reckon_risk import points_table, points_tables, reckon_one

router = APIRouter(prefix="/trigger/api/v1", tags=["风险画像"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]

RISK_COLUMNS = (
    Column("name", "检查对象", sortable=True, width=36),
    Column("uscc", "统一社会信用代码", code=True, width=22),
    Column("county", "县区", sortable=True),
    Column("industry", "行业", sortable=True),
    Column("points", "分值", sortable=True, numeric=True),
    Column("why", "计分理由", width=60),
    Column("table_version", "计分表版本", sortable=True, numeric=True),
    Column("reckoned_on", "计算日期", sortable=True),
)
RISK_FILTERS = ("q", "county", "industry", "version")


class ReasonOut(BaseModel):
    """一项得分。"""

    key: str
    name: str
    detail: str
    points: float
    day: date | None = Field(default=None, description="最近一次的日期；空为名录库现有信息")


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


class EarlierPoints(BaseModel):
    """以前一版计分表最后一次计算的分值。"""

    table_version: int
    points: float
    reasons: list[ReasonOut]
    reckoned_on: date


class RiskNow(BaseModel):
    """一个检查对象此刻的分值和理由；仅用于排序和研判，不作为处罚依据。"""

    uscc: str
    name: str
    county: str
    points: float
    reasons: list[ReasonOut]
    table_version: int
    earlier: list[EarlierPoints] = Field(description="以前各版计分表最后一次计算的分值，原样保留")


class PointsTable(BaseModel):
    """计分表的一个版本。"""

    version: int
    document: dict[str, Any] = Field(description="各项的名称、分值、半衰期和上限，即 rules/risk/points.v*.yaml")


@router.get("/risk", response_model=RiskRows)
async def list_risk(request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """有分值的检查对象，分值由高到低，昨夜计算（q、county、industry、version 筛选；sort、page、per_page）。"""
    query = ListQuery.from_params(request.query_params, RISK_COLUMNS, filters=RISK_FILTERS)
    async with database.transaction() as tx:
        found = await lists.page_of(tx, risk.points_seen_by(actor, query), query)
    return {"total": found.total, "page": query.page, "pages": found.pages, "items": found.rows}


@router.get("/risk-tables", response_model=list[PointsTable])
async def list_tables(_actor: Reader) -> list[dict[str, Any]]:
    """计分表的全部版本，最新的在前。"""
    return [{"version": table["version"], "document": table} for table in points_tables()]


@router.get("/risk/{uscc}", response_model=RiskNow)
async def get_risk(uscc: str, database: Db, actor: Reader) -> dict[str, Any]:
    """一个检查对象此刻的分值和理由。"""
    async with database.transaction() as tx:
        found = await reckon_one(tx, uscc, actor, china_date(now()))
    return {
        **{name: found.subject[name] for name in ("uscc", "name", "county")},
        "points": found.points,
        "reasons": [asdict(reason) for reason in found.reasons],
        "table_version": points_table()["version"],
        "earlier": [dict(row) for row in found.history],
    }
