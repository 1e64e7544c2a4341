"""The lists of the registry: subjects, officers, items, units."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy import RowMapping

from libs.common import clock
from libs.common.db.transaction import Transaction
from libs.common.errors import SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import Errors, done, errors_of, page
from libs.common.http.problems import status_of
from libs.common.reference import county_name
from libs.common.web import Column, ListPage, ListQuery, export_response
from libs.common.web.export import in_windows
from services.registry.api.lists import (
    ITEM_FILTERS,
    OFFICER_FILTERS,
    SUBJECT_FILTERS,
    UNIT_FILTERS,
    Anybody,
    Inside,
    Keeper,
    county_of,
    subject_values,
)
from services.registry.domain.errors import ItemNotFound, OfficerNotFound, SubjectNotFound
from services.registry.domain.industry import SECTIONS, section_name
from services.registry.domain.item import METHOD_NAMES
from services.registry.pages.desk import CLASS_WORDS
from services.registry.store import items, officers, subjects, units
from services.registry.usecases.change_officer import DeclareRecusal, SetDuty, declare_recusal, set_duty
from services.registry.usecases.publish_items import publish_items

router = APIRouter(prefix="/registry", include_in_schema=False)

Load = Callable[[Transaction, ListQuery, bool], Awaitable[tuple[Sequence[RowMapping], int]]]
Line = Annotated[str, Form(max_length=200)]

HOME = ("名录库", "/registry/")
TONES = {"A": "good", "B": "", "C": "warn", "D": "bad", "U": ""}
SUBJECT_COLUMNS = (
    Column("name", "检查对象", sortable=True, width=36),
    Column("uscc", "统一社会信用代码", code=True, width=24),
    Column("county", "县区", sortable=True),
    Column("industry", "行业", sortable=True),
    Column("scale", "规模"),
    Column("credit_class", "信用风险", sortable=True),
    Column("headcount", "用工人数", sortable=True, numeric=True),
    Column("last_inspected_on", "上次检查", sortable=True),
    Column("inspections_this_year", "本年检查", numeric=True),
    Column("registration_state", "登记状态"),
)
OFFICER_COLUMNS = (
    Column("officer_id", "编号", sortable=True, code=True),
    Column("name", "姓名"),
    Column("unit_name", "单位", width=30),
    Column("county", "县区", sortable=True),
    Column("certificate_number", "执法证号", code=True, width=20),
    Column("certificate_valid_to", "有效期至", sortable=True),
    Column("staff_kind", "类别"),
    Column("duty", "状态"),
    Column("phone", "电话", width=18),
    Column("drawable", "可抽取"),
)
ITEM_COLUMNS = (
    Column("code", "编号", sortable=True, code=True),
    Column("category", "类别"),
    Column("name", "抽查事项", width=60),
    Column("subject_kinds", "检查对象", width=24),
    Column("level", "级别"),
    Column("legal_basis", "法律依据", width=40),
    Column("published", "已发布"),
)
UNIT_COLUMNS = (
    Column("unit_id", "编号", sortable=True, code=True),
    Column("name", "单位", width=40),
    Column("county", "县区", sortable=True),
    Column("kind", "类别", sortable=True),
    Column("officers", "执法人员", numeric=True),
)


async def show_list(
    request: Request,
    database: Db,
    actor: Actor,
    template: str,
    title: str,
    columns: Sequence[Column],
    filters: Sequence[str],
    load: Load,
    *,
    readable: Callable[[RowMapping], dict[str, Any]] = dict,
    **context: Any,
) -> Response:
    """A page of a list, or all of it as a file."""
    query = ListQuery.from_params(request.query_params, columns, filters=filters)

    async def window(limit: int, offset: int) -> Sequence[RowMapping]:
        part = replace(query, per_page=limit, page=offset // limit + 1)
        async with database.transaction() as tx:
            return (await load(tx, part, False))[0]

    if query.format:
        told_in_turn = (readable(row) async for row in in_windows(window))
        named = (one | {"county": county_name(one["county"])} if "county" in one else one async for one in told_in_turn)
        return await export_response(query.format, columns, named, title)
    async with database.transaction() as tx:
        rows, total = await load(tx, query, False)
    told = [readable(row) for row in rows]
    return page(
        request, template, actor=actor, block="list", title=title, active="registry", crumbs=[HOME, (title, None)],
        columns=columns, page=ListPage(told, total, query), **context,
    )  # fmt: skip


@router.get("/subjects")
async def subject_list(request: Request, database: Db, actor: Inside) -> Response:
    """Subjects of the counties that the actor sees."""
    year = clock.china_date(clock.now()).year
    return await show_list(
        request, database, actor, "subjects.html", "检查对象", SUBJECT_COLUMNS, SUBJECT_FILTERS,
        lambda tx, query, every: subjects.list_subjects(tx, query, county_of(actor), every=every),
        readable=lambda row: subject_values(row, year), classes=CLASS_WORDS, tones=TONES, section_name=section_name,
        sections=[(code, f"{code} {name}") for code, (_, _, name) in SECTIONS.items()],
    )  # fmt: skip


@router.get("/subjects/{uscc}")
async def subject_page(request: Request, database: Db, uscc: str, actor: Inside) -> Response:
    """One subject with its inspections."""
    async with database.transaction() as tx:
        known = await subjects.find_subject(tx, uscc.upper())
        if known is None or not actor.sees(known.subject.county):
            raise SubjectNotFound
        visits = await subjects.inspections_of(tx, known.subject.uscc)
    return page(
        request, "subject.html", actor=actor, title=known.subject.name, active="registry",
        crumbs=[HOME, ("检查对象", "/registry/subjects"), (known.subject.name, None)], known=known, visits=visits,
        year=clock.china_date(clock.now()).year, classes=CLASS_WORDS, tones=TONES,
        section_name=section_name(known.subject.industry),
    )  # fmt: skip


@router.get("/officers")
async def officer_list(request: Request, database: Db, actor: Inside) -> Response:
    """The roster of the counties that the actor sees."""
    today = clock.china_date(clock.now())
    return await show_list(
        request, database, actor, "officers.html", "执法人员", OFFICER_COLUMNS, OFFICER_FILTERS,
        lambda tx, query, every: officers.list_officers(tx, query, county_of(actor), today, every=every),
        today=today,
    )  # fmt: skip


@router.get("/officers/{officer_id}")
async def officer_page(request: Request, database: Db, officer_id: str, actor: Inside) -> Response:
    """One officer, with the forms that keep the roster current."""
    return await _officer(request, database, officer_id, actor)


async def _officer(
    request: Request, database: Db, officer_id: str, actor: Actor, errors: Errors = (), status: int = 200
) -> Response:
    form = dict(await request.form()) if request.method == "POST" else {}
    async with database.transaction() as tx:
        known = await officers.load_officer(tx, officer_id)
        if known is None or not actor.sees(known.county):
            raise OfficerNotFound
        log = await officers.log_of(tx, officer_id)
        unit = (await units.load_units(tx)).get(known.officer.unit_id)
    title = f"{known.officer.name}（{officer_id}）"
    return page(
        request, "officer.html", actor=actor, status=status, title=title, active="registry", errors=errors, form=form,
        crumbs=[HOME, ("执法人员", "/registry/officers"), (title, None)], known=known, log=log,
        unit=unit[0].name if unit else known.officer.unit_id,
        drawable=known.officer.drawable(clock.china_date(clock.now())), today=clock.china_date(clock.now()),
    )  # fmt: skip


@router.post("/officers/{officer_id}/duty")
async def duty_form(
    request: Request, database: Db, officer_id: str, actor: Keeper, duty: Line = "", reason: Line = ""
) -> Response:
    """Put an officer on or off duty."""
    try:
        async with database.transaction() as tx:
            await set_duty(tx, SetDuty(officer_id, duty, reason), actor, clock.now())
    except SunlotError as error:
        return await _officer(request, database, officer_id, actor, errors_of(error), status_of(error)[0])
    return done(f"/registry/officers/{officer_id}")


@router.post("/officers/{officer_id}/recusals")
async def recusal_form(
    request: Request,
    database: Db,
    officer_id: str,
    actor: Annotated[Actor, allow(Role.LEAD, Role.UNIT, Role.OFFICER)],
    uscc: Line = "",
    relation: Line = "",
) -> Response:
    """Declare a recusal."""
    try:
        async with database.transaction() as tx:
            await declare_recusal(tx, DeclareRecusal(officer_id, uscc, relation), actor, clock.now())
    except SunlotError as error:
        return await _officer(request, database, officer_id, actor, errors_of(error), status_of(error)[0])
    return done(f"/registry/officers/{officer_id}")


@router.get("/items")
async def item_list(request: Request, database: Db, actor: Inside) -> Response:
    """The list of items, drafts marked."""
    return await _items(request, database, actor)


async def _items(request: Request, database: Db, actor: Actor, errors: Errors = (), status: int = 200) -> Response:
    async with database.transaction() as tx:
        categories = await items.categories(tx)
        _, drafts = await items.list_items(tx, ListQuery(filters={"state": ("draft",)}))
    return await show_list(
        request, database, actor, "items.html", "抽查事项清单", ITEM_COLUMNS, ITEM_FILTERS,
        lambda tx, query, every: items.list_items(tx, query, every=every),
        categories=[(name, name) for name in categories], drafts=drafts, errors=errors, status=status,
    )  # fmt: skip


@router.post("/items/publication")
async def publish_form(request: Request, database: Db, actor: Annotated[Actor, allow(Role.LEAD)]) -> Response:
    """Publish every draft."""
    try:
        async with database.transaction() as tx:
            await publish_items(tx, (), actor, clock.now())
    except SunlotError as error:
        return await _items(request, database, actor, errors_of(error), status_of(error)[0])
    return done("/registry/items?state=published")


@router.get("/items/{code}")
async def item_page(request: Request, database: Db, code: str, actor: Inside) -> Response:
    """One item with its check points."""
    async with database.transaction() as tx:
        item = await items.find_item(tx, code)
    if item is None:
        raise ItemNotFound
    return page(
        request, "item.html", actor=actor, title=f"抽查事项 {code}", active="registry", item=item,
        crumbs=[HOME, ("抽查事项清单", "/registry/items"), (code, None)],
        methods="、".join(METHOD_NAMES[number] for number in item["methods"]),
    )  # fmt: skip


@router.get("/units")
async def unit_list(request: Request, database: Db, actor: Anybody) -> Response:
    """The units."""
    return await show_list(
        request, database, actor, "units.html", "单位", UNIT_COLUMNS, UNIT_FILTERS,
        lambda tx, query, every: units.list_units(tx, query, every=every),
    )  # fmt: skip
