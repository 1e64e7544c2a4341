"""Pages of direct assignment: naming teams, approving them; and a draw's officers with the reasons."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from libs.common.clock import now
from libs.common.errors import FieldError, NotFound, SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import Errors, done, errors_of, page
from libs.common.http.problems import status_of
from libs.common.reference import county_name
from libs.common.web import ListPage, ListQuery
from libs.common.web.export import export_response
from services.draw.api.direct import ROLL_COLUMNS
from services.draw.domain.direct import DirectChoiceInvalid
from services.draw.domain.lottery import Drawn
from services.draw.domain.roll import WhyNot
from services.draw.pages import words
from services.draw.pages.inside import TRAIL, task_page
from services.draw.pages.windows import exported
from services.draw.store import lists
from services.draw.store.direct import method_of
from services.draw.store.draws import load_draw
from services.draw.store.plans import load_task
from services.draw.store.reference import officers_by_id, subjects_by_code
from services.draw.store.roll import roll_seen_by
from services.draw.usecases import choose_teams as choose

router = APIRouter(prefix="/draw", include_in_schema=False)

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Lead = Annotated[Actor, allow(Role.LEAD)]
Reason = Annotated[str, Form(max_length=500)]


@router.post("/tasks/{task_id}/officer-method")
async def choose_method(
    task_id: str, request: Request, database: Db, actor: Lead,
    method: Annotated[str, Form(max_length=10)] = "", method_reason: Reason = "",
) -> Response:  # fmt: skip
    """Decide how the officers are found."""
    try:
        async with database.transaction() as tx:
            await choose.choose_method(tx, task_id, method, method_reason, actor, now())
    except NotFound:
        raise
    except SunlotError as error:
        return await task_page(task_id, request, database, actor, errors_of(error), status_of(error)[0])
    return done(f"/draw/tasks/{task_id}")


@router.get("/draws/{draw_id}/teams")
async def show_teams(draw_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """The drawn firms and who goes to them, fifty a page."""
    return await _teams(draw_id, request, database, actor)


async def _teams(
    draw_id: str,
    request: Request,
    database: Db,
    actor: Actor,
    errors: Errors = (),
    status: int = 200,
    wrong: Mapping[str, str] | None = None,
) -> Response:
    query = ListQuery.from_params(request.query_params, ())
    async with database.transaction() as tx:
        choosing = await choose.load_choosing(tx, draw_id, actor)
        selected = choosing.selection.selected
        here = _first_wrong(selected, wrong) if wrong else selected[query.offset : query.offset + query.limit]
        subjects = await subjects_by_code(tx, [one.id for one in here])
        teams = choosing.waiting["teams"] if choosing.waiting else choosing.drafts
        if not teams and choosing.choices:
            teams = choosing.choices[-1]["teams"]
        may = {one.id: choosing.choosable(one) for one in here}
        named = {number for one in here for number in (*may[one.id], *teams.get(one.id, ()))}
        officers = await officers_by_id(tx, named)
        method = await method_of(tx, choosing.task.task.task_id)
    rows = [
        {
            "uscc": one.id,
            "name": subjects[one.id]["name"] if one.id in subjects else "",
            "county": one.county,
            "team": list(teams.get(one.id, ())),
            "options": [_option(number, one, officers) for number in may[one.id]],
            "recused": sorted(number for number, subject in choosing.roster.recusals if subject == one.id),
            "why": (wrong or {}).get(f"team-{one.id}", ""),
        }
        for one in here
    ]
    complete = sum(len(set(team)) >= choosing.task.task.seats for team in teams.values())
    return page(
        request, "draw/teams.html", actor=actor, active="draw", status=status, errors=errors, words=words,
        title="选派检查人员", draw=choosing.record.draw, task=choosing.task.task, choosing=choosing, rows=rows,
        complete=complete, total=len(selected), waiting=choosing.waiting, officers=officers, why_direct=method.reason,
        shown=ListPage(rows, len(selected), query), seats=range(choosing.task.task.seats),
        crumbs=[
            TRAIL, (choosing.task.task.task_id, f"/draw/tasks/{choosing.task.task.task_id}"),
            (draw_id, f"/draw/draws/{draw_id}"), ("选派检查人员", None),
        ],
    )  # fmt: skip


def _first_wrong(selected: tuple[Drawn, ...], wrong: Mapping[str, str]) -> list[Drawn]:
    return [one for one in selected if f"team-{one.id}" in wrong][:50]


def _option(number: str, subject: Drawn, officers: Mapping[str, Any]) -> tuple[str, str]:
    known = officers.get(number)
    name = known["name"] if known else ""
    where = "" if known is None or known["county"] == subject.county else f"（{county_name(known['county'])}）"
    return number, f"{number} {name}{where}"


@router.post("/draws/{draw_id}/teams")
async def save_teams(draw_id: str, request: Request, database: Db, actor: Lead) -> Response:
    """Save the teams of the page, and hand all of them in if that was the button."""
    form = await request.form()
    teams: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if name.startswith("team-") and isinstance(value, str):
            chosen = teams.setdefault(name.removeprefix("team-"), [])
            if value:
                chosen.append(value)
    try:
        async with database.transaction() as tx:
            await choose.draft_teams(tx, draw_id, teams, actor)
        if form.get("go") == "hand-in":
            async with database.transaction() as tx:
                await choose.hand_in_teams(tx, draw_id, str(form.get("reason", "")), actor, now())
            return done(f"/draw/draws/{draw_id}")
    except NotFound:
        raise
    except DirectChoiceInvalid as error:
        wrong = {field.field: field.message for field in error.fields}
        shown = _without_repeats(error)
        return await _teams(draw_id, request, database, actor, shown, status_of(error)[0], wrong)
    except SunlotError as error:
        return await _teams(draw_id, request, database, actor, errors_of(error), status_of(error)[0])
    query = request.url.query
    return done(f"/draw/draws/{draw_id}/teams" + (f"?{query}" if query else ""))


def _without_repeats(error: DirectChoiceInvalid) -> Errors:
    """The first ten in the summary; each stands beside its firm anyway."""
    more = [FieldError("", f"另有 {len(error.fields) - 10} 户须改正。")] if len(error.fields) > 10 else []
    return [(field.field, field.message) for field in (*error.fields[:10], *more)]


@router.post("/draws/{draw_id}/teams/approve")
async def approve(draw_id: str, request: Request, database: Db, actor: Lead) -> Response:
    """Approve the teams."""
    try:
        async with database.transaction() as tx:
            await choose.approve_teams(tx, draw_id, actor, now())
    except NotFound:
        raise
    except SunlotError as error:
        return await _teams(draw_id, request, database, actor, [("", error.detail)], status_of(error)[0])
    return done(f"/draw/draws/{draw_id}")


@router.post("/draws/{draw_id}/teams/refuse")
async def refuse(draw_id: str, request: Request, database: Db, actor: Lead, refusal: Reason = "") -> Response:
    """Send the teams back."""
    try:
        async with database.transaction() as tx:
            await choose.refuse_teams(tx, draw_id, refusal, actor, now())
    except NotFound:
        raise
    except SunlotError as error:
        return await _teams(draw_id, request, database, actor, errors_of(error), status_of(error)[0])
    return done(f"/draw/draws/{draw_id}/teams")


def why_not(codes: str) -> str:
    """The reasons that keep an officer out, for people."""
    return "、".join(WhyNot(code).label for code in codes.split())


@router.get("/draws/{draw_id}/officers")
async def show_officers(draw_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """Every officer known at the commitment: in the roster, or why not."""
    query = ListQuery.from_params(request.query_params, ROLL_COLUMNS, filters=("q", "county", "able"))
    async with database.transaction() as tx:
        record = await load_draw(tx, draw_id)
        actor.must_see(record.county)
        task = (await load_task(tx, record.draw.task_id)).task
        found = await lists.page_of(tx, roll_seen_by(actor, draw_id, query), query)
    if query.format:
        rows = (
            {**row, "county": county_name(row["county"]), "why_not": why_not(row["why_not"]) or "进入名录"}
            async for row in exported(database, roll_seen_by(actor, draw_id, query), query)
        )
        return await export_response(query.format, ROLL_COLUMNS, rows, f"执法检查人员 {draw_id}")
    return page(
        request, "draw/officers.html", actor=actor, block="list", active="draw", title="执法检查人员名录", page=found,
        columns=ROLL_COLUMNS, why_not=why_not, draw=record.draw, task=task,
        crumbs=[TRAIL, (task.task_id, f"/draw/tasks/{task.task_id}"), (draw_id, f"/draw/draws/{draw_id}"),
                ("执法检查人员名录", None)],
    )  # fmt: skip
