"""The pages of a drawn list's changes: the present list, what waits, its editions, and the forms that ask."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import Response

from libs.common.clock import now
from libs.common.db.transaction import Transaction
from libs.common.errors import NotFound, SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import Errors, done, errors_of, page
from libs.common.http.problems import status_of
from libs.common.reference import county_name
from libs.common.web import Column, ListPage, ListQuery
from libs.common.web.export import export_response
from services.draw.api.changes import CHANGE_COLUMNS, CHANGE_FILTERS, evidence_of
from services.draw.domain.amendment import AmendmentState
from services.draw.domain.replacement import SubjectNotDrawn
from services.draw.pages import change_words, words
from services.draw.pages.inside import TRAIL
from services.draw.pages.windows import exported
from services.draw.settings import DrawSettings
from services.draw.store.amendments import amendments_seen_by, evidence_names, load_evidence
from services.draw.store.draws import load_draw
from services.draw.store.lists import page_of
from services.draw.store.plans import load_task
from services.draw.store.reference import subjects_by_code
from services.draw.usecases import decide_amendment as decide
from services.draw.usecases import request_amendment as ask
from services.draw.usecases.show_changes import Changes, changes_of

router = APIRouter(prefix="/draw/draws/{draw_id}", include_in_schema=False)
listing = APIRouter(prefix="/draw/changes", include_in_schema=False)

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Lead = Annotated[Actor, allow(Role.LEAD)]
Approver = Annotated[Actor, allow(Role.LEAD, Role.SECTION)]
Step = Callable[[Transaction], Awaitable[object]]
Text = Annotated[str, Form(max_length=500)]

COLUMNS = (
    Column("place", "序号", numeric=True, sortable=True, width=8),
    Column("name", "检查对象", sortable=True, width=40),
    Column("uscc", "统一社会信用代码", code=True, sortable=True, width=22),
    Column("county", "县区", sortable=True),
    Column("state", "状态", sortable=True),
    Column("officers", "检查人员", width=30),
    Column("case_id", "检查编号", code=True, sortable=True, width=26),
)


@listing.get("")
async def show_all_changes(request: Request, database: Db, actor: Reader) -> Response:
    """The requests of all draws, what waits first to be found."""
    query = ListQuery.from_params(request.query_params, CHANGE_COLUMNS, filters=CHANGE_FILTERS)
    if query.format:
        rows = (
            {
                **row,
                "county": county_name(row["county"]),
                "kind": change_words.KINDS[row["kind"]],
                "state": AmendmentState(row["state"]).label,
                "proposed_role": change_words.role(row["proposed_role"]),
            }
            async for row in exported(database, amendments_seen_by(actor, query), query)
        )
        return await export_response(query.format, CHANGE_COLUMNS, rows, "名单变更")
    async with database.transaction() as tx:
        found = await page_of(tx, amendments_seen_by(actor, query), query)
    return page(
        request, "draw/all_changes.html", actor=actor, block="list", active="draw", title="名单变更", page=found,
        columns=CHANGE_COLUMNS, say=change_words, counties=words.county_options(), crumbs=[TRAIL, ("名单变更", None)],
    )  # fmt: skip


@router.get("/changes")
async def show_changes(draw_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """The present list and how it came to be."""
    return await _changes(draw_id, request, database, actor)


async def _changes(
    draw_id: str, request: Request, database: Db, actor: Actor, errors: Errors = (), status: int = 200
) -> Response:
    query = ListQuery.from_params(request.query_params, COLUMNS, filters=("q", "state"))
    async with database.transaction() as tx:
        record = await load_draw(tx, draw_id)
        actor.must_see(record.county)
        task = (await load_task(tx, record.draw.task_id)).task
        found = await changes_of(tx, record)
        names = await subjects_by_code(tx, list(found.opened.standing.known))
        documents = await evidence_names(tx, draw_id)
    rows = _chosen(found.rows, query)
    if query.format:
        return await export_response(query.format, COLUMNS, [_readable(row) for row in rows], f"{draw_id} 现行名单")
    shown = ListPage(rows[query.offset : query.offset + query.limit], len(rows), query)
    return page(
        request, "draw/changes.html", actor=actor, block="list", active="draw", status=status, errors=errors,
        title="名单变更", words=words, say=change_words, task=task, record=record, draw=record.draw, page=shown,
        columns=[*COLUMNS, Column("act", "变更")] if actor.role is Role.LEAD else COLUMNS,
        found=found, names=names, documents=documents, voids=found.opened.standing.voids,
        open_voids=found.opened.standing.open_voids, reserve_offered=_reserve_offered(found),
        crumbs=[*_trail(task.task_id, draw_id), ("名单变更", None)],
    )  # fmt: skip


def _reserve_offered(found: Changes) -> bool:
    commitment = found.opened.record.draw.commitment
    return commitment is not None and not commitment.over_cells


def _trail(task_id: str, draw_id: str) -> list[tuple[str, str]]:
    return [TRAIL, (task_id, f"/draw/tasks/{task_id}"), (draw_id, f"/draw/draws/{draw_id}")]


def _chosen(rows: Sequence[dict[str, Any]], query: ListQuery) -> list[dict[str, Any]]:
    """The rows that the filter lets through, in the order asked for."""
    text, state = query.value("q"), query.value("state")
    chosen = [
        row
        for row in rows
        if (not text or text in row["name"] or row["uscc"].startswith(text)) and (not state or row["state"] == state)
    ]
    if query.sort:
        chosen.sort(key=lambda row: row[query.sort], reverse=query.descending)
    return chosen


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "county": county_name(row["county"]) if row["county"] else "",
        "state": change_words.LISTED[row["state"]][0],
        "officers": "、".join(f"{one['number']} {one['name']}" for one in row["officers"]),
    }


async def _one(
    template: str, title: str, draw_id: str, uscc: str, request: Request, database: Db, actor: Actor,
    errors: Errors = (), status: int = 200, **values: Any,
) -> Response:  # fmt: skip
    """The form for one firm of the present list. Raises SubjectNotDrawn."""
    async with database.transaction() as tx:
        record = await load_draw(tx, draw_id)
        actor.must_see(record.county)
        found = await changes_of(tx, record)
    row = next((row for row in found.rows if row["uscc"] == uscc and uscc in found.opened.standing.current), None)
    if row is None:
        raise SubjectNotDrawn
    task_id = record.draw.task_id
    return page(
        request, template, actor=actor, active="draw", status=status, errors=errors, title=title, words=words,
        say=change_words, draw=record.draw, row=row, values=values,
        crumbs=[*_trail(task_id, draw_id), ("名单变更", f"/draw/draws/{draw_id}/changes"), (title, None)],
    )  # fmt: skip


@router.get("/changes/void")
async def show_void(draw_id: str, request: Request, database: Db, actor: Reader, uscc: str = "") -> Response:
    """The form for a void."""
    return await _one("draw/void.html", "作废一户", draw_id, uscc, request, database, actor)


@router.post("/changes/void")
async def void(
    draw_id: str, request: Request, database: Db, actor: Lead, uscc: Text = "", reason: Text = "",
    evidence: list[UploadFile] | None = None,
) -> Response:  # fmt: skip
    """Ask for a void."""
    documents = await evidence_of(evidence or [])
    try:
        async with database.transaction() as tx:
            await ask.request_void(tx, draw_id, uscc, reason, documents, actor, now())
    except NotFound:
        raise
    except SunlotError as error:
        return await _one(
            "draw/void.html", "作废一户", draw_id, uscc, request, database, actor,
            errors_of(error), status_of(error)[0], reason=reason,
        )  # fmt: skip
    return done(f"/draw/draws/{draw_id}/changes")


@router.get("/changes/officer")
async def show_officer(draw_id: str, request: Request, database: Db, actor: Reader, uscc: str = "") -> Response:
    """The form for another officer."""
    return await _one("draw/swap.html", "更换检查人员", draw_id, uscc, request, database, actor)


@router.post("/changes/officer")
async def officer(
    draw_id: str, request: Request, database: Db, actor: Lead, uscc: Text = "", reason: Text = "",
    seat: Annotated[str, Form(max_length=2)] = "",
) -> Response:  # fmt: skip
    """Ask for another officer."""
    number = int(seat) if seat.isascii() and seat.isdecimal() else 0
    try:
        async with database.transaction() as tx:
            await ask.request_officer(tx, draw_id, uscc, number, reason, actor, now())
    except NotFound:
        raise
    except SunlotError as error:
        return await _one(
            "draw/swap.html", "更换检查人员", draw_id, uscc, request, database, actor,
            errors_of(error), status_of(error)[0], reason=reason, seat=seat,
        )  # fmt: skip
    return done(f"/draw/draws/{draw_id}/changes")


async def _step(request: Request, database: Db, actor: Actor, draw_id: str, step: Step) -> Response:
    try:
        async with database.transaction() as tx:
            await step(tx)
    except NotFound:
        raise
    except SunlotError as error:
        return await _changes(draw_id, request, database, actor, errors_of(error), status_of(error)[0])
    return done(f"/draw/draws/{draw_id}/changes")


@router.post("/changes/reserve")
async def reserve(
    draw_id: str, request: Request, database: Db, actor: Lead, void: Annotated[int, Form(ge=1)]
) -> Response:
    """Ask for the next one in line."""
    return await _step(
        request, database, actor, draw_id, lambda tx: ask.request_reserve(tx, draw_id, void, actor, now())
    )


@router.post("/changes/fresh")
async def fresh(
    draw_id: str, request: Request, database: Db, actor: Lead,
    void: Annotated[list[int] | None, Form()] = None, fresh_reason: Text = "",
) -> Response:  # fmt: skip
    """Ask for a fresh draw."""
    return await _step(
        request, database, actor, draw_id,
        lambda tx: ask.request_fresh(tx, draw_id, void or [], fresh_reason, actor, now()),
    )  # fmt: skip


@router.post("/changes/{number}/approve")
async def approve(draw_id: str, number: int, request: Request, database: Db, actor: Approver) -> Response:
    """Approve; the rule carries it out at once."""
    settings: DrawSettings = request.app.state.settings
    return await _step(
        request, database, actor, draw_id,
        lambda tx: decide.approve_amendment(tx, settings, draw_id, number, actor, now()),
    )  # fmt: skip


@router.post("/changes/{number}/reject")
async def reject(
    draw_id: str, number: int, request: Request, database: Db, actor: Approver, reason: Text = ""
) -> Response:
    """Send back."""
    return await _step(
        request, database, actor, draw_id,
        lambda tx: decide.reject_amendment(tx, draw_id, number, reason, actor, now()),
    )  # fmt: skip


@router.post("/changes/{number}/retry")
async def retry(draw_id: str, number: int, request: Request, database: Db, actor: Approver) -> Response:
    """Try a blocked change again."""
    settings: DrawSettings = request.app.state.settings
    return await _step(
        request, database, actor, draw_id,
        lambda tx: decide.try_again(tx, settings, draw_id, number, actor, now()),
    )  # fmt: skip


@router.get("/evidence/{sha256}")
async def get_evidence(draw_id: str, sha256: str, database: Db, actor: Reader) -> Response:
    """A document behind a void, as a download: what was uploaded is never shown as a page of ours."""
    async with database.transaction() as tx:
        record = await load_draw(tx, draw_id)
        actor.must_see(record.county)
        document = await load_evidence(tx, draw_id, sha256)
    headers = {"content-disposition": f'attachment; filename="{sha256[:16]}"', "x-content-type-options": "nosniff"}
    return Response(document.content, media_type="application/octet-stream", headers=headers)
