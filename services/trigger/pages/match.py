"""The clerk's pages for signals that found no subject by themselves, and the list of firms to be registered."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
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
from services.trigger.api import shapes
from services.trigger.domain.names import compared, tidy_code
from services.trigger.domain.signal import WAITING
from services.trigger.pages.shown import HOME, SIGNALS, show
from services.trigger.store import lists, platforms, signals, unmatched
from services.trigger.usecases.find_subjects import GROUNDS, Decide, find_subjects, put_off
from services.trigger.usecases.match_signal import (
    ChooseSubject,
    ReturnSignal,
    choose_subject,
    retry_match,
    return_signal,
)

router = APIRouter(prefix="/trigger", include_in_schema=False)

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Clerk = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]
Text = Annotated[str, Form(max_length=500)]
Words = Annotated[str, Query(max_length=100)]


@router.get("/signals/{signal_id}/match")
async def show_match(signal_id: str, request: Request, database: Db, actor: Reader, q: Words = "") -> Response:
    """The signal and the subjects that it may mean, side by side; `q` looks for others."""
    return await _match(signal_id, request, database, actor, q.strip())


async def _match(
    signal_id: str, request: Request, database: Db, actor: Actor, q: str = "", errors: Errors = (), status: int = 200
) -> Response:
    async with database.transaction() as tx:
        signal, found = await find_subjects(tx, signal_id, q, request.app.state.vault, actor)
        row = await signals.load_row(tx, signal_id)
        step = await unmatched.load(tx, signal_id)
        platform = await platforms.load(tx, signal.platform)
    candidates = [(match, *compared(signal.employer_name, match.subject.name)) for match in found]
    return show(
        request, "match.html", actor, title="匹配检查对象",
        crumbs=[HOME, SIGNALS, (signal.order_id, f"/trigger/signals/{signal_id}"), ("匹配", None)],
        signal=signal, row=row, candidates=candidates, q=q, step=step if step and step["step"] else None,
        platform=platform, steps=unmatched.STEPS, grounds=GROUNDS, errors=errors, status=status,
        waiting=signal.state == WAITING, may_act=actor.role in {Role.LEAD, Role.UNIT},
    )  # fmt: skip


@router.post("/signals/{signal_id}/match")
async def choose(signal_id: str, request: Request, database: Db, actor: Clerk, uscc: Text = "") -> Response:
    """The clerk has chosen."""
    try:
        async with database.transaction() as tx:
            await choose_subject(tx, ChooseSubject(signal_id, tidy_code(uscc)), actor, now())
    except SunlotError as error:
        return await _again(error, signal_id, request, database, actor, "uscc")
    return done(f"/trigger/signals/{signal_id}")


@router.post("/signals/{signal_id}/retry")
async def retry(signal_id: str, request: Request, database: Db, actor: Clerk) -> Response:
    """Try again to match by itself."""
    try:
        async with database.transaction() as tx:
            matched = await retry_match(tx, signal_id, request.app.state.vault, actor, now())
    except SunlotError as error:
        return await _again(error, signal_id, request, database, actor, "")
    return done(f"/trigger/signals/{signal_id}" + ("" if matched else "/match"))


@router.post("/signals/{signal_id}/return")
async def send_back(signal_id: str, request: Request, database: Db, actor: Clerk, reason: Text = "") -> Response:
    """The order goes back."""
    try:
        async with database.transaction() as tx:
            await return_signal(tx, ReturnSignal(signal_id, reason), request.app.state.vault, actor, now())
    except SunlotError as error:
        return await _again(error, signal_id, request, database, actor, "reason")
    return done(f"/trigger/signals/{signal_id}")


@router.post("/signals/{signal_id}/later")
async def leave_waiting(signal_id: str, request: Request, database: Db, actor: Clerk, ground: Text = "") -> Response:
    """Nothing is decided for the time being."""
    return await _put_off(Decide(signal_id, unmatched.LATER, ground), request, database, actor, "ground")


@router.post("/signals/{signal_id}/register")
async def have_registered(signal_id: str, request: Request, database: Db, actor: Clerk) -> Response:
    """The firm is not in the registry and should be."""
    return await _put_off(Decide(signal_id, unmatched.REGISTER), request, database, actor, "")


async def _put_off(command: Decide, request: Request, database: Db, actor: Actor, field: str) -> Response:
    try:
        async with database.transaction() as tx:
            await put_off(tx, command, actor, now())
    except SunlotError as error:
        return await _again(error, command.signal_id, request, database, actor, field)
    return done(f"/trigger/signals/{command.signal_id}")


async def _again(
    error: SunlotError, signal_id: str, request: Request, database: Db, actor: Actor, field: str
) -> Response:
    errors = [(field, text) for _, text in errors_of(error)]
    return await _match(signal_id, request, database, actor, "", errors, status_of(error)[0])


@router.get("/to-register")
async def show_to_register(request: Request, database: Db, actor: Reader) -> Response:
    """Firms that people complain of and registry does not have."""
    query = ListQuery.from_params(
        request.query_params, shapes.UNREGISTERED_COLUMNS, filters=shapes.UNREGISTERED_FILTERS
    )
    async with database.transaction() as tx:
        found = await lists.page_of(tx, unmatched.to_register(actor, query), query, bounded=True)
    if query.format:
        rows = [_readable(row) for row in found]
        return await export_response(query.format, shapes.UNREGISTERED_COLUMNS, rows, "待建档主体")
    return show(
        request, "to_register.html", actor, title="待建档主体", crumbs=[HOME, SIGNALS, ("待建档主体", None)],
        block="list", page=found, columns=shapes.UNREGISTERED_COLUMNS,
    )  # fmt: skip


def _readable(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "county": county_name(row["county"])}
