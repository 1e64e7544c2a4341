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
from services.draw.domain.commitment import Profile
from services.draw.domain.draft import SCALES, Draft
from services.draw.domain.rule import Between
from services.draw.pages import words
from services.draw.settings import DrawSettings
from services.draw.store.plans import PlanRecord, load_plan
from services.draw.store.policies import BUILT_IN
from services.draw.store.reference import category_names, enterprise_types
from services.draw.usecases.choose_policy import Choice
from services.draw.usecases.draft_plan import draft_plan, revise_plan, size_draft
from services.draw.usecases.size_pool import Sized

router = APIRouter(prefix="/draw", include_in_schema=False)

Lead = Annotated[Actor, allow(Role.LEAD)]
Looker = Annotated[Actor, allow(Role.LEAD, Role.AUDITOR)]


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
        industries=tuple(dict.fromkeys((*ticked("section"), *words_of("industry")))),
        scales=ticked("size"),
        types=ticked("type"),
        classes=ticked("class"),
        categories=ticked("category"),
        finish_by=finish_by,
        urgent=bool(form.get("urgent")),
        policy=str(form.get("policy", ""))[:40],
        cells=ticked("cells"),
        order_only=bool(form.get("order_only")),
        participants=names_of("participants"),
    )


def draft_of(record: PlanRecord) -> Draft:
    """The draft that a proposal was made from, to be changed."""
    proposal = record.proposal
    values: dict[str, tuple[str, ...]] = {
        one.col: one.values for one in proposal.filter if not isinstance(one, Between)
    }
    return Draft(
        title=proposal.title,
        reason=record.reason,
        counties=values.get("county", ()),
        industries=values.get("industry", ()),
        scales=values.get("size", ()),
        types=values.get("type", ()),
        classes=values.get("class", ()),
        categories=proposal.item_categories,
        finish_by=proposal.deadline,
        urgent=proposal.urgent,
        participants=proposal.participants,
        policy="" if record.policy in BUILT_IN else record.policy,
        cells=proposal.cells,
        order_only=proposal.order_only,
    )


async def _show(
    request: Request,
    database: Db,
    actor: Actor,
    draft: Draft,
    *,
    record: PlanRecord | None = None,
    status: int = 200,
    errors: Any = (),
) -> Response:
    settings: DrawSettings = request.app.state.settings
    triggered = bool(record and record.plan.triggers)
    size, choice, wrong = await _size(database, settings, draft, triggered=triggered)
    async with database.transaction() as tx:
        categories, types = await category_names(tx), await enterprise_types(tx)
    title = "修改抽查计划" if record else "提出抽查计划"
    trail = [("抽查任务", "/draw/"), ("抽查计划", "/draw/plans")]
    if record:
        trail.append((record.plan.plan_id, f"/draw/plans/{record.plan.plan_id}"))
    return page(
        request, "draw/new_plan.html", actor=actor, block="size", active="draw", status=status,
        errors=errors, wrong=wrong, title=title, crumbs=[*trail, (title, None)], record=record, draft=draft, size=size,
        choice=choice, categories=categories, types=types, scales=SCALES, words=words, county_name=county_name,
        action=f"/draw/plans/{record.plan.plan_id}/edit" if record else "/draw/plans/new",
        masked=settings.draw_profile is Profile.MASKED,
    )  # fmt: skip


async def _size(
    database: Db, settings: DrawSettings, draft: Draft, *, triggered: bool
) -> tuple[Sized | None, Choice | None, str]:
    """The size, or what keeps the draft from being counted."""
    try:
        async with database.transaction() as tx:
            sized, choice = await size_draft(tx, settings, draft, now(), triggered=triggered)
    except SunlotError as error:
        return None, None, "；".join(field.message for field in error.fields) or error.detail
    return sized, choice, ""


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
            plan_id = await draft_plan(tx, request.app.state.settings, draft, actor, now())
    except SunlotError as error:
        return await _show(request, database, actor, draft, status=status_of(error)[0], errors=errors_of(error))
    return done(f"/draw/plans/{plan_id}")


async def _to_change(database: Db, plan_id: str, actor: Actor) -> PlanRecord:
    async with database.transaction() as tx:
        record = await load_plan(tx, plan_id)
    actor.must_see(record.county)
    return record


@router.get("/plans/{plan_id}/edit")
async def edit_plan(plan_id: str, request: Request, database: Db, actor: Looker) -> Response:
    """The form with what the plan says; with a filter in the address, the size of its pool."""
    record = await _to_change(database, plan_id, actor)
    asked = request.query_params
    draft = read_draft(asked) if "title" in asked else draft_of(record)
    return await _show(request, database, actor, draft, record=record)


@router.post("/plans/{plan_id}/edit")
async def post_edit(plan_id: str, request: Request, database: Db, actor: Lead) -> Response:
    """Keep the next version of the plan."""
    record = await _to_change(database, plan_id, actor)
    form = await request.form()
    draft, seen = read_draft(form), str(form.get("version", ""))
    try:
        async with database.transaction() as tx:
            version = int(seen) if seen.isdecimal() else 0
            await revise_plan(tx, request.app.state.settings, plan_id, draft, version, actor, now())
    except SunlotError as error:
        return await _show(
            request, database, actor, draft, record=record, status=status_of(error)[0], errors=errors_of(error)
        )
    return done(f"/draw/plans/{plan_id}")
