"""The page of one plan: its reasons, its numbers, its versions, its decision (细则第七条第一项)."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from libs.common.clock import now
from libs.common.errors import SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor
from libs.common.http.pages import Errors, done, errors_of, page
from libs.common.http.problems import status_of
from libs.common.reference import county_name
from services.draw.domain.plan import PlanState
from services.draw.pages import words
from services.draw.pages.inside import TRAIL, Lead, Reader, shown_again
from services.draw.settings import DrawSettings
from services.draw.store.plans import load_plan, tasks_of_plan, versions_of
from services.draw.usecases.approve_plan import approve_plan, reject_plan
from services.draw.usecases.size_pool import size_plan

router = APIRouter(prefix="/draw", include_in_schema=False)


@router.get("/plans/{plan_id}")
async def show_plan(plan_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """One plan: its reasons, its scope, its decision."""
    return await _plan(plan_id, request, database, actor)


async def _plan(
    plan_id: str, request: Request, database: Db, actor: Actor, errors: Errors = (), status: int = 200
) -> Response:
    settings: DrawSettings = request.app.state.settings
    async with database.transaction() as tx:
        record = await load_plan(tx, plan_id)
        actor.must_see(record.county)
        tasks = await tasks_of_plan(tx, plan_id)
        versions = await versions_of(tx, plan_id)
        size = None
        if record.plan.state is PlanState.PROPOSED:
            size = await size_plan(tx, settings, record, now())
    conditions = [words.condition(one.document(), county_name) for one in record.proposal.filter]
    return page(
        request, "draw/plan.html", actor=actor, active="draw", status=status, errors=errors, words=words,
        title=record.plan.title, crumbs=[TRAIL, ("抽查计划", "/draw/plans"), (plan_id, None)],
        record=record, plan=record.plan, tasks=tasks, conditions=conditions, versions=versions, size=size,
    )  # fmt: skip


@router.post("/plans/{plan_id}/approve")
async def approve(
    plan_id: str, request: Request, database: Db, actor: Lead,
    document_number: Annotated[str, Form(max_length=60)] = "", version: Annotated[int | None, Form()] = None,
) -> Response:  # fmt: skip
    """Approve and publish the version that was looked at."""
    settings: DrawSettings = request.app.state.settings
    try:
        async with database.transaction() as tx:
            task = await approve_plan(tx, settings, plan_id, document_number, actor, now(), version)
    except SunlotError as error:
        again = _plan(plan_id, request, database, actor, errors_of(error), status_of(error)[0])
        return await shown_again(error, again)
    return done(f"/draw/tasks/{task.task.task_id}")


@router.post("/plans/{plan_id}/reject")
async def reject(
    plan_id: str, request: Request, database: Db, actor: Lead, reason: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Send back with a reason."""
    try:
        async with database.transaction() as tx:
            await reject_plan(tx, plan_id, reason, actor, now())
    except SunlotError as error:
        again = _plan(plan_id, request, database, actor, errors_of(error), status_of(error)[0])
        return await shown_again(error, again)
    return done(f"/draw/plans/{plan_id}")
