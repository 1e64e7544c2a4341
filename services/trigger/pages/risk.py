"""The pages of the risk view: subjects by points, and one subject with its reasons."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from libs.common.clock import china_date, now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.reference import county_name
from libs.common.web import ListQuery
from libs.common.web.export import export_response
from services.trigger.api import risk as shapes
from services.trigger.domain.risk import RESULT_WORDS, table_lines
from services.trigger.pages.shown import HOME, show
from services.trigger.store import lists, risk
from services.trigger.usecases.reckon_risk import points_table, points_tables, reckon_one

router = APIRouter(prefix="/trigger", include_in_schema=False)

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]

RISK = ("风险画像", "/trigger/risk")
SHOWN = 20  # complaints that a subject's page names; the list of signals has all


def _show(request: Request, template: str, actor: Actor, **context: Any) -> Response:
    return show(request, template, actor, table=points_table(), **context)


@router.get("/risk")
async def show_risk(request: Request, database: Db, actor: Reader) -> Response:
    """Subjects with points, most first, as of the last night."""
    query = ListQuery.from_params(request.query_params, shapes.RISK_COLUMNS, filters=shapes.RISK_FILTERS)
    async with database.transaction() as tx:
        found = await lists.page_of(tx, risk.points_seen_by(actor, query), query, bounded=True)
    if query.format:
        rows = [
            {
                **row,
                "county": county_name(row["county"]),
                "why": "；".join(f"{reason['name']} {reason['points']}" for reason in row["reasons"]),
            }
            for row in found
        ]
        return await export_response(query.format, shapes.RISK_COLUMNS, rows, "风险画像")
    return _show(
        request, "risk.html", actor, title="风险画像", crumbs=[HOME, ("风险画像", None)], block="list", page=found,
        columns=shapes.RISK_COLUMNS,
        versions=[(str(one["version"]), f"第 {one['version']} 版") for one in points_tables()],
    )  # fmt: skip


@router.get("/risk/{uscc}")
async def show_subject(uscc: str, request: Request, database: Db, actor: Reader) -> Response:
    """One subject: points with their reasons, as of now."""
    async with database.transaction() as tx:
        found = await reckon_one(tx, uscc, actor, china_date(now()))
    name = found.subject["name"]
    return _show(
        request, "risk_subject.html", actor, title=name, crumbs=[HOME, RISK, (name, None)], found=found,
        result_words=RESULT_WORDS, shown=SHOWN, earlier=[_dated(dict(row)) for row in found.history],
    )  # fmt: skip


def _dated(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose reasons have days again, which JSON keeps as words."""
    reasons = [{**one, "day": date.fromisoformat(one["day"]) if one.get("day") else None} for one in row["reasons"]]
    return {**row, "reasons": reasons}


@router.get("/risk-table")
async def show_table(request: Request, actor: Reader) -> Response:
    """The points table itself, every version of it."""
    return _show(
        request, "risk_table.html", actor, title="计分表", crumbs=[HOME, RISK, ("计分表", None)],
        versions=[(one, table_lines(one)) for one in points_tables()],
    )  # fmt: skip
