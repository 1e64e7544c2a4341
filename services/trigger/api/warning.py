"""The API twins of early warning: alarms, their judgement, and the weeks of a county and category."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from libs.common.clock import china_date, now
from libs.common.errors import NotFound
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.reference import AREAS
from libs.common.web import Column, ListQuery
from services.trigger.domain import alarm
from services.trigger.domain.category import CATEGORIES, WAGES
from services.trigger.store import lists, warning
from services.trigger.usecases.show_counts import weeks_of
from services.trigger.usecases.watch_counts import acknowledge_alarm

router = APIRouter(prefix="/trigger/api/v1", tags=["早期预警"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Clerk = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]

ALARM_COLUMNS = (
    Column("week", "所在周（周一）", sortable=True),
    Column("county", "县区", sortable=True),
    Column("category", "类别", sortable=True, width=24),
    Column("grain", "口径"),
    Column("number", "件数", sortable=True, numeric=True),
    Column("expected", "预计", sortable=True, numeric=True),
    Column("threshold", "预警线", sortable=True, numeric=True),
    Column("strength", "强度", sortable=True, numeric=True),
    Column("state", "状态", sortable=True),
)
WEEK_COLUMNS = (
    Column("county", "县区"),
    Column("category", "类别", width=24),
    Column("monday", "周（周一）"),
    Column("count", "件数", numeric=True),
    Column("expected", "预计", numeric=True),
    Column("limit", "预警线", numeric=True),
    Column("outstanding", "达到预警线"),
)
ALARM_FILTERS = ("county", "category", "state", "grain")


class Alarm(BaseModel):
    """一次预警：一个县区（410300 为全市）、一个类别、一周。"""

    alarm_id: str
    signal_id: str = Field(description="对应的风险预警线索")
    county: str
    category: str
    week: date = Field(description="该周的周一")
    grain: str = Field(description="day 按日，week 按周：数字来自最强的一次")
    number: int = Field(description="实际件数")
    expected: float = Field(description="预计件数")
    threshold: int = Field(description="预警线，件数达到即预警")
    strength: float = Field(description="1 为恰好达到预警线")
    state: str = Field(description="open 待研判，acknowledged 已研判")
    raised_at: datetime


class Alarms(BaseModel):
    """一页预警。"""

    total: int
    page: int
    pages: int
    items: list[Alarm]


class Found(BaseModel):
    """一次发现。"""

    grain: str
    period: date
    number: int
    expected: float
    threshold: int
    chance: float = Field(description="仅凭偶然出现这么多或更多的概率")
    reference_periods: int = Field(description="用于比较的时段数")


class Note(BaseModel):
    """一次研判。"""

    at: datetime
    who: str
    conclusion: str
    note: str


class AlarmInFull(Alarm):
    """一次预警及其发现和研判。"""

    findings: list[Found]
    notes: list[Note]


class Judgement(BaseModel):
    """研判结论。"""

    conclusion: Annotated[
        str, Field(max_length=20, description="；".join(f"{code} {text}" for code, text in alarm.CONCLUSIONS.items()))
    ]
    note: Annotated[str, Field(max_length=1000, description="研判意见")]


class WeekOut(BaseModel):
    """一周：件数、预计件数、预警线；历史不足时后两项为空。"""

    monday: date
    count: int
    expected: float | None
    limit: int | None


@router.get("/alarms", response_model=Alarms)
async def list_alarms(request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """预警列表（county、category、state、grain 筛选；sort、page、per_page）。"""
    query = ListQuery.from_params(request.query_params, ALARM_COLUMNS, filters=ALARM_FILTERS)
    async with database.transaction() as tx:
        found = await lists.page_of(tx, warning.alarms_seen_by(actor, query), query)
    return {"total": found.total, "page": query.page, "pages": found.pages, "items": found.rows}


@router.get("/alarms/{alarm_id}", response_model=AlarmInFull)
async def get_alarm(alarm_id: str, database: Db, actor: Reader) -> dict[str, Any]:
    """一次预警的全部发现和研判。"""
    async with database.transaction() as tx:
        row = await warning.load(tx, alarm_id)
        if row is None:
            raise NotFound
        actor.must_see(row["county"])
        found, notes = await warning.findings(tx, alarm_id), await warning.notes(tx, alarm_id)
    return {**row, "findings": [dict(line) for line in found], "notes": [dict(line) for line in notes]}


@router.post("/alarms/{alarm_id}/acknowledgement", status_code=204)
async def acknowledge(alarm_id: str, judgement: Judgement, database: Db, actor: Clerk) -> None:
    """记录研判结论和意见，追加保存。"""
    async with database.transaction() as tx:
        said = alarm.acknowledged(judgement.conclusion, judgement.note)
        await acknowledge_alarm(tx, alarm_id, said, actor, now())


@router.get("/warning/counts", response_model=list[WeekOut])
async def list_weeks(
    database: Db,
    actor: Reader,
    county: Annotated[str, Query(max_length=6, description="县区代码，410300 为全市；留空为本人所在")] = "",
    category: Annotated[str, Query(max_length=40, description="类别")] = WAGES,
) -> list[Any]:
    """近一年每周的投诉件数、预计件数和预警线。"""
    county = county or actor.county
    actor.must_see(county)
    if county not in AREAS or category not in CATEGORIES:
        raise NotFound
    async with database.transaction() as tx:
        return await weeks_of(tx, county, category, china_date(now()) - timedelta(days=1))
