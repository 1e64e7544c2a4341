"""The desk, where each service shows what waits, and the overview of the registry."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from libs.common import clock
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import page
from libs.common.reference import COUNTIES
from libs.common.web.tables import ListQuery
from services.registry.api.lists import county_of
from services.registry.domain.importing import ImportState
from services.registry.domain.industry import SECTIONS, section_name
from services.registry.domain.subject import CREDIT_CLASSES, SCALES
from services.registry.store import imports, items, officers, subjects, units

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Actor, allow(*Role)]

WAITING = (
    ("触发预警", "/trigger/", "/trigger/todo", {Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR}),
    ("抽查任务", "/draw/", "/draw/todo", {Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR}),
    ("现场检查", "/inspection/", "/inspection/todo", {Role.LEAD, Role.SECTION, Role.UNIT, Role.OFFICER, Role.AUDITOR}),
    ("结果公示", "/publicity/", "/publicity/todo", {Role.LEAD, Role.SECTION, Role.UNIT, Role.OFFICER, Role.AUDITOR}),
)
CLASS_WORDS = {"A": "A 类", "B": "B 类", "C": "C 类", "D": "D 类", "U": "未分类"}


@router.get("/registry/desk")
async def desk(request: Request, database: Db, actor: Anybody) -> Response:
    """A shell: every service fills in what waits there; without JavaScript the headings lead to it."""
    waiting = [(title, href, todo) for title, href, todo, roles in WAITING if actor.role in roles]
    own = []
    if actor.role in {Role.LEAD, Role.AUDITOR, Role.ADMIN}:
        async with database.transaction() as tx:
            _, drafts = await items.list_items(tx, ListQuery(filters={"state": ("draft",)}))
            previewed = ListQuery(filters={"state": (ImportState.PREVIEWED.value,)})
            _, pending = await imports.list_imports(tx, previewed)
        own = [
            {"text": "待确认的导入", "href": "/registry/imports?state=previewed", "status": f"{pending} 个",
             "tone": "warn" if pending else "good"},
        ]  # fmt: skip
        if actor.role is not Role.ADMIN:
            own.append({"text": "待发布的抽查事项", "href": "/registry/items?state=draft", "status": f"{drafts} 项",
                        "tone": "warn" if drafts else "good"})  # fmt: skip
    return page(request, "desk.html", actor=actor, title="工作台", active="desk", waiting=waiting, own=own)


@router.get("/registry/")
async def overview(request: Request, database: Db, actor: Anybody) -> Response:
    """How many there are of each, and where."""
    county, today = county_of(actor), clock.china_date(clock.now())
    async with database.transaction() as tx:
        numbers = {
            by: await subjects.count_subjects(tx, by, county) for by in ("county", "industry", "credit_class", "scale")
        }
        _, everyone = await officers.list_officers(tx, ListQuery(), county, today)
        _, drawable = await officers.list_officers(tx, ListQuery(filters={"drawable": ("yes",)}), county, today)
        _, listed = await items.list_items(tx, ListQuery())
        _, published = await items.list_items(tx, ListQuery(filters={"state": ("published",)}))
        _, unit_number = await units.list_units(tx, ListQuery())
    sections = sorted(
        ((section_name(code), numbers["industry"].get(code, 0)) for code in SECTIONS), key=lambda one: -one[1]
    )
    return page(
        request, "overview.html", actor=actor, title="名录库", active="registry",
        total=sum(numbers["county"].values()), everyone=everyone, drawable=drawable, listed=listed,
        published=published, unit_number=unit_number,
        by_county={area.adcode: numbers["county"].get(area.adcode) for area in COUNTIES},
        by_industry=[one for one in sections if one[1]],
        by_class=[(CLASS_WORDS[code], numbers["credit_class"].get(code, 0)) for code in CREDIT_CLASSES],
        by_scale=[(scale, numbers["scale"].get(scale, 0)) for scale in SCALES],
    )  # fmt: skip
