"""The pages of ratio policies: all versions, a new one with what it would change, and its decision (细则第六条)."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy import RowMapping
from starlette.datastructures import FormData, QueryParams

from libs.common.clock import china_date, now
from libs.common.db.transaction import Transaction
from libs.common.errors import SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor
from libs.common.http.pages import Errors, done, errors_of, page
from libs.common.http.problems import status_of
from libs.common.web import ListQuery
from libs.common.web.export import export_response
from services.draw.api.policies import COLUMNS, FILTERS
from services.draw.domain.pool import CLASSES
from services.draw.domain.ratios import EVERYWHERE, Level, PolicyDraft, PolicyState, RatioPolicy
from services.draw.pages import words
from services.draw.pages.inside import TRAIL, Lead, Reader, shown_again
from services.draw.pages.windows import exported
from services.draw.settings import DrawSettings
from services.draw.store import lists, policies
from services.draw.usecases import rule_ratios

router = APIRouter(prefix="/draw/policies", include_in_schema=False)

LIST = ("比例方案", "/draw/policies")


@router.get("")
async def show_policies(request: Request, database: Db, actor: Reader) -> Response:
    """Every version, and those in force for the whole city."""
    query = ListQuery.from_params(request.query_params, COLUMNS, filters=FILTERS)
    async with database.transaction() as tx:
        found = await lists.page_of(tx, policies.policies_seen_by(actor, query), query)
        ruling = {level: await rule_ratios.ruling(tx, EVERYWHERE, level, china_date(now())) for level in Level}
    if query.format:
        rows = (_readable(row) async for row in exported(database, policies.policies_seen_by(actor, query), query))
        return await export_response(query.format, COLUMNS, rows, "抽查比例方案")
    return page(
        request, "draw/policies.html", actor=actor, block="list", active="draw", title="抽查比例方案",
        crumbs=[TRAIL, ("比例方案", None)], page=found, columns=COLUMNS, words=words, ruling=ruling,
    )  # fmt: skip


def _readable(row: RowMapping) -> dict[str, Any]:
    changed: dict[str, Any] = {
        "county": words.place(row["county"]),
        "ratios": words.ratios(row["ratio"]),
        "rounding": words.ROUNDING[row["rounding"]],
        "spare_a": words.spared(spare_a=row["spare_a"]),
        "state": words.policy_state(row["state"])[0],
    }
    return {**row, **changed}


def read_policy(form: FormData | QueryParams) -> PolicyDraft:
    """The policy as typed."""
    try:
        valid_from = date.fromisoformat(str(form.get("valid_from", "")))
    except ValueError:
        valid_from = None
    return PolicyDraft(
        county=str(form.get("county", ""))[:6],
        level=str(form.get("level", "")),
        percents={name: str(form.get(f"ratio_{name}", ""))[:9].strip() for name in CLASSES},
        rounding=str(form.get("rounding", "")),
        minimum=str(form.get("minimum", ""))[:4].strip(),
        spare_a=bool(form.get("spare_a")),
        reason=str(form.get("reason", ""))[:500],
        document_number=str(form.get("document_number", ""))[:60],
        valid_from=valid_from,
    )


async def _form(
    request: Request, database: Db, actor: Actor, draft: PolicyDraft, *, status: int = 200, errors: Errors = ()
) -> Response:
    async with database.transaction() as tx:
        effect, wrong = await _effect(tx, request.app.state.settings, draft)
    return page(
        request, "draw/new_policy.html", actor=actor, block="effect", active="draw", title="提出比例方案",
        status=status, errors=errors, crumbs=[TRAIL, LIST, ("提出比例方案", None)], words=words,
        draft=draft, effect=effect, wrong=wrong,
        levels=[(level.value, f"{level.value}检查事项") for level in Level], classes=CLASSES,
    )  # fmt: skip


async def _effect(tx: Transaction, settings: DrawSettings, draft: PolicyDraft) -> tuple[rule_ratios.Effect | None, str]:
    """What the draft would change, or which numbers can't be read yet."""
    try:
        level = Level(draft.level) if draft.level in {*Level} else Level.GENERAL
        today = china_date(now())
        policy = RatioPolicy(
            "", draft.quota(), draft.county, level, draft.spare_a, draft.valid_from or today,
            state=PolicyState.PROPOSED,
        )  # fmt: skip
        return await rule_ratios.effect_of(tx, settings, policy, now()), ""
    except SunlotError as error:
        return None, "；".join(field.message for field in error.fields) or error.detail


@router.get("/new")
async def new_policy(request: Request, database: Db, actor: Lead) -> Response:
    """A form that begins with the numbers in force; with numbers in the address, what they would change."""
    asked = request.query_params
    if "rounding" in asked or "minimum" in asked:
        return await _form(request, database, actor, read_policy(asked))
    county = EVERYWHERE if actor.whole_city else actor.county
    async with database.transaction() as tx:
        before = await rule_ratios.ruling(tx, county, Level.GENERAL, china_date(now()))
    return await _form(request, database, actor, rule_ratios.copy_of(before, county))


@router.post("/new")
async def post_policy(request: Request, database: Db, actor: Lead) -> Response:
    """Propose the version."""
    draft = read_policy(await request.form())
    try:
        async with database.transaction() as tx:
            version = await rule_ratios.propose_policy(tx, draft, actor, now())
    except SunlotError as error:
        return await _form(request, database, actor, draft, status=status_of(error)[0], errors=errors_of(error))
    return done(f"/draw/policies/{version}")


@router.get("/{version:path}")
async def show_policy(version: str, request: Request, database: Db, actor: Reader) -> Response:
    """One version: its numbers, what it changes, its decision."""
    return await _policy(version, request, database, actor)


async def _policy(
    version: str, request: Request, database: Db, actor: Actor, errors: Errors = (), status: int = 200
) -> Response:
    settings: DrawSettings = request.app.state.settings
    async with database.transaction() as tx:
        policy = await policies.load_policy(tx, version)
        effect = await rule_ratios.effect_of(tx, settings, policy, now())
        history = await policies.history(tx, policy.county, policy.level.value)
        ruling = await rule_ratios.ruling(tx, policy.county, policy.level, china_date(now()))
    return page(
        request, "draw/policy.html", actor=actor, active="draw", title=f"比例方案 {version}",
        status=status, errors=errors, crumbs=[TRAIL, LIST, (version, None)], words=words,
        policy=policy, effect=effect, history=history, ruling=ruling,
    )  # fmt: skip


@router.post("/{version}/approve")
async def approve(version: str, request: Request, database: Db, actor: Lead) -> Response:
    """Approve the version."""
    try:
        async with database.transaction() as tx:
            await rule_ratios.approve_policy(tx, version, actor, now())
    except SunlotError as error:
        again = _policy(version, request, database, actor, errors_of(error), status_of(error)[0])
        return await shown_again(error, again)
    return done(f"/draw/policies/{version}")


@router.post("/{version}/reject")
async def reject(
    version: str, request: Request, database: Db, actor: Lead, reason: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Send the version back."""
    try:
        async with database.transaction() as tx:
            await rule_ratios.reject_policy(tx, version, reason, actor, now())
    except SunlotError as error:
        again = _policy(version, request, database, actor, errors_of(error), status_of(error)[0])
        return await shown_again(error, again)
    return done(f"/draw/policies/{version}")
