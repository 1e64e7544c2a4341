"""The public pages of the draw: every attempt, and how to repeat it."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from libs.common.clock import now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, anyone
from libs.common.http.pages import page
from libs.common.http.problems import wants_json
from libs.common.reference import county_name
from libs.common.web import ListQuery
from libs.common.web.export import export_response
from services.draw.api import public as api
from services.draw.api.editions import later
from services.draw.api.shapes import DRAW_COLUMNS
from services.draw.domain.commitment import parse_utc
from services.draw.domain.draw import BEFORE_RESULT, DrawState
from services.draw.pages import change_words, words
from services.draw.pages import sources as seeds
from services.draw.pages.windows import exported
from services.draw.store import lists
from services.draw.store.long_lists import SHOWN, drawn_in, selected_of
from services.draw.store.plans import load_task
from services.draw.store.reference import items_by_code, subjects_by_code

router = APIRouter(prefix="/public", include_in_schema=False)

Visitor = Annotated[Actor | None, anyone()]
TRAIL = ("抽取复核", "/public/draws")


def overdue(row: Any) -> bool:
    """Whether a committed attempt has passed its deadline without a result (`sunlot-draw/1`, section 7)."""
    open_still = DrawState(row["state"]) in BEFORE_RESULT
    return open_still and now() > parse_utc(row["result_deadline"])


@router.get("/draws")
async def show_draws(request: Request, database: Db, _: Visitor) -> Response:
    """Every committed attempt."""
    if wants_json(request):
        from_api = await api.list_draws(request, database)
        return Response(json.dumps(from_api, ensure_ascii=False), media_type="application/json")
    query = ListQuery.from_params(request.query_params, DRAW_COLUMNS, filters=("county", "state"))
    if query.format:
        rows = (
            {
                **row,
                "county": county_name(row["county"]),
                "state": words.draw_state(row["state"], overdue=overdue(row))[0],
            }
            async for row in exported(database, lists.draws_of_public(query), query)
        )
        return await export_response(query.format, DRAW_COLUMNS, rows, "历次抽取")
    async with database.transaction() as tx:
        found = await lists.page_of(tx, lists.draws_of_public(query), query)
    return page(
        request, "draw/public_draws.html", actor=None, block="list", active="verify", title="历次抽取",
        crumbs=[], page=found, columns=DRAW_COLUMNS, words=words, overdue=overdue,
    )  # fmt: skip


@router.get("/draws/{draw_id}")
async def show_draw(draw_id: str, request: Request, database: Db, _: Visitor) -> Response:
    """One attempt: commitment, seed, result, and the commands that check it."""
    if wants_json(request):
        return Response(
            json.dumps(await api.get_draw(draw_id, database), ensure_ascii=False), media_type="application/json"
        )
    async with database.transaction() as tx:
        record = await api.load_public(tx, draw_id)
        task = (await load_task(tx, record.draw.task_id)).task
        items = await items_by_code(tx, task.items)
        certificate, names, drawn = None, {}, 0
        if record.draw.published:
            certificate = json.loads(await api.published_certificate(tx, draw_id))
            drawn, certificate["selected"] = drawn_in(certificate), await selected_of(tx, draw_id, certificate, SHOWN)
            names = await subjects_by_code(tx, [row[0] for row in certificate["selected"]])
        edition_rows, fresh_draws = await later(tx, record)
        named = {uscc for one in edition_rows for uscc in one.entry.subjects}
        names |= await subjects_by_code(tx, sorted(named - set(names)))
    conditions = [words.condition(one.document(), county_name) for one in task.filter]
    return page(
        request, "draw/public_draw.html", actor=None, active="verify", title=task.title, words=words,
        crumbs=[TRAIL, (draw_id, None)], record=record, draw=record.draw, task=task, items=items,
        conditions=conditions, certificate=certificate, drawn=drawn, names=names, say=change_words,
        edition_rows=edition_rows, fresh_draws=fresh_draws, seeds=seeds,
        relay=request.app.state.settings.beacon_url,
        site=request.app.state.settings.public_url,
    )  # fmt: skip


@router.get("/verify")
async def show_verify(request: Request, _: Visitor) -> Response:
    """How anybody repeats a draw."""
    return page(
        request, "draw/public_verify.html", actor=None, active="verify", title="抽取复核", crumbs=[],
        site=request.app.state.settings.public_url,
    )  # fmt: skip
