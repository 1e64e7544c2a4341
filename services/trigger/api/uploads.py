"""Clerks' files for programs: handed in, looked at, confirmed, and how far they are."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from libs.common.clock import now
from libs.common.db import Database
from libs.common.errors import NotFound
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.sheets import LARGEST, find_sheet
from libs.common.web import Column, ListPage, ListQuery
from libs.common.web.export import export_response
from services.trigger.domain.errors import UploadDecided
from services.trigger.domain.upload import read_row
from services.trigger.domain.upload_columns import KINDS
from services.trigger.domain.upload_table import Table, read_table
from services.trigger.store import lists, uploads
from services.trigger.store.vault import Vault
from services.trigger.usecases.upload_file import (
    HandIn,
    Reckoned,
    around_of,
    confirm_upload,
    drop_upload,
    hand_in_file,
    handed_in_before,
    keep_preview,
    name_columns,
    own_upload,
    reckon,
)

router = APIRouter(prefix="/trigger/api/v1/uploads", tags=["文件导入"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.UNIT, Role.AUDITOR)]
Clerk = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

COLUMNS = (
    Column("uploaded_at", "上传时间", sortable=True, width=20),
    Column("kind", "内容", sortable=True, width=24),
    Column("platform", "来源平台", sortable=True, width=20),
    Column("account_name", "上传人"),
    Column("total", "数据行", sortable=True, numeric=True),
    Column("new", "新登记", sortable=True, numeric=True),
    Column("known", "先前已收到", sortable=True, numeric=True),
    Column("faulty", "有问题", sortable=True, numeric=True),
    Column("state", "状态", sortable=True),
)
FILTERS = ("kind", "platform", "state")


class Told(BaseModel):
    """一处问题，不重复单元格的内容。"""

    row: Annotated[int, Field(description="文件中的行号")]
    column: Annotated[str, Field(description="内容名称")]
    detail: Annotated[str, Field(description="如何修改")]
    faulty: Annotated[bool, Field(description="true 不导入，false 导入后由人工核对")]


class UploadView(BaseModel):
    """一个文件及其进度，不含文件内容。"""

    upload_id: str
    kind: Annotated[str, Field(description="complaint 工单，monitoring 网络监测，referral 转办交办")]
    platform: str
    state: Annotated[
        str,
        Field(description="previewed 待确认，waiting、running 导入中，done 已完成，failed 未能完成，dropped、expired"),
    ]
    total: Annotated[int, Field(description="数据行数")]
    done: Annotated[int, Field(description="已处理的行数，等于 new + known + faulty")]
    new: Annotated[int, Field(description="新登记的线索")]
    known: Annotated[int, Field(description="先前已收到，未改动")]
    faulty: Annotated[int, Field(description="有问题，未导入")]
    doubtful: Annotated[int, Field(description="新登记的线索中需人工核对的")]
    expected: Annotated[dict[str, int], Field(description="确认前核对的结果：new、known、faulty、doubtful")]
    told: Annotated[list[Told], Field(description="核对时发现的前 200 处问题")]
    uploaded_at: datetime
    account_name: Annotated[str, Field(description="上传人")]


class Fields(BaseModel):
    """各列的内容。"""

    fields: Annotated[
        list[Annotated[str, Field(max_length=40)]],
        Field(max_length=80, description="按文件中列的顺序，每列一个内容名，如 order_id；空为不导入"),
    ]


def view(found: RowMapping) -> UploadView:
    """A file as programs see it."""
    told = dict(found["preview"])
    lines = told.pop("told", [])
    names = set(UploadView.model_fields) - {"expected", "told"}
    return UploadView(
        **{name: found[name] for name in names},
        expected=told,
        told=[Told(row=row, column=column, detail=detail, faulty=faulty) for row, column, detail, faulty in lines],
    )


async def take_upload(
    database: Database, vault: Vault, reading: asyncio.Lock, actor: Actor, kind: str, platform: str, file: UploadFile
) -> str:
    """Read the file, keep it sealed, and reckon what would come of it; its id. Raises SheetUnreadable, Invalid."""
    content = await file.read(LARGEST + 1)
    mark = await asyncio.to_thread(vault.mark, content)
    async with database.transaction() as tx:
        same = await handed_in_before(tx, kind, platform, mark, actor)
    if same is not None:
        return same
    # A file of 200 000 rows takes a gigabyte while it is read: one at a time.
    async with reading:
        with _uncollected():
            table = await asyncio.to_thread(_read, content, kind)
            command = HandIn(kind, platform, file.filename or "文件", mark, table)
            async with database.transaction() as tx:
                upload_id = await hand_in_file(tx, command, vault, actor, now())
            del table, command
    await reckon_upload(database, vault, upload_id)
    return upload_id


@contextmanager
def _uncollected() -> Iterator[None]:
    """Meanwhile nobody looks for cycles: among a million cells that stops every thread for a second, and finds none."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _read(content: bytes, kind: str) -> Table:
    return read_table(find_sheet(content, KINDS[kind].headers), kind)


async def reckon_upload(database: Database, vault: Vault, upload_id: str) -> None:
    """Reckon what would come of a file that waits to be confirmed, off the event loop."""
    async with database.transaction() as tx:
        found = await uploads.load(tx, upload_id)
        if found is None or found["state"] != uploads.PREVIEWED:
            return
        around = await around_of(tx, found, now())
    reckoned, number = Reckoned(), 0
    while True:
        async with database.transaction() as tx:
            lines = await uploads.portion_of(tx, vault, upload_id, number)
        if not lines:
            break
        await asyncio.to_thread(reckon, lines, found["platform"], found["mapping"], around, reckoned)
        number += 1
    async with database.transaction() as tx:
        await keep_preview(tx, upload_id, reckoned)


