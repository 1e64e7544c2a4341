"""Pages for a firm's own salt: handed out over the counter with a slip; the auditor's master and private pool."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

import segno
from fastapi import APIRouter, Form, Request
from fastapi.responses import Response, StreamingResponse
from markupsafe import Markup

from libs.common.clock import now
from libs.common.db.database import Database
from libs.common.errors import NotFound, SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import Errors, done, errors_of, page
from libs.common.http.problems import status_of
from libs.common.reference import county_name
from libs.common.web import Column, ListQuery
from libs.common.web.export import export_response
from services.draw.domain.verdict import Threshold
from services.draw.pages import words
from services.draw.pages.inside import TRAIL
from services.draw.pages.windows import exported
from services.draw.store import lists
from services.draw.store.draws import DrawRecord, certificate_bytes, load_draw
from services.draw.store.plans import load_task
from services.draw.store.portions import PORTION_PAGES, pool_portion
from services.draw.store.secrets import handed_seen_by, views_of
from services.draw.usecases.hand_out_salt import NothingMasked, hand_out, note_view, slip_of

router = APIRouter(prefix="/draw/draws/{draw_id}", include_in_schema=False)

Reader = Annotated[Actor, allow(Role.LEAD, Role.UNIT, Role.AUDITOR)]
Giver = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]
Auditor = Annotated[Actor, allow(Role.AUDITOR)]
Text = Annotated[str, Form(max_length=400)]

COLUMNS = (
    Column("n", "序号", numeric=True),
    Column("uscc", "统一社会信用代码", code=True, width=22),
    Column("name", "检查对象", width=36),
    Column("county", "县区"),
    Column("given_to", "领取人", width=24),
    Column("identity", "身份核对", width=36),
    Column("by_name", "经办人"),
    Column("at", "时间", width=20),
)


@router.get("/salts")
async def show_salts(draw_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """Whose salts were handed out, to whom, by whom; and the form to hand one out."""
    return await _salts(draw_id, request, database, actor)


async def _salts(
    draw_id: str, request: Request, database: Db, actor: Actor, errors: Errors = (), status: int = 200,
    given: tuple[str, str, str] = ("", "", ""),
) -> Response:  # fmt: skip
    query = ListQuery.from_params(request.query_params, COLUMNS, filters=("q", "uscc"))
    async with database.transaction() as tx:
        record = await load_draw(tx, draw_id)
        if record.master is None:
            raise NothingMasked
        task = (await load_task(tx, record.draw.task_id)).task
        found = await lists.page_of(tx, handed_seen_by(actor, draw_id, query), query)
        views = await views_of(tx, draw_id) if actor.role is Role.AUDITOR else []
    if query.format:
        handed = exported(database, handed_seen_by(actor, draw_id, query), query)
        rows = ({**row, "county": county_name(row["county"])} async for row in handed)
        return await export_response(query.format, COLUMNS, rows, f"盐值领取记录 {draw_id}")
    return page(
        request, "draw/salts.html", actor=actor, active="draw", status=status, errors=errors, title="盐值领取",
        page=found, columns=COLUMNS, draw=record.draw, task=task, views=views,
        given=given if any(given) else (query.value("uscc"), "", ""),
        crumbs=[TRAIL, (task.task_id, f"/draw/tasks/{task.task_id}"), (draw_id, f"/draw/draws/{draw_id}"),
                ("盐值领取", None)],
    )  # fmt: skip


@router.post("/salts")
async def give(
    draw_id: str, request: Request, database: Db, actor: Giver,
    uscc: Text = "", given_to: Text = "", identity: Text = "",
) -> Response:  # fmt: skip
    """Record the handing out and show its slip."""
    try:
        async with database.transaction() as tx:
            n = await hand_out(tx, draw_id, uscc, given_to, identity, actor, now())
    except SunlotError as error:
        if isinstance(error, NotFound) and type(error).__name__ != "NotInPool":
            raise
        shown = [("uscc", error.detail)] if isinstance(error, NotFound) else errors_of(error)
        given = (uscc, given_to, identity)
        return await _salts(draw_id, request, database, actor, shown, status_of(error)[0], given)
    return done(f"/draw/draws/{draw_id}/salts/{n}")


@router.get("/salts/{n}")
async def show_slip(draw_id: str, n: int, request: Request, database: Db, actor: Reader) -> Response:
    """The slip for the firm, to be printed; each look is kept."""
    async with database.transaction() as tx:
        record = await load_draw(tx, draw_id)
        thresholds = []
        if record.draw.published:
            certificate = json.loads(await certificate_bytes(tx, draw_id))
            thresholds = [Threshold(part["stratum"], part["threshold"]) for part in certificate["strata"]]
        slip = await slip_of(tx, draw_id, n, thresholds, actor, now())
    address = f"{request.app.state.settings.public_url}/public/draws/{draw_id}/verify"
    qr = Markup(segno.make(address, error="m").svg_inline(scale=3))  # noqa: S704 - made here, of our own address
    return page(
        request, "draw/slip.html", actor=actor, title="盐值告知单", slip=slip, draw=slip.record.draw, words=words,
        address=address, qr=qr, site=request.app.state.settings.public_url,
    )  # fmt: skip


async def _record(database: Database, draw_id: str, what: str, actor: Actor) -> tuple[DrawRecord, bytes]:
    """The draw and its master, the look at it kept. Raises NothingMasked."""
    async with database.transaction() as tx:
        record = await load_draw(tx, draw_id)
        if record.master is None:
            raise NothingMasked
        await note_view(tx, draw_id, what, actor, now())
    return record, record.master


@router.get("/master.hex")
async def get_master(draw_id: str, database: Db, actor: Auditor) -> Response:
    """The secret that opens every masked row, as verify.py --private reads it; each download is kept."""
    _, master = await _record(database, draw_id, "主密钥", actor)
    headers = {"cache-control": "private, no-store", "content-disposition": 'attachment; filename="master.hex"'}
    return Response(master.hex() + "\n", media_type="text/plain", headers=headers)


@router.get("/pool.private.tsv")
async def get_private_pool(draw_id: str, database: Db, actor: Auditor) -> Response:
    """The pool with its classes, as verify.py --private reads it; each download is kept."""
    record, _ = await _record(database, draw_id, "私有名录", actor)
    headers = {"cache-control": "private, no-store", "content-disposition": 'attachment; filename="pool.private.tsv"'}
    kind = "text/tab-separated-values; charset=utf-8"
    return StreamingResponse(_pages(database, record), media_type=kind, headers=headers)


async def _pages(database: Database, record: DrawRecord) -> AsyncIterator[bytes]:
    for number in range(-(-record.pool.pages // PORTION_PAGES)):
        async with database.transaction() as tx:
            pages = await pool_portion(tx, record.draw.pool_id, number)
        yield await asyncio.to_thread(b"".join, pages)
