"""Public pages about fairness: the audit of past draws, and why we do not draw as others do."""

import asyncio
from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from libs.common.http.app import Db
from libs.common.http.auth import Actor, anyone
from libs.common.http.pages import page
from libs.common.reference import county_name
from services.draw.api.fairness import comparisons, findings_of
from services.draw.domain.fairness import DIMENSIONS, REST, SMALLEST, SUSPICIOUS, GroupResult
from services.draw.pages import words
from services.draw.usecases.audit_fairness import Findings

router = APIRouter(prefix="/public", include_in_schema=False)

Visitor = Annotated[Actor | None, anyone()]
TRAIL = ("抽取复核", "/public/verify")


def group_name(group: GroupResult) -> str:
    """A group for people."""
    if group.group == REST:
        return "其他（户数少，合并）"
    if not group.group:
        return "未登记"
    return county_name(group.group) if group.dimension == "county" else group.group


def class_totals(found: Findings) -> list[tuple[str, int, int]]:
    """Class, eligible firms and drawn firms over all draws."""
    eligible: Counter[str] = Counter()
    drawn: Counter[str] = Counter()
    for part in (part for draw in found.draws for part in draw.strata):
        eligible[part.stratum] += part.n
        drawn[part.stratum] += part.k
    return [(name, eligible[name], drawn[name]) for name in sorted(eligible)]


@router.get("/fairness")
async def show_fairness(request: Request, database: Db, _: Visitor) -> HTMLResponse:
    """Who could be drawn, who was, and whether chance explains the difference."""
    found = await findings_of(database)
    tables = [
        (dimension, words.COLUMN[dimension], [group for group in found.groups if group.dimension == dimension])
        for dimension in DIMENSIONS
    ]
    return page(
        request, "draw/public_fairness.html", actor=None, active="verify", title="抽取公平性自查",
        crumbs=[TRAIL, ("公平性自查", None)], found=found, tables=tables, classes=class_totals(found),
        group_name=group_name, words=words,
        smallest=SMALLEST, limit=SUSPICIOUS,
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