async def error_sheet(database: Database, vault: Vault, upload_id: str, actor: Actor) -> Response:
    """The rows that were not taken (or would not be) as they stand in the file, with what is wrong."""
    async with database.transaction() as tx:
        found = await own_upload(tx, upload_id, actor)
        headers = await uploads.opened(tx, vault, upload_id, uploads.HEADER)
        if headers is None:
            raise UploadDecided("有问题的行已按保存期限清除，请重新上传文件。")
    columns = [
        Column("row", "行号", numeric=True, width=8),
        *(Column(f"c{place}", header or f"第 {place + 1} 列", width=20) for place, header in enumerate(headers)),
        Column("why", "问题", width=60),
    ]
    rows = _faulty_rows(database, vault, found, len(headers))
    return await export_response("xlsx", columns, rows, "有问题的行")


async def _faulty_rows(database: Database, vault: Vault, found: RowMapping, width: int) -> AsyncIterator[list[Any]]:
    upload_id, kind = found["upload_id"], KINDS[found["kind"]]
    if found["state"] != uploads.PREVIEWED:
        after = 0
        while True:
            async with database.transaction() as tx:
                kept = await uploads.faulty_of(tx, vault, upload_id, after)
            for one in kept:
                yield [one.number, *_wide(one.cells, width), one.why]
            if not kept:
                return
            after = kept[-1].number
    async with database.transaction() as tx:
        around = await around_of(tx, found, now())
    number = 0
    while True:
        async with database.transaction() as tx:
            lines = await uploads.portion_of(tx, vault, upload_id, number)
        if not lines:
            return
        for line in lines:
            row = read_row(line.cells, found["mapping"], around)
            if row.entry is None:
                why = "；".join(f"{kind.label(one.field)}：{one.message}" for one in row.faults)
                yield [line.number, *_wide(line.cells, width), why]
        number += 1


def _wide(cells: list[Any], width: int) -> list[Any]:
    return [*cells[:width], *[""] * (width - len(cells))]


@router.post("", status_code=201)
async def hand_in(
    request: Request,
    database: Db,
    actor: Clerk,
    kind: Annotated[Literal["complaint", "monitoring", "referral"], Form(description="文件内容")],
    platform: Annotated[str, Form(max_length=60, description="来源平台编号；本部门登记为 office")],
    file: Annotated[UploadFile, File(description="XLSX、XLS、ODS 或 CSV（UTF-8、GBK），不超过 20 MB、20 万行")],
) -> UploadView:
    """上传文件并核对，确认前不导入；同一文件重复上传返回先前的结果。文件内容加密保存，至多 24 小时。"""
    state = request.app.state
    upload_id = await take_upload(database, state.vault, state.reading, actor, kind, platform, file)
    async with database.transaction() as tx:
        found = await uploads.load(tx, upload_id)
    assert found is not None  # noqa: S101 - just saved
    return view(found)


@router.get("")
async def list_uploads(request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """上传过的文件（kind、platform、state 筛选），新的在前。"""
    query = ListQuery.from_params(request.query_params, COLUMNS, filters=FILTERS)
    async with database.transaction() as tx:
        found: ListPage[lists.Row] = await lists.page_of(tx, uploads.seen_by(actor, query), query)
    return {"total": found.total, "page": query.page, "pages": found.pages, "items": found.rows}


@router.get("/{upload_id}")
async def get_upload(upload_id: str, database: Db, actor: Reader) -> UploadView:
    """一个文件的核对结果和导入进度。"""
    async with database.transaction() as tx:
        found = await uploads.load(tx, upload_id)
    if found is None:
        raise NotFound
    actor.must_see(found["county"])
    return view(found)


@router.put("/{upload_id}/columns")
async def set_columns(upload_id: str, fields: Fields, request: Request, database: Db, actor: Clerk) -> UploadView:
    """说明各列的内容并重新核对；确认导入后，同一平台下次上传时自动套用。"""
    vault = request.app.state.vault
    async with database.transaction() as tx:
        await name_columns(tx, upload_id, fields.fields, vault, actor)
    await reckon_upload(database, vault, upload_id)
    return await get_upload(upload_id, database, actor)


@router.post("/{upload_id}/confirm")
async def confirm(upload_id: str, request: Request, database: Db, actor: Clerk) -> UploadView:
    """确认导入，在后台进行；重复确认不改变任何内容。"""
    async with database.transaction() as tx:
        await confirm_upload(tx, upload_id, request.app.state.vault, actor, now())
    return await get_upload(upload_id, database, actor)


@router.post("/{upload_id}/drop", status_code=204)
async def drop(upload_id: str, database: Db, actor: Clerk) -> None:
    """放弃导入，立即清除文件内容。"""
    async with database.transaction() as tx:
        await drop_upload(tx, upload_id, actor, now())


@router.get(
    "/{upload_id}/errors",
    response_class=Response,
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}, "description": "XLSX"}},
)
async def get_errors(upload_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """有问题的行（XLSX，原样各列加“问题”列），只供上传人下载，处理完成后保存 24 小时。"""
    return await error_sheet(database, request.app.state.vault, upload_id, actor)
