"""The public log for people: its signed head, its key, its entries, and how to check them."""

import json
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import RowMapping

from libs.common.canonical import sha256_hex
from libs.common.http.app import Db
from libs.common.http.auth import anyone
from libs.common.http.pages import page
from libs.common.web import Column, ListPage, ListQuery
from libs.common.web.export import export_response, in_windows
from services.publicity.api.doors import Config
from services.publicity.domain.log import Kind
from services.publicity.store.log import latest_checkpoint, list_entries
from services.publicity.usecases.read_log import prove_inclusion, read_checkpoint, read_entry

router = APIRouter(prefix="/public/log", include_in_schema=False, dependencies=[anyone()])

COLUMNS = (
    Column("index", "序号", numeric=True, width=8),
    Column("kind", "类别", width=12),
    Column("reference", "对应编号", code=True, width=44),
    Column("at", "记入时间", width=20),
    Column("leaf_hash", "叶子摘要", code=True, width=68),
)


@router.get("")
async def log(request: Request, database: Db, settings: Config) -> Response:
    """The newest checkpoint and the entries, newest first."""
    query = ListQuery.from_params(request.query_params, COLUMNS, filters=("q", "kind"))
    signer = settings.signer
    wanted = {"kind": query.value("kind"), "reference": query.value("q")}

    async def window(limit: int, offset: int) -> Sequence[RowMapping]:
        async with database.transaction() as tx:
            return (await list_entries(tx, **wanted, limit=limit, offset=offset))[0]

    if query.format:
        return await export_response(
            query.format, COLUMNS, (_readable(row) async for row in in_windows(window)), "公开日志"
        )
    async with database.transaction() as tx:
        note = await read_checkpoint(tx, signer)
        newest = await latest_checkpoint(tx)
        rows, total = await list_entries(tx, **wanted, limit=query.limit, offset=query.offset)
    found = [_readable(row) for row in rows]
    return page(
        request,
        "public_log.html",
        actor=None,
        block="list",
        title="公开日志",
        active="log",
        robots="index",
        columns=COLUMNS,
        page=ListPage(found, total, query),
        kinds=[(kind.value, kind.chinese) for kind in Kind],
        note=note,
        size=newest["size"] if newest else 0,
        root=bytes(newest["root"]).hex() if newest else "",
        signed_at=newest["at"] if newest else None,
        verifier_key=str(signer.verifier),
    )


def _readable(row: RowMapping) -> dict[str, Any]:
    return dict(row) | {"kind": Kind(row["kind"]).chinese, "leaf_hash": bytes(row["leaf_hash"]).hex()}


@router.get("/entries/{index}")
async def entry(request: Request, database: Db, settings: Config, index: int) -> Response:
    """One entry with its bytes and the proof under the newest checkpoint."""
    async with database.transaction() as tx:
        row = await read_entry(tx, index)
        note = await read_checkpoint(tx, settings.signer)
        size, root, path = await prove_inclusion(tx, index, _size_of(note))
    text = bytes(row["bytes"]).decode()
    return page(
        request,
        "public_entry.html",
        actor=None,
        title=f"公开日志第 {index} 条",
        active="log",
        crumbs=[("公开日志", "/public/log"), (f"第 {index} 条", None)],
        row=row,
        kind=Kind(row["kind"]),
        text=text,
        document=json.dumps(json.loads(text), ensure_ascii=False, indent=2),
        sha256=sha256_hex(text.encode()),
        leaf=bytes(row["leaf_hash"]).hex(),
        size=size,
        root=root.hex(),
        path=[node.hex() for node in path],
    )


def _size_of(note: str) -> int:
    """The size that a note of our own states."""
    return int(note.split("\n")[1])
