"""The registry's lists for programs: subjects, officers, items, units."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from libs.common import clock
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web.tables import ListQuery
from services.registry.api.listing import Listed, PageNumber, PerPage
from services.registry.domain.errors import SubjectNotFound
from services.registry.store import items, officers, subjects, units
from services.registry.usecases.change_officer import DeclareRecusal, SetDuty, declare_recusal, set_duty
from services.registry.usecases.publish_items import publish_items

router = APIRouter(prefix="/registry/api/v1", tags=["名录"])

Inside = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.OFFICER, Role.AUDITOR)]
Anybody = Annotated[Actor, allow(*Role)]
Keeper = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]

SUBJECT_FILTERS = ("q", "county", "scale", "kind", "integrity_grade", "credit_class", "industry", "live")
OFFICER_FILTERS = ("q", "county", "unit_id", "staff_kind", "duty", "drawable")
ITEM_FILTERS = ("q", "category", "level", "state")
UNIT_FILTERS = ("q", "county", "kind")


class SubjectView(BaseModel):
    """A subject."""

    uscc: str = Field(description="统一社会信用代码")
    version: int
    name: str
    kind: str
    enterprise_type: str
    legal_representative: str
    registered_address: str
    registered_county: str
    address: str = Field(description="用工所在地")
    county: str = Field(description="经营县区代码")
    industry: str
    scale: str
    headcount: int
    insured_headcount: int
    registration_state: str
    credit_class: str = Field(description="A B C D，U 为未分类")
    credit_class_on: date | None
    integrity_grade: str
    whitelisted: bool
    last_inspected_on: date | None
    inspections_this_year: int


class OfficerView(BaseModel):
    """An officer."""

    officer_id: str
    version: int
    name: str
    unit_id: str
    unit_name: str
    county: str
    certificate_number: str
    certificate_valid_to: date
    staff_kind: str
    duty: str
    items_allowed: list[str]
    recusals: list[dict[str, Any]]
    drawable: bool = Field(description="今天能否被抽取或选派")


class ItemView(BaseModel):
    """An item of the list."""

    code: str
    version: int
    category: str
    name: str
    subject_kinds: str
    level: str
    methods: list[str]
    authority: str
    legal_basis: str
    section: str
    check_points: list[dict[str, Any]]
    valid_from: date | None
    valid_to: date | None
    published: bool = Field(description="当前版本是否已发布")
    published_at: datetime | None


class UnitView(BaseModel):
    """A unit."""

    unit_id: str
    version: int
    name: str
    county: str
    kind: str
    officers: int = Field(description="执法人员数")


class PublishItems(BaseModel):
    """What to publish."""

    codes: list[str] = Field(default_factory=list, max_length=500, description="事项编号；不填则发布全部待发布事项")


class Published(BaseModel):
    """What was published."""

    published: int = Field(description="发布的事项数")


class DutyIn(BaseModel):
    """On or off duty."""

    duty: str = Field(description="在岗、休假或停职")
    reason: str = Field(max_length=200, description="变更原因")


class RecusalIn(BaseModel):
    """A recusal."""

    uscc: str = Field(max_length=18, description="检查对象的统一社会信用代码")
    relation: str = Field(max_length=100, description="与检查对象的关系")


def county_of(actor: Actor) -> str | None:
    """The one county that somebody sees, or None for every county."""
    return None if actor.whole_city else actor.county


def subject_values(row: RowMapping, year: int) -> dict[str, Any]:
    """A row of subjects with this year's inspections."""
    return {**row, "inspections_this_year": row["inspections"] if row["inspections_year"] == year else 0}


def _query(request: Request, filters: tuple[str, ...], page: int, per_page: int, sort: str) -> ListQuery:
    asked = ListQuery.from_params(request.query_params, (), filters=filters)
    return ListQuery(filters=asked.filters, page=page, per_page=per_page, sort=sort)


