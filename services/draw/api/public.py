"""What anybody may fetch to repeat a draw: the list, certificate, pool, officers and the verifier."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.canonical import sha256_hex
from libs.common.clock import now
from libs.common.db.database import Database
from libs.common.db.transaction import Transaction
from libs.common.http.app import Db
from libs.common.http.auth import anyone
from libs.common.web import ListQuery
from services.draw.api import shapes
from services.draw.store import lists
from services.draw.store.draws import (
    DrawRecord,
    DrawUnknown,
    NotYetPublic,
    certificate_bytes,
    load_draw,
    roster_bytes,
)
from services.draw.store.long_lists import part_of_file
from services.draw.store.sheets import published_sheet

router = APIRouter(prefix="/public", tags=["公开复核"], dependencies=[anyone()])

VERIFIER = Path(__file__).parents[1] / "public" / "verify.py"
# A published file never changes, so that anybody may keep it.
FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}


class StillSealed(NotYetPublic):
    """The list of a sealed draw is kept until the inspections have ended."""

    detail = "本次抽取密封中，名单、种子和凭证在检查结束后公开。"


async def load_public(tx: Transaction, draw_id: str) -> DrawRecord:
    """The draw as everybody may see it, sealed things left out. Raises DrawUnknown before it is committed."""
    record = await load_draw(tx, draw_id)
    if record.draw.commitment is None:
        raise DrawUnknown
    return replace(record, draw=record.draw.public_view())


async def published_certificate(tx: Transaction, draw_id: str) -> bytes:
    """certificate.json for everybody. Raises StillSealed before the seal is opened, NotYetPublic before the result."""
    if (await load_public(tx, draw_id)).draw.sealed:
        raise StillSealed
    return await certificate_bytes(tx, draw_id)


@router.get("/draws.json")
async def list_draws(request: Request, database: Db) -> list[dict[str, Any]]:
    """历次抽取，含中止的（county、state 筛选；page、per_page 翻页）。"""
    query = ListQuery.from_params(request.query_params, shapes.DRAW_COLUMNS, filters=("county", "state"), per_page=200)
    async with database.transaction() as tx:
        page = await lists.page_of(tx, lists.draws_of_public(query), query)
    return [shapes.plain(row) for row in page]


@router.get("/draws/{draw_id}/certificate.json")
async def get_certificate(draw_id: str, database: Db) -> Response:
    """抽取凭证的最新一版；各版另有 certificate-1.json、certificate-2.json……"""
    async with database.transaction() as tx:
        document = await published_certificate(tx, draw_id)
    # Another edition may come: ask again, and get nothing when it is the same.
    headers = {"cache-control": "no-cache", "etag": f'"{sha256_hex(document)}"'}
    return Response(document, media_type="application/json", headers=headers)


@router.get("/draws/{draw_id}/pool.tsv")
async def get_pool(draw_id: str, database: Db) -> Response:
    """待抽名录，每行一户。"""
    async with database.transaction() as tx:
        record = await load_public(tx, draw_id)
    return StreamingResponse(
        _pool(database, record), media_type="text/tab-separated-values; charset=utf-8", headers=FOR_EVER
    )


async def _pool(database: Database, record: DrawRecord) -> AsyncIterator[bytes]:
    """Sheet by sheet, each in a transaction of its own: whoever reads slowly holds nothing open."""
    number = 0
    while True:
        async with database.transaction() as tx:
            sheet = await published_sheet(tx, record.draw.pool_id, number, record.master)
        if sheet is None:
            return
        yield sheet
        number += 1


@router.get("/draws/{draw_id}/{name}.tsv")
async def get_long_list(draw_id: str, name: Literal["selected", "assignments"], database: Db) -> Response:
    """超过五万户的入选名单 selected.tsv、派员名单 assignments.tsv；不足五万户时名单在凭证之内。"""
    async with database.transaction() as tx:
        await published_certificate(tx, draw_id)
        await part_of_file(tx, draw_id, f"{name}.tsv", 0)
    return StreamingResponse(
        _file(database, draw_id, f"{name}.tsv"),
        media_type="text/tab-separated-values; charset=utf-8",
        headers=FOR_EVER,
    )


async def _file(database: Database, draw_id: str, name: str) -> AsyncIterator[bytes]:
    number = 0
    while True:
        async with database.transaction() as tx:
            part = await part_of_file(tx, draw_id, name, number)
        if part is None:
            return
        yield part
        number += 1


@router.get("/draws/{draw_id}/officers.json")
async def get_officers(draw_id: str, database: Db) -> Response:
    """执法检查人员名录（公开编号）及回避关系。"""
    async with database.transaction() as tx:
        document = await roster_bytes(tx, draw_id)
    return Response(document, media_type="application/json", headers=FOR_EVER)


@router.get("/draws/{draw_id}.json")
async def get_draw(draw_id: str, database: Db) -> dict[str, Any]:
    """一次抽取的公开状态。"""
    async with database.transaction() as tx:
        return shapes.public_draw(await load_public(tx, draw_id), now())


@router.get("/verify.py")
async def get_verifier() -> Response:
    """独立复核程序，一个文件，只用 Python 标准库。"""
    return Response(VERIFIER.read_bytes(), media_type="text/x-python; charset=utf-8")
