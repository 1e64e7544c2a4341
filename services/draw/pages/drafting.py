"""The form of a new plan, with the size of its pool while the filter is edited."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData, QueryParams

from libs.common.clock import now
from libs.common.errors import SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import done, errors_of, page
from libs.common.http.problems import status_of
from libs.common.reference import county_name
from services.draw.domain.draft import SCALES, Draft, DraftInvalid
from services.draw.pages import words
from services.draw.settings import DrawSettings
from services.draw.store.reference import category_names
from services.draw.usecases.draft_plan import draft_plan
from services.draw.usecases.size_pool import PoolSize, size_pool

router = APIRouter(prefix="/draw", include_in_schema=False)

Lead = Annotated[Actor, allow(Role.LEAD)]


def read_draft(form: FormData | QueryParams) -> Draft:
    """The draft as typed; what can't be read is left empty and named by the checks."""

    def names_of(name: str) -> tuple[str, ...]:
        typed = str(form.get(name, ""))[:500].replace("，", ",").replace("、", ",")
        return tuple(dict.fromkeys(word.strip() for word in typed.split(",") if word.strip()))

    def words_of(name: str) -> tuple[str, ...]:
        typed = str(form.get(name, "")).replace("，", ",").replace("、", ",").replace(" ", ",")
        return tuple(dict.fromkeys(word.strip().upper() for word in typed.split(",") if word.strip()))

    def ticked(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(value) for value in form.getlist(name) if value))

    try:
        finish_by = date.fromisoformat(str(form.get("finish_by", "")))
    except ValueError:
        finish_by = None
    return Draft(
        title=str(form.get("title", ""))[:80],
        reason=str(form.get("reason", ""))[:500],
        counties=ticked("county"),
        industries=words_of("industry"),
        scales=ticked("size"),
        types=ticked("type"),
        classes=ticked("class"),
        categories=ticked("category"),
        finish_by=finish_by,
        urgent=bool(form.get("urgent")),
        participants=names_of("participants"),
    )


async def _show(
    request: Request, database: Db, actor: Actor, draft: Draft, *, status: int = 200, errors: Any = ()
) -> Response:
    size, wrong = await _size(request, database, draft)
    async with database.transaction() as tx:
        categories = await category_names(tx)
    return page(
        request, "draw/new_plan.html", actor=actor, block="size", active="draw", status=status,
        errors=errors, wrong=wrong, title="提出抽查计划",
        crumbs=[("抽查任务", "/draw/"), ("抽查计划", "/draw/plans"), ("提出抽查计划", None)],
        draft=draft, size=size, categories=categories, scales=SCALES, words=words, county_name=county_name,
    )  # fmt: skip


async def _size(request: Request, database: Db, draft: Draft) -> tuple[PoolSize | None, str]:
    """The size, or what keeps the filter from being counted."""
    settings: DrawSettings = request.app.state.settings
    try:
        filter_ = draft.filter()
    except DraftInvalid as error:
        return None, "；".join(field.message for field in error.fields)
    async with database.transaction() as tx:
        return await size_pool(tx, filter_, settings.inspected_window_days, now(), triggered=False), ""


@router.get("/plans/new")
async def new_plan(request: Request, database: Db, actor: Lead) -> Response:
    """An empty form; with a filter in the address, the size of its pool."""
    return await _show(request, database, actor, read_draft(request.query_params))


@router.post("/plans/new")
async def post_plan(request: Request, database: Db, actor: Lead) -> Response:
    """Propose the plan."""
    draft = read_draft(await request.form())
    try:
        async with database.transaction() as tx:
            plan_id = await draft_plan(tx, draft, actor, now())
    except SunlotError as error:
        return await _show(request, database, actor, draft, status=status_of(error)[0], errors=errors_of(error))
    return done(f"/draw/plans/{plan_id}")
