"""A gallery of every part of a page on sample data, served by the same code that the services use."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from libs.common.reference import COUNTIES, county_name
from libs.common.web import (
    Column,
    ListPage,
    ListQuery,
    export_response,
    mount_static,
    render,
    templates_for,
)

HERE = Path(__file__).parent
ENV = templates_for(HERE)
# As strict as the services' own header: what it forbids must not be missed here.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class SampleActor:
    """Somebody to show in the masthead."""

    name: str = "王建国"
    role_name: str = "牵头科室"
    county_name: str = "洛阳市"
    csrf: str = "sample-secret"


@dataclass(frozen=True)
class SampleSubject:
    """A row of the sample list."""

    number: int
    name: str
    uscc: str
    county: str
    credit: str
    headcount: int
    inspected: date | None


NAMES = ("某某人力资源有限公司", "某某劳务派遣有限公司", "某某建筑劳务有限公司", "某某机械制造股份有限公司")
SUBJECTS = tuple(
    SampleSubject(
        number=i,
        name=f"{COUNTIES[i % 15].name}{NAMES[i % 4]}",
        uscc=f"91{COUNTIES[i % 15].adcode}MA{(i * 7919) % 10**7:07d}{'ABCDEFGHJK'[i % 10]}",
        county=COUNTIES[i % 15].adcode,
        credit="ABCDU"[i // 15 % 5],
        headcount=(i * 37) % 900 + 3,
        inspected=date(2026, i % 10 + 1, i % 27 + 1) if i % 3 else None,
    )
    for i in range(1, 338)
)
COLUMNS = (
    Column("number", "序号", numeric=True),
    Column("name", "检查对象", sortable=True, width=36),
    Column("uscc", "统一社会信用代码", code=True, width=24),
    Column("county", "县区", sortable=True),
    Column("credit", "信用风险", sortable=True),
    Column("headcount", "用工人数", sortable=True, numeric=True),
    Column("inspected", "上次检查", sortable=True),
)
TONES = {"A": "good", "B": "", "C": "warn", "D": "bad", "U": ""}
GRADES = {"A": "A 类", "B": "B 类", "C": "C 类", "D": "D 类", "U": "未分类"}

app = FastAPI()
mount_static(app, "/gallery/static")


@app.middleware("http")
async def with_policy(request: Request, call_next: Any) -> Response:
    """Send the policy of the services with every page."""
    response: Response = await call_next(request)
    response.headers["Content-Security-Policy"] = POLICY
    return response


def show(name: str, *, status: int = 200, actor: SampleActor | None = SampleActor(), **context: Any) -> HTMLResponse:
    """Render a page of the gallery."""
    csrf = actor.csrf if actor else ""
    return HTMLResponse(render(ENV, name, actor=actor, csrf=csrf, **context), status)


@app.get("/gallery/task")
async def task() -> Response:
    """A drawn task that cannot be dispatched yet."""
    return show(
        "task.html",
        title="劳务派遣单位专项抽查",
        active="draw",
        crumbs=[("抽查任务", "/gallery/task"), ("2026年第四季度", None)],
        errors=[("officers", "每个检查组的执法人员不得少于 2 人，请增加人数（细则第十条）")],
        subjects=sorted(SUBJECTS, key=lambda s: s.credit, reverse=True)[60:66],
        tones=TONES,
        grades=GRADES,
        drawn={area.adcode: (i * 7) % 23 + 1 for i, area in enumerate(COUNTIES)},
    )


@app.get("/gallery/subjects")
async def subjects(request: Request) -> Response:
    """A list with filter, sort, pages and export."""
    query = ListQuery.from_params(request.query_params, COLUMNS, filters=("q", "county", "credit"), default_sort="name")
    found = [
        s
        for s in SUBJECTS
        if query.value("q") in s.name + s.uscc
        and query.value("county") in ("", s.county)
        and (not query.values("credit") or s.credit in query.values("credit"))
    ]
    found.sort(key=lambda s: (str(getattr(s, query.sort)).rjust(12), s.number), reverse=query.descending)
    if query.format:
        rows = ([s.number, s.name, s.uscc, county_name(s.county), s.credit, s.headcount, s.inspected] for s in found)
        return await export_response(query.format, COLUMNS, rows, "检查对象名录")
    return show(
        "subjects.html",
        title="检查对象",
        active="registry",
        crumbs=[("名录库", "/gallery/subjects"), ("检查对象", None)],
        columns=COLUMNS,
        page=ListPage(found[query.offset : query.offset + query.limit], len(found), query),
        tones=TONES,
        grades=GRADES,
    )


async def form_page(form: dict[str, Any], errors: list[tuple[str, str]], status: int = 200) -> Response:
    """The form, empty or with what is wrong with it."""
    return show("plan.html", status=status, title="制定抽查计划", active="draw", form=form, errors=errors)


@app.get("/gallery/plan")
async def plan() -> Response:
    """A form with every kind of field."""
    return await form_page({}, [])


@app.post("/gallery/plan")
async def save_plan(request: Request) -> Response:
    """Refuse a plan without a name or with a ratio above 100, else go to the task."""
    async with request.form() as sent:
        form = dict(sent)
    errors = [] if form.get("name") else [("name", "请填写计划名称（细则第七条第一项）")]
    if not str(form.get("ratio", "")).isdigit() or not 0 < int(str(form["ratio"])) <= 100:
        errors.append(("ratio", "抽查比例应为 1 至 100 的整数"))
    if not form.get("kind"):
        errors.append(("kind", "请选择抽查方式（细则第八条）"))
    return await form_page(form, errors, 422) if errors else RedirectResponse("/gallery/task", 303)


@app.get("/gallery/desk")
async def desk() -> Response:
    """The desk: what waits, what is due, what is late, and the charts."""
    return show("desk.html", title="工作台", active="desk", now=datetime(2026, 11, 22, 7, 4, tzinfo=UTC))


@app.get("/gallery/public")
async def public() -> Response:
    """A page of the public site."""
    return show("notice.html", actor=None, title="检查结果公示", active="results", subjects=SUBJECTS[:8])


@app.get("/gallery/document")
async def document() -> Response:
    """A document to print."""
    return show("document.html", title="责令整改通知书", active="inspection")


@app.get("/gallery/error")
async def error() -> Response:
    """The page for what does not exist."""
    return show(  # noqa: S604 - the frame of a page, no process
        "error.html",
        status=404,
        actor=None,
        shell="public.html",
        title="没有找到",
        detail="没有这个页面或接口，请核对地址。",
        request_id="0199f3a2-77aa-7c10",
    )
