"""Public pages about fairness: the audit of past draws, and why we do not draw as others do."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from libs.common.clock import china_date, now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, anyone
from libs.common.http.pages import done, page
from libs.common.reference import county_name
from libs.common.web import Column, ListQuery
from libs.common.web.export import export_response
from services.draw.api.fairness import comparisons, firms_year
from services.draw.domain.fairness import DIMENSIONS, REST, SMALLEST, SUSPICIOUS, GroupResult
from services.draw.pages import words
from services.draw.usecases.audit_fairness import Findings, load_findings

router = APIRouter(prefix="/public", include_in_schema=False)

Visitor = Annotated[Actor | None, anyone()]
NEWEST = 60  # draws that the page lists; all of them are in the file
GROUP_COLUMNS = (
    Column("dimension", "按"),
    Column("group", "组", width=24),
    Column("eligible", "可抽取户次", numeric=True),
    Column("expected", "应抽", numeric=True),
    Column("drawn", "实抽", numeric=True),
    Column("p_value", "概率（已校正）", numeric=True),
    Column("verdict", "结论"),
)
WAITING_COLUMNS = (
    Column("times", "可抽取次数", numeric=True),
    Column("firms", "户数", numeric=True),
    Column("never", "从未抽中", numeric=True),
    Column("expected", "应有", numeric=True),
    Column("deviation", "标准差", numeric=True),
)
CHANCE_COLUMNS = (
    Column("draw_id", "抽取编号", code=True, width=26),
    Column("stratum", "分类"),
    Column("n", "可抽取", numeric=True),
    Column("k", "抽中", numeric=True),
    Column("chance", "每户概率", numeric=True),
)
TRAIL = ("抽取复核", "/public/verify")


def group_name(group: GroupResult) -> str:
    """A group for people."""
    if group.group == REST:
        return "其他（户数少，合并）"
    if not group.group:
        return "未登记"
    if group.dimension == "industry":
        return words.INDUSTRY.get(group.group, group.group)
    return county_name(group.group) if group.dimension == "county" else group.group


def class_totals(found: Findings) -> list[tuple[str, int, int]]:
    """Class, eligible firms and drawn firms over all draws."""
    eligible: Counter[str] = Counter()
    drawn: Counter[str] = Counter()
    for part in (part for _, strata in found.draws for part in strata):
        eligible[part.stratum] += part.n
        drawn[part.stratum] += part.k
    return [(name, eligible[name], drawn[name]) for name in sorted(eligible)]


@router.get("/fairness")
async def show_fairness(request: Request, database: Db, _: Visitor) -> Response:
    """Who could be drawn, who was, and whether chance explains the difference."""
    query = ListQuery.from_params(request.query_params, CHANCE_COLUMNS)
    async with database.transaction() as tx:
        found = await load_findings(tx)
    if query.format:
        of, columns, rows = _sheet(found, request.query_params.get("table", ""))
        return await export_response(query.format, columns, rows, of)
    tables = [
        (dimension, words.COLUMN[dimension], [group for group in found.groups if group.dimension == dimension])
        for dimension in DIMENSIONS
    ]
    return page(
        request, "draw/public_fairness.html", actor=None, active="verify", title="抽取公平性自查",
        crumbs=[TRAIL, ("公平性自查", None)], found=found, tables=tables, classes=class_totals(found),
        group_name=group_name, words=words,
        smallest=SMALLEST, limit=SUSPICIOUS, newest=NEWEST, year=china_date(now()).year,
    )  # fmt: skip


def _sheet(found: Findings, table: str) -> tuple[str, Sequence[Column], Iterable[Sequence[object]]]:
    """The title, columns and rows of one of the page's tables as a file."""
    if table == "groups":
        rows = [
            (words.COLUMN[one.dimension], group_name(one), one.eligible, one.expected, one.drawn, one.p_value,
             "需要说明" if one.suspicious else "随机可以解释")
            for one in found.groups
        ]  # fmt: skip
        return "各组应抽与实抽", GROUP_COLUMNS, rows
    if table == "never":
        waiting = [(one.times, one.firms, one.never, one.expected, one.deviation) for one in found.waiting]
        return "从未抽中的户", WAITING_COLUMNS, waiting
    chances = [
        (draw_id, words.CLASS[part.stratum], part.n, part.k, part.k / part.n)
        for draw_id, strata in reversed(found.draws)
        for part in strata
        if part.n
    ]
    return "各次抽取的抽中概率", CHANCE_COLUMNS, chances


@router.get("/fairness/firm")
async def find_firm(_: Visitor, uscc: str = "", year: str = "") -> Response:
    """Where the form leads."""
    code = quote(uscc.strip().upper(), safe="")
    return done(f"/public/fairness/{code or '-'}" + (f"?year={year}" if year.isdecimal() else ""))


@router.get("/fairness/{uscc}")
async def show_firm(uscc: str, request: Request, database: Db, _: Visitor, year: int = 0) -> HTMLResponse:
    """What chance one firm had in each draw of a year, and of being drawn at all."""
    async with database.transaction() as tx:
        firm = await firms_year(tx, uscc, year or china_date(now()).year)
    return page(
        request, "draw/public_chance.html", actor=None, active="verify", title="这一户的抽中概率", firm=firm,
        words=words, crumbs=[TRAIL, ("公平性自查", "/public/fairness"), (uscc, None)],
    )  # fmt: skip


@router.get("/why")
async def show_why(request: Request, _: Visitor) -> HTMLResponse:
    """Systematic sampling beside ours."""
    short, long = await asyncio.to_thread(comparisons)
    return page(
        request, "draw/public_why.html", actor=None, active="verify", title="为什么不用等距抽样",
        crumbs=[TRAIL, ("为什么不用等距抽样", None)], short=short, long=long,
        reached=sorted(place for outcome in short.outcomes for place in outcome),
    )  # fmt: skip