@router.get("/subjects")
async def list_subjects(
    request: Request, database: Db, actor: Inside, page: PageNumber = 1, per_page: PerPage = 50
) -> Listed[SubjectView]:
    """检查对象，可按 q、county、scale、kind、credit_class、industry、live(yes/no) 等筛选。"""
    query = _query(request, SUBJECT_FILTERS, page, per_page, "uscc")
    year = clock.china_date(clock.now()).year
    async with database.transaction() as tx:
        rows, total = await subjects.list_subjects(tx, query, county_of(actor))
    views = [SubjectView.model_validate(subject_values(row, year)) for row in rows]
    return Listed(total=total, page=page, per_page=per_page, rows=views)


@router.get("/subjects/{uscc}")
async def one_subject(database: Db, uscc: str, actor: Inside) -> SubjectView:
    """一个检查对象。"""
    query = ListQuery(filters={"q": (uscc.upper(),)})
    async with database.transaction() as tx:
        rows, _ = await subjects.list_subjects(tx, query, county_of(actor))
    found = next((row for row in rows if row["uscc"] == uscc.upper()), None)
    if found is None:
        raise SubjectNotFound
    return SubjectView.model_validate(subject_values(found, clock.china_date(clock.now()).year))


@router.get("/officers")
async def list_officers(
    request: Request, database: Db, actor: Inside, page: PageNumber = 1, per_page: PerPage = 50
) -> Listed[OfficerView]:
    """执法人员，可按 q、county、unit_id、staff_kind、duty、drawable(yes/no) 筛选。"""
    query = _query(request, OFFICER_FILTERS, page, per_page, "officer_id")
    today = clock.china_date(clock.now())
    async with database.transaction() as tx:
        rows, total = await officers.list_officers(tx, query, county_of(actor), today)
    return Listed(total=total, page=page, per_page=per_page, rows=[OfficerView.model_validate({**row}) for row in rows])


@router.put("/officers/{officer_id}/duty", status_code=204)
async def change_duty(database: Db, officer_id: str, body: DutyIn, actor: Keeper) -> None:
    """变更在岗状态；休假、停职期间不会被抽取或选派。"""
    async with database.transaction() as tx:
        await set_duty(tx, SetDuty(officer_id, body.duty, body.reason), actor, clock.now())


@router.post("/officers/{officer_id}/recusals", status_code=201)
async def add_recusal(
    database: Db, officer_id: str, body: RecusalIn, actor: Annotated[Actor, allow(Role.LEAD, Role.UNIT, Role.OFFICER)]
) -> dict[str, str]:
    """申报回避；此后不会被抽取或选派检查该对象。"""
    async with database.transaction() as tx:
        await declare_recusal(tx, DeclareRecusal(officer_id, body.uscc, body.relation), actor, clock.now())
    return {"officer_id": officer_id, "uscc": body.uscc}


@router.get("/items")
async def list_items(
    request: Request, database: Db, _: Inside, page: PageNumber = 1, per_page: PerPage = 50
) -> Listed[ItemView]:
    """抽查事项清单，可按 q、category、level、state(published/draft) 筛选。"""
    async with database.transaction() as tx:
        rows, total = await items.list_items(tx, _query(request, ITEM_FILTERS, page, per_page, "position"))
    return Listed(total=total, page=page, per_page=per_page, rows=[ItemView.model_validate({**row}) for row in rows])


@router.post("/items/publication")
async def publish(
    database: Db, actor: Annotated[Actor, allow(Role.LEAD)], body: PublishItems | None = None
) -> Published:
    """发布抽查事项清单；录入人不能发布自己录入的事项。"""
    async with database.transaction() as tx:
        number = await publish_items(tx, body.codes if body else [], actor, clock.now())
    return Published(published=number)


@router.get("/units")
async def list_units(
    request: Request, database: Db, _: Anybody, page: PageNumber = 1, per_page: PerPage = 50
) -> Listed[UnitView]:
    """单位，可按 q、county、kind 筛选。"""
    async with database.transaction() as tx:
        rows, total = await units.list_units(tx, _query(request, UNIT_FILTERS, page, per_page, "unit_id"))
    return Listed(total=total, page=page, per_page=per_page, rows=[UnitView.model_validate({**row}) for row in rows])
