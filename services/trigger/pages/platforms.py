"""The administrator's page: platforms, what was agreed with them, and keys that are shown once."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from libs.common.clock import now
from libs.common.errors import Invalid, NotFound, SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import Errors, done, errors_of, page
from libs.common.http.problems import status_of
from services.trigger.api.delivery import try_callback
from services.trigger.domain.signal import ACCEPT_WITHIN, BURST, RATE
from services.trigger.pages import words
from services.trigger.pages.shown import home
from services.trigger.store import delivery, platform_changes, platforms
from services.trigger.usecases.call_platform import Probed
from services.trigger.usecases.manage_platforms import (
    CHANGEABLE,
    RegisterPlatform,
    change_platform,
    register_platform,
    rotate_key,
)
from services.trigger.usecases.pause_platform import pause_platform, resume_platform

router = APIRouter(prefix="/trigger/platforms", include_in_schema=False)

Admin = Annotated[Actor, allow(Role.ADMIN)]
Viewer = Annotated[Actor, allow(Role.ADMIN, Role.LEAD, Role.AUDITOR)]
Word = Annotated[str, Form(max_length=500)]
EMPTY: dict[str, Any] = {
    "source": "投诉举报", "kinds": ["投诉举报"], "sla_days": str(ACCEPT_WITHIN), "open311": "",
    "rate": str(RATE), "burst": str(BURST),
}  # fmt: skip


async def _show(
    request: Request, database: Db, actor: Actor, *, form: dict[str, Any], errors: Errors = (), status: int = 200,
    shown: tuple[str, list[str]] | None = None, probed: tuple[str, Probed] | None = None,
) -> Response:  # fmt: skip
    async with database.transaction() as tx:
        found = [(one, await platforms.keys(tx, one.code, revoked=True)) for one in await platforms.every(tx)]
        paused = await delivery.paused(tx)
    return page(
        request, "trigger/platforms.html", actor=actor, active="trigger", title="来源平台", words=words,
        crumbs=[home(actor), ("来源平台", None)], platforms=found, form=form, errors=errors,
        status=status, shown=shown, probed=probed, paused=paused, may_change=actor.role is Role.ADMIN,
    )  # fmt: skip


@router.get("")
async def show_platforms(request: Request, database: Db, actor: Viewer) -> Response:
    """Every platform and the state of its keys."""
    return await _show(request, database, actor, form=EMPTY)


@router.post("")
async def register(
    request: Request, database: Db, actor: Admin, code: Word = "", name: Word = "", source: Word = "",
    callback_url: Word = "", sla_days: Word = "", kinds: Annotated[list[str] | None, Form()] = None, open311: Word = "",
    rate: Word = str(RATE), burst: Word = str(BURST),
) -> Response:  # fmt: skip
    """Register a platform; the answer is the page that shows its keys, this once."""
    form = {
        "code": code, "name": name, "source": source, "callback_url": callback_url, "sla_days": sla_days,
        "kinds": kinds or [], "open311": open311, "rate": rate, "burst": burst,
    }  # fmt: skip
    command = RegisterPlatform(
        code.strip(), name.strip(), source, kinds or [], callback_url.strip(), _number(sla_days), open311 == "yes",
        _number(rate), _number(burst),
    )  # fmt: skip
    try:
        async with database.transaction() as tx:
            keys = await register_platform(tx, command, request.app.state.vault, actor, now())
    except SunlotError as error:
        return await _show(request, database, actor, form=form, errors=errors_of(error), status=status_of(error)[0])
    return await _show(request, database, actor, form=EMPTY, shown=(command.code, keys))


@router.get("/{code}")
async def show_platform(code: str, request: Request, database: Db, actor: Viewer) -> Response:
    """What is agreed with one platform, the form to change it, and how it was before."""
    return await _one(code, request, database, actor, None, (), 200)


async def _one(
    code: str, request: Request, database: Db, actor: Actor, form: dict[str, Any] | None, errors: Errors, status: int
) -> Response:
    async with database.transaction() as tx:
        platform = await platforms.load(tx, code)
        if platform is None:
            raise NotFound
        changes = await platform_changes.of_platform(tx, code)
    known = {**asdict(platform), "open311": "yes" if platform.open311 else ""}
    return page(
        request, "trigger/platform.html", actor=actor, active="trigger", title=platform.name, words=words,
        crumbs=[home(actor), ("来源平台", "/trigger/platforms"), (platform.name, None)],
        platform=platform, form=form or known, changes=changes, changeable=CHANGEABLE, errors=errors, status=status,
        may_change=actor.role is Role.ADMIN,
    )  # fmt: skip


@router.post("/{code}")
async def change(
    code: str, request: Request, database: Db, actor: Admin, name: Word = "", callback_url: Word = "",
    sla_days: Word = "", kinds: Annotated[list[str] | None, Form()] = None, open311: Word = "",
    rate: Word = str(RATE), burst: Word = str(BURST),
) -> Response:  # fmt: skip
    """Change what is agreed; what was agreed before stays written."""
    form = {
        "name": name, "callback_url": callback_url, "sla_days": sla_days, "kinds": kinds or [], "open311": open311,
        "rate": rate, "burst": burst,
    }  # fmt: skip
    try:
        async with database.transaction() as tx:
            known = await platforms.load(tx, code)
            if known is None:
                raise NotFound
            command = RegisterPlatform(
                code, name.strip(), known.source, kinds or [], callback_url.strip(), _number(sla_days),
                open311 == "yes", _number(rate), _number(burst),
            )  # fmt: skip
            await change_platform(tx, command, actor, now())
    except Invalid as error:
        return await _one(code, request, database, actor, form, errors_of(error), status_of(error)[0])
    return done(f"/trigger/platforms/{code}")


def _number(text: str) -> int:
    """The number that was typed; 0, which every check of these fields refuses, where it was none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


@router.post("/{code}/keys")
async def rotate(code: str, request: Request, database: Db, actor: Admin) -> Response:
    """Issue a new key; the answer is the page that shows it, this once."""
    async with database.transaction() as tx:
        key = await rotate_key(tx, code, request.app.state.vault, actor, now())
    return await _show(request, database, actor, form=EMPTY, shown=(code, [key]))


@router.post("/{code}/test-answer")
async def send_test_answer(code: str, request: Request, database: Db, actor: Admin) -> Response:
    """Try the callback out; the answer is the page that says what came back."""
    try:
        probed = await try_callback(request, database, code)
    except SunlotError as error:
        return await _show(request, database, actor, form=EMPTY, errors=errors_of(error), status=status_of(error)[0])
    return await _show(request, database, actor, form=EMPTY, probed=(code, probed))


@router.post("/{code}/pause")
async def pause(code: str, request: Request, database: Db, actor: Admin, reason: Word = "") -> Response:
    """Stop pushing answers."""
    try:
        async with database.transaction() as tx:
            await pause_platform(tx, code, reason, actor, now())
    except SunlotError as error:
        errors = [(f"reason-{code}", text) for _, text in errors_of(error)]
        return await _show(request, database, actor, form=EMPTY, errors=errors, status=status_of(error)[0])
    return done("/trigger/platforms")


@router.post("/{code}/resume")
async def resume(code: str, database: Db, actor: Admin) -> Response:
    """Push answers again."""
    async with database.transaction() as tx:
        await resume_platform(tx, code, actor, now())
    return done("/trigger/platforms")
