"""Public pages that check a draw: the whole of it in the visitor's browser, and one firm by its code."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from libs.common.http.app import Db
from libs.common.http.auth import Actor, anyone
from libs.common.http.pages import done, page
from services.draw.api.proofs import firm_in_draw
from services.draw.api.public import load_public
from services.draw.domain.commitment import Profile
from services.draw.pages import change_words, words
from services.draw.store.plans import load_task

router = APIRouter(prefix="/public", include_in_schema=False)

Visitor = Annotated[Actor | None, anyone()]
TRAIL = ("抽取复核", "/public/draws")
TONE = {"must_be_drawn": "live", "depends_on_class": "warn"}


@router.get("/draws/{draw_id}/verify")
async def show_verification(draw_id: str, request: Request, database: Db, _: Visitor) -> HTMLResponse:
    """Repeat the draw in the browser."""
    async with database.transaction() as tx:
        record = await load_public(tx, draw_id)
        task = (await load_task(tx, record.draw.task_id)).task
    return page(
        request, "draw/public_check.html", actor=None, active="verify", title="在浏览器中复核",
        crumbs=[TRAIL, (draw_id, f"/public/draws/{draw_id}"), ("在浏览器中复核", None)],
        record=record, draw=record.draw, task=task, masked=record.profile is Profile.MASKED,
        site=request.app.state.settings.public_url,
    )  # fmt: skip


@router.get("/draws/{draw_id}/proof")
async def find_proof(draw_id: str, _: Visitor, uscc: str = "") -> Response:
    """Where the form without JavaScript leads."""
    return done(f"/public/draws/{quote(draw_id, safe='')}/proof/{quote(uscc.strip().upper(), safe='')}")


@router.get("/draws/{draw_id}/proof/{uscc}")
async def show_proof(draw_id: str, uscc: str, request: Request, database: Db, _: Visitor) -> HTMLResponse:
    """Whether one firm had to be drawn, with everything that proves it."""
    async with database.transaction() as tx:
        firm = await firm_in_draw(tx, draw_id, uscc)
    return page(
        request, "draw/public_proof.html", actor=None, active="verify", title="这一户应不应当抽中",
        crumbs=[TRAIL, (draw_id, f"/public/draws/{draw_id}"), (uscc, None)],
        say=change_words, firm=firm, draw=firm.record.draw, document=firm.document(), uscc=uscc, words=words,
        tone=TONE.get(firm.judgement.verdict.value, ""), masked=firm.record.profile is Profile.MASKED,
    )  # fmt: skip
