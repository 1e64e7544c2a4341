"""The page of clocks: decided in time and late by month and platform, the terms, and their changes."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from libs.common.clock import china_date, now
from libs.common.errors import SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import Errors, done, errors_of
from libs.common.http.problems import status_of
from libs.common.web import ListQuery
from libs.common.web.export import export_response
from services.trigger.api import shapes
from services.trigger.domain.sla import ACCEPT, CLOCKS, DEFAULT_DAYS
from services.trigger.pages.shown import home, show
from services.trigger.store import lists, platforms, sla
from services.trigger.usecases.set_term import SetTerm, set_term

router = APIRouter(prefix="/trigger/sla", include_in_schema=False)

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR, Role.ADMIN)]
Admin = Annotated[Actor, allow(Role.ADMIN)]
Word = Annotated[str, Form(max_length=60)]

MONTHS: Final = 12  # on the chart
_SERIES: Final = (("in_time", "按期"), ("late", "超期"))


@router.get("")
async def show_clocks(request: Request, database: Db, actor: Reader) -> Response:
    """How many decisions came in time, and within how many days they are due."""
    return await _show(request, database, actor, {}, (), 200)


async def _show(
    request: Request, database: Db, actor: Actor, form: dict[str, str], errors: Errors, status: int
) -> Response:
    query = ListQuery.from_params(request.query_params, shapes.SLA_COLUMNS, filters=shapes.SLA_FILTERS)
    today = china_date(now())
    async with database.transaction() as tx:
        counted = await sla.by_month(tx, actor, query, today)
        known = await platforms.every(tx)
        changes = await sla.changes(tx)
    found, months = lists.page_in(counted, query), sla.by_latest(counted, MONTHS)
    names = {one.code: one.name for one in known}
    if query.format:
        rows = [
            {**row, "platform": names.get(row["platform"], row["platform"]), "clock": CLOCKS[row["clock"]]}
            for row in found
        ]
        return await export_response(query.format, shapes.SLA_COLUMNS, rows, "办理时限")
    chart = {
        "labels": [row["month"][2:] for row in months],
        "series": [(name, [row[key] for row in months]) for key, name in _SERIES],
    }
    return show(
        request, "sla.html", actor, title="办理时限", crumbs=[home(actor), ("办理时限", None)], block="list",
        page=found, columns=shapes.SLA_COLUMNS, names=names, chart_months=chart, terms=_terms(known), changes=changes,
        may_change=actor.role is Role.ADMIN, form=form, errors=errors, status=status,
        platform_options=list(names.items()), clock_options=list(CLOCKS.items()),
    )  # fmt: skip


def _terms(known: list[platforms.Platform]) -> list[dict[str, Any]]:
    return [
        {
            "platform": one.name,
            "kind": kind,
            "days": [one.days(clock, kind) for clock in CLOCKS],
            "own": [kind in one.sla.get(clock, {}) for clock in CLOCKS],
            "otherwise": [one.sla_days if clock == ACCEPT else DEFAULT_DAYS for clock in CLOCKS],
        }
        for one in known
        for kind in one.kinds
    ]


@router.post("")
async def change_term(
    request: Request, database: Db, actor: Admin, code: Word = "", clock: Word = "", kind: Word = "", days: Word = ""
) -> Response:
    """Change a term; clocks that run keep their day."""
    form = {"code": code, "clock": clock, "kind": kind, "days": days}
    text = days.strip()
    number = None if not text else int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    try:
        async with database.transaction() as tx:
            await set_term(tx, SetTerm(code, clock, kind, number), actor, now())
    except SunlotError as error:
        return await _show(request, database, actor, form, errors_of(error), status_of(error)[0])
    return done("/trigger/sla")
