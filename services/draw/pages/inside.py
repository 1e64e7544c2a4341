"""The pages of the lead section: plans, tasks, and a draw from freezing to dispatch."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy import RowMapping, Select

from libs.common.clock import now
from libs.common.db.transaction import Transaction
from libs.common.errors import NotFound, SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import Errors, done, errors_of, page
from libs.common.http.problems import status_of
from libs.common.reference import county_name
from libs.common.web import Column, ListQuery
from libs.common.web.export import export_response
from services.draw.api.shapes import PLAN_COLUMNS, TASK_COLUMNS
from services.draw.domain.draw import DrawState
from services.draw.domain.seal import open_by
from services.draw.domain.task import TaskState
from services.draw.pages import sources as seeds
from services.draw.pages import words
from services.draw.pages.windows import exported
from services.draw.settings import DrawSettings
from services.draw.store import lists
from services.draw.store.cases import first_end
from services.draw.store.direct import method_of, waiting_choice
from services.draw.store.draws import DrawRecord, attempts, certificate_bytes, load_draw, newest_edition
from services.draw.store.long_lists import SHOWN, assignments_of, drawn_in, selected_of
from services.draw.store.plans import load_plan, load_task
from services.draw.store.progress import progress_of
from services.draw.store.reference import items_by_code, officers_by_id, subjects_by_code
from services.draw.store.visits import count_joined, saved_by_task, visits_of_draw
from services.draw.usecases import hold_ceremony as ceremony
from services.draw.usecases.dispatch_list import dispatch_list
from services.draw.usecases.freeze_pool import freeze_pool
from services.draw.usecases.size_pool import size_task

router = APIRouter(prefix="/draw", include_in_schema=False)

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Lead = Annotated[Actor, allow(Role.LEAD)]
Party = Annotated[Actor, allow(Role.LEAD, Role.SECTION)]
Step = Callable[[Transaction], Awaitable[object]]

TRAIL = ("抽查任务", "/draw/")
NOTHING: Mapping[str, str] = {}


async def _list(
    request: Request,
    database: Db,
    actor: Actor,
    template: str,
    columns: Sequence[Column],
    statement: Callable[[ListQuery], Select[Any]],
    **context: Any,
) -> Response:
    query = ListQuery.from_params(request.query_params, columns, filters=("q", "county", "state"))
    if query.format:
        rows = (_readable(row) async for row in exported(database, statement(query), query))
        return await export_response(query.format, columns, rows, context["title"])
    async with database.transaction() as tx:
        found = await lists.page_of(tx, statement(query), query)
        waiting = await lists.waiting(tx, actor)
    return page(
        request, template, actor=actor, block="list", active="draw", page=found, columns=columns,
        waiting=waiting, words=words, **context,
    )  # fmt: skip


def _readable(row: RowMapping) -> dict[str, Any]:
    """A row of an export: the words of the page instead of codes."""
    state = words.task_state if "task_id" in row else words.plan_state
    changed: dict[str, Any] = {"county": county_name(row["county"]), "state": state(row["state"])[0]}
    if "directed" in row:
        changed["directed"] = "定向" if row["directed"] else "不定向"
    return {**row, **changed}


@router.get("/")
async def show_tasks(request: Request, database: Db, actor: Reader) -> Response:
    """All tasks, and what waits."""
    return await _list(
        request, database, actor, "draw/tasks.html", TASK_COLUMNS,
        lambda query: lists.tasks_seen_by(actor, query), title="抽查任务", crumbs=[],
    )  # fmt: skip


@router.get("/plans")
async def show_plans(request: Request, database: Db, actor: Reader) -> Response:
    """All plans."""
    return await _list(
        request, database, actor, "draw/plans.html", PLAN_COLUMNS,
        lambda query: lists.plans_seen_by(actor, query), title="抽查计划", crumbs=[TRAIL, ("抽查计划", None)],
    )  # fmt: skip


@router.get("/todo")
async def show_todo(request: Request, database: Db, actor: Reader) -> Response:
    """What waits here, for the desk."""
    async with database.transaction() as tx:
        waiting = await lists.waiting(tx, actor)
    return page(request, "draw/todo.html", actor=actor, title="抽查任务", waiting=waiting)


@router.get("/tasks/{task_id}")
async def show_task(task_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """One task: items, conditions, attempts."""
    return await task_page(task_id, request, database, actor)


async def task_page(
    task_id: str, request: Request, database: Db, actor: Actor, errors: Errors = (), status: int = 200
) -> Response:
    """The page of a task, with what went wrong."""
    async with database.transaction() as tx:
        record = await load_task(tx, task_id)
        actor.must_see(record.county)
        items = await items_by_code(tx, record.task.items)
        tried = await attempts(tx, task_id)
        saved = await saved_by_task(tx, task_id)
        method = await method_of(tx, task_id)
        size = None
        if record.task.state is TaskState.OPEN and not tried:
            plan = await load_plan(tx, record.task.plan_id)
            size = await size_task(tx, request.app.state.settings, record, plan, now())
    conditions = [words.condition(one.document(), county_name) for one in record.task.filter]
    return page(
        request, "draw/task.html", actor=actor, active="draw", status=status, errors=errors, words=words,
        title=record.task.title, crumbs=[TRAIL, (task_id, None)],
        record=record, task=record.task, items=items, attempts=tried, conditions=conditions, saved=saved,
        method=method, size=size,
    )  # fmt: skip


@router.post("/tasks/{task_id}/freeze")
async def freeze(
    task_id: str, request: Request, database: Db, actor: Lead, reason: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Freeze the pool and begin an attempt."""
    settings: DrawSettings = request.app.state.settings
    try:
        async with database.transaction() as tx:
            draw_id = await freeze_pool(tx, settings, task_id, reason, actor, now())
    except SunlotError as error:
        again = task_page(task_id, request, database, actor, errors_of(error), status_of(error)[0])
        return await shown_again(error, again)
    return done(f"/draw/draws/{draw_id}")


