"""The pages of secrecy: who read protected text, and how long one signal is kept."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from libs.common.clock import now
from libs.common.errors import SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import Errors, done, errors_of
from libs.common.http.problems import status_of
from libs.common.reference import county_name
from libs.common.web import ListQuery
from libs.common.web.export import export_response
from services.trigger.api import retention as shapes
from services.trigger.domain.errors import DocumentMissing, GroundMissing
from services.trigger.domain.retention import GROUNDS
from services.trigger.pages.shown import HOME, SIGNALS, show
from services.trigger.store import lists, retention
from services.trigger.usecases.erase_signals import hold_signal, keeping_of, lift_hold
from services.trigger.usecases.read_signal import READABLE, titles, visible_signal

router = APIRouter(prefix="/trigger", include_in_schema=False)

Overseer = Annotated[Actor, allow(Role.LEAD, Role.AUDITOR)]
Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Lead = Annotated[Actor, allow(Role.LEAD)]
Short = Annotated[str, Form(max_length=100)]

ROLES = [(role.value, role.chinese) for role in READABLE]


@router.get("/views")
async def show_views(request: Request, database: Db, actor: Overseer) -> Response:
    """Who read which protected fields of which signal, when and what for."""
    query = ListQuery.from_params(request.query_params, shapes.VIEW_COLUMNS, filters=shapes.VIEW_FILTERS)
    async with database.transaction() as tx:
        found = await lists.page_of(tx, retention.views_seen_by(actor, query), query, bounded=True)
    if query.format:
        rows = [_readable(row) for row in found]
        return await export_response(query.format, shapes.VIEW_COLUMNS, rows, "查看记录")
    return show(
        request, "views.html", actor, title="查看记录", crumbs=[HOME, ("查看记录", None)], block="list", page=found,
        columns=shapes.VIEW_COLUMNS, roles=ROLES, titles=titles, role_names=dict(ROLES),
    )  # fmt: skip


def _readable(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "county": county_name(row["county"]),
        "role": dict(ROLES).get(row["role"], row["role"]),
        "fields": titles(row["fields"]),
    }


@router.get("/signals/{signal_id}/retention")
async def show_retention(signal_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """How long the signal is kept, and who keeps it longer."""
    return await _retention(signal_id, request, database, actor)


async def _retention(
    signal_id: str,
    request: Request,
    database: Db,
    actor: Actor,
    errors: Errors = (),
    status: int = 200,
    form: Mapping[str, str] | None = None,
) -> Response:
    days = request.app.state.settings.erase_after_days
    async with database.transaction() as tx:
        signal = await visible_signal(tx, signal_id, actor)
        keeping = await keeping_of(tx, signal_id, days, actor)
    return show(
        request, "retention.html", actor, title="保存期限",
        crumbs=[HOME, SIGNALS, (signal.order_id, f"/trigger/signals/{signal_id}"), ("保存期限", None)],
        signal=signal, keeping=keeping, days=days, grounds=GROUNDS, errors=errors, status=status,
        form=form or {"ground": "", "document": ""}, may_hold=actor.role is Role.LEAD,
    )  # fmt: skip


@router.post("/signals/{signal_id}/hold")
async def hold(
    signal_id: str, request: Request, database: Db, actor: Lead, ground: Short = "", document: Short = ""
) -> Response:
    """Keep the signal beyond its time."""
    try:
        async with database.transaction() as tx:
            await hold_signal(tx, signal_id, ground, document, actor, now())
    except SunlotError as error:
        form = {"ground": ground, "document": document}
        return await _again(error, signal_id, request, database, actor, form)
    return done(f"/trigger/signals/{signal_id}/retention")


@router.post("/signals/{signal_id}/lift-hold")
async def lift(signal_id: str, request: Request, database: Db, actor: Lead) -> Response:
    """The policy applies again."""
    try:
        async with database.transaction() as tx:
            await lift_hold(tx, signal_id, actor, now())
    except SunlotError as error:
        return await _again(error, signal_id, request, database, actor, None)
    return done(f"/trigger/signals/{signal_id}/retention")


async def _again(
    error: SunlotError,
    signal_id: str,
    request: Request,
    database: Db,
    actor: Actor,
    form: Mapping[str, str] | None,
) -> Response:
    field = "ground" if isinstance(error, GroundMissing) else "document" if isinstance(error, DocumentMissing) else ""
    errors = [(field, text) for _, text in errors_of(error)]
    return await _retention(signal_id, request, database, actor, errors, status_of(error)[0], form)
