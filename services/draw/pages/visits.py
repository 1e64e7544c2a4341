"""The page of visits that several tasks share (一次检查): the list, what was spared, by county."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import RowMapping

from libs.common.http.app import Db
from libs.common.http.pages import page
from libs.common.reference import county_name
from libs.common.web import ListQuery
from libs.common.web.export import export_response
from services.draw.api.visits import FILTERS, VISIT_COLUMNS, Reader
from services.draw.pages.windows import exported
from services.draw.store.lists import page_of
from services.draw.store.visits import count_saved, saved_visits

router = APIRouter(prefix="/draw", include_in_schema=False)


def progress(row: RowMapping) -> tuple[str, str]:
    """How far the common visit is, in a word with its tone."""
    if row["ended_on"]:
        return "已检查", "good"
    return ("检查中", "live") if row["started_at"] else ("待检查", "warn")


def _readable(row: RowMapping) -> dict[str, Any]:
    return {**row, "county": county_name(row["county"]), "state": progress(row)[0]}


@router.get("/visits")
async def show_visits(request: Request, database: Db, actor: Reader) -> Response:
    """The shared visits, and how many entries to firms they spared."""
    query = ListQuery.from_params(request.query_params, VISIT_COLUMNS, filters=FILTERS)
    statement = saved_visits(actor, query)
    if query.format:
        rows = (_readable(row) async for row in exported(database, statement, query))
        return await export_response(query.format, VISIT_COLUMNS, rows, "一次检查")
    async with database.transaction() as tx:
        found = await page_of(tx, statement, query)
        tasks, by_county = await count_saved(tx, statement)
    return page(
        request, "draw/visits.html", actor=actor, block="list", active="draw", title="一次检查",
        crumbs=[("抽查任务", "/draw/"), ("一次检查", None)], page=found, columns=VISIT_COLUMNS, tasks=tasks,
        by_county=sorted(((county_name(code), n) for code, n in by_county.items()), key=lambda pair: -pair[1]),
        progress=progress, days=request.app.state.settings.merge_days,
    )  # fmt: skip