async def shown_again(error: SunlotError, shown: Awaitable[Response]) -> Response:
    """The same page with the error on top; what is not theirs to see stays a plain 404."""
    if isinstance(error, NotFound):
        # The coroutine is not needed any more.
        shown.close()  # type: ignore[attr-defined]
        raise error
    return await shown


@router.get("/draws/{draw_id}")
async def show_draw(draw_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """The ceremony: what is committed, who has revealed, what was drawn."""
    return await draw_page(draw_id, request, database, actor)


async def draw_page(
    draw_id: str, request: Request, database: Db, actor: Actor, errors: Errors = (), status: int = 200,
    typed: Mapping[str, str] = NOTHING,
) -> Response:  # fmt: skip
    """The page of a draw, with what somebody typed in vain."""
    settings: DrawSettings = request.app.state.settings
    async with database.transaction() as tx:
        record = await load_draw(tx, draw_id)
        actor.must_see(record.county)
        task = (await load_task(tx, record.draw.task_id)).task
        result = await _result(tx, record)
        progress = await progress_of(tx, draw_id, record.draw.state.value)
        teams_wait = await waiting_choice(tx, draw_id) if record.draw.state is DrawState.SELECTED else None
        ended = await first_end(tx, draw_id) if record.draw.sealed else None
    return page(
        request, "draw/draw.html", actor=actor, active="draw", status=status, errors=errors,
        words=words, title=task.title, task=task, record=record, draw=record.draw, result=result, progress=progress,
        crumbs=[TRAIL, (task.task_id, f"/draw/tasks/{task.task_id}"), (draw_id, None)],
        my_party=ceremony.PARTIES.get(actor.role), states=DrawState, typed=typed,
        pasting=bool(typed or request.query_params.get("paste")), seeds=seeds, chain=settings.chain,
        relay=settings.beacon_url, usual_hours=settings.reveal_hours, seal_due=open_by(ended), first_ended=ended,
        teams_wait=teams_wait,
    )  # fmt: skip


@router.get("/draws/{draw_id}/screen")
async def show_screen(draw_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """The same for the big screen in the meeting room: to be read from ten metres, nothing to click."""
    async with database.transaction() as tx:
        record = await load_draw(tx, draw_id)
        actor.must_see(record.county)
        task = (await load_task(tx, record.draw.task_id)).task
        # Whoever sits in the room may be from outside.
        result = None if record.draw.sealed else await _result(tx, record)
    return page(
        request, "draw/screen.html", actor=actor, block="screen", title=task.title, words=words, crumbs=[],
        record=record, draw=record.draw, result=result, seeds=seeds, site=request.app.state.settings.public_url,
    )  # fmt: skip


async def _result(tx: Transaction, record: DrawRecord) -> dict[str, Any] | None:
    """The drawn firms in ticket order with names and officers; from the certificate alone."""
    if record.draw.result_sha256 is None:
        return None
    draw_id = record.draw.draw_id
    certificate = json.loads(await certificate_bytes(tx, draw_id))
    teams = dict(await assignments_of(tx, draw_id, certificate, SHOWN))
    subjects = await subjects_by_code(tx, list(teams))
    officers = await officers_by_id(tx, {number for team in teams.values() for number in team})
    handed = await visits_of_draw(tx, draw_id, list(teams))
    return {
        "strata": certificate["strata"],
        "drawn": drawn_in(certificate),
        "edition": await newest_edition(tx, draw_id),
        "joined": await count_joined(tx, draw_id),
        "subject_key": certificate["keys"]["subject"],
        "rows": [
            {
                "number": number,
                "uscc": uscc,
                "name": subjects[uscc]["name"] if uscc in subjects else "",
                "county": subjects[uscc]["county"] if uscc in subjects else "",
                "stratum": stratum,
                "ticket": ticket,
                "officers": [officers[n]["name"] if n in officers else n for n in teams[uscc]],
                "case_id": handed[uscc]["case_id"] if uscc in handed else "",
                "joined": handed[uscc]["task_of_case"] if uscc in handed and handed[uscc]["joined"] else "",
            }
            for number, (uscc, stratum, ticket) in enumerate(await selected_of(tx, draw_id, certificate, SHOWN), 1)
        ],
    }


async def take_step(
    request: Request, database: Db, actor: Actor, draw_id: str, step: Step, typed: Mapping[str, str] = NOTHING
) -> Response:
    """Carry out a step and show the draw; on a refusal with what was typed."""
    try:
        async with database.transaction() as tx:
            await step(tx)
    except SunlotError as error:
        status = status_of(error)[0]
        return await shown_again(error, draw_page(draw_id, request, database, actor, errors_of(error), status, typed))
    return done(f"/draw/draws/{draw_id}")


@router.post("/draws/{draw_id}/promise")
async def promise(
    draw_id: str, request: Request, database: Db, actor: Party, commit: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """Register a party's promise."""
    return await take_step(
        request, database, actor, draw_id, lambda tx: ceremony.promise(tx, draw_id, commit.strip(), actor, now())
    )


@router.post("/draws/{draw_id}/reveal")
async def reveal(
    draw_id: str, request: Request, database: Db, actor: Party, reveal: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """Reveal."""
    return await take_step(
        request, database, actor, draw_id, lambda tx: ceremony.reveal(tx, draw_id, reveal.strip(), actor, now())
    )


@router.post("/draws/{draw_id}/absent")
async def absent(
    draw_id: str, request: Request, database: Db, actor: Lead, name: Annotated[str, Form(max_length=32)] = ""
) -> Response:
    """Find a party absent."""
    return await take_step(
        request, database, actor, draw_id, lambda tx: ceremony.mark_absent(tx, draw_id, name, actor, now())
    )


@router.post("/draws/{draw_id}/dice")
async def dice(
    draw_id: str, request: Request, database: Db, actor: Party, digits: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """Type the dice."""
    return await take_step(
        request, database, actor, draw_id, lambda tx: ceremony.type_dice(tx, draw_id, digits.strip(), actor, now())
    )


@router.post("/draws/{draw_id}/dice/confirm")
async def confirm(
    draw_id: str, request: Request, database: Db, actor: Party, digits: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """Confirm the dice."""
    return await take_step(
        request, database, actor, draw_id, lambda tx: ceremony.confirm_dice(tx, draw_id, digits.strip(), actor, now())
    )


@router.post("/draws/{draw_id}/abort")
async def abort(
    draw_id: str, request: Request, database: Db, actor: Lead, reason: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Give up."""
    return await take_step(
        request, database, actor, draw_id, lambda tx: ceremony.abort(tx, draw_id, reason, actor, now())
    )


@router.post("/draws/{draw_id}/dispatch")
async def dispatch(draw_id: str, request: Request, database: Db, actor: Lead) -> Response:
    """Dispatch the list."""
    settings: DrawSettings = request.app.state.settings
    return await take_step(
        request, database, actor, draw_id, lambda tx: dispatch_list(tx, settings, draw_id, actor, now())
    )
