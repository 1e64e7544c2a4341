"""Files for programs: handed in and carried out in one call, or previewed."""

import asyncio
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile
from pydantic import BaseModel, Field

from libs.common import clock
from libs.common.db.database import Database
from libs.common.http.app import Db
from libs.common.http.auth import CITY, Actor, Role, allow
from libs.common.sheets import LARGEST
from libs.common.web.tables import ListQuery
from services.registry.api.listing import Listed, PageNumber, PerPage
from services.registry.domain.errors import ImportNotFound
from services.registry.domain.importing import SHOWN_ERRORS, FileKind, ImportReport, ImportState
from services.registry.domain.table import Parsed
from services.registry.store import imports
from services.registry.usecases.import_file import ApplyImport, HandInFile, apply_import, hand_in_file, refusal
from services.registry.usecases.read_file import parse_file

router = APIRouter(prefix="/registry/api/v1/imports", tags=["名录导入"])

Importer = Annotated[Actor, allow(Role.LEAD, Role.ADMIN)]


async def _whole_city(actor: Annotated[Actor, allow(Role.LEAD, Role.ADMIN, Role.AUDITOR)]) -> Actor:
    """A file holds every county's rows: a county's auditor has no business there."""
    actor.must_see(CITY)
    return actor


Reader = Annotated[Actor, Depends(_whole_city)]


class RowError(BaseModel):
    """What is wrong in a row."""

    row: int | None = Field(description="文件中的行号，从 1 起")
    column: str = Field(description="列名")
    detail: str = Field(description="如何修改")


class ImportView(BaseModel):
    """What came of a file."""

    import_id: UUID
    kind: FileKind
    filename: str
    sha256: str
    state: ImportState = Field(description="previewed 待确认，applied 已导入，refused 有错误")
    rows_total: int
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    error_count: int
    errors: list[RowError] = Field(description="前 200 处")
    warning_count: int
    warnings: list[RowError]
    uploaded_at: datetime
    uploaded_by: str
    applied_at: datetime | None
    applied_by: str


def view(report: ImportReport) -> ImportView:
    """A report as programs see it."""
    told: dict[str, Any] = {
        name: getattr(report, name) for name in ImportView.model_fields if name not in {"errors", "warnings"}
    }
    for name in ("errors", "warnings"):
        listed = getattr(report, name)[:SHOWN_ERRORS]
        told[name] = [RowError(row=error.row, column=error.field, detail=error.message) for error in listed]
    return ImportView(**told)


async def read_upload(kind: FileKind, file: UploadFile) -> tuple[bytes, Parsed[Any]]:
    """The bytes of an upload and what they say; parsed off the event loop. Raises FileUnreadable."""
    content = await file.read(LARGEST + 1)
    return content, await asyncio.to_thread(parse_file, kind, content)


async def carry_out(database: Database, import_id: UUID, accept_warnings: bool, actor: Actor) -> ImportReport:
    """Carry out what was previewed, from the file as it was kept."""
    async with database.transaction() as tx:
        report = await imports.load_import(tx, import_id)
        if report is None:
            raise ImportNotFound
        content = await imports.content_of(tx, import_id)
    parsed = await asyncio.to_thread(parse_file, report.kind, content)
    async with database.transaction() as tx:
        return await apply_import(tx, ApplyImport(import_id, parsed, accept_warnings), actor, clock.now())


@router.post("/{kind}", status_code=201)
async def hand_in(
    database: Db,
    kind: FileKind,
    file: Annotated[UploadFile, File(description="CSV（UTF-8 或 GBK）、XLSX、XLS、ODS，不超过 20 MB")],
    response: Response,
    actor: Importer,
    preview: Annotated[bool, Form(description="true：只比对，不导入")] = False,
    accept_warnings: Annotated[bool, Form(description="true：校验位不符等已人工核对，照此导入")] = False,
) -> ImportView:
    """导入整个文件；有一处错误则一行都不导入（422，指明行和列）。同一文件重复导入返回 200，不改变任何内容。"""
    content, parsed = await read_upload(kind, file)
    now = clock.now()
    async with database.transaction() as tx:
        report = await hand_in_file(tx, HandInFile(kind, file.filename or kind.value, content, parsed), actor, now)
    if report.state is ImportState.REFUSED:
        raise refusal(report.errors, report.error_count)
    if preview or report.state is ImportState.APPLIED:
        response.status_code = 200
        return view(report)
    async with database.transaction() as tx:
        report = await apply_import(tx, ApplyImport(report.import_id, parsed, accept_warnings), actor, now)
    return view(report)


@router.post("/{import_id}/apply")
async def apply(
    database: Db,
    import_id: UUID,
    actor: Importer,
    accept_warnings: Annotated[bool, Form(description="true：已人工核对，照此导入")] = False,
) -> ImportView:
    """执行已预览的导入；重复执行不改变任何内容。"""
    return view(await carry_out(database, import_id, accept_warnings, actor))


@router.get("")
async def listing(database: Db, _: Reader, page: PageNumber = 1, per_page: PerPage = 50) -> Listed[ImportView]:
    """导入历史，新的在前；不含逐行错误。"""
    query = ListQuery(sort="uploaded_at", descending=True, page=page, per_page=per_page)
    async with database.transaction() as tx:
        reports, total = await imports.list_imports(tx, query)
    return Listed(total=total, page=page, per_page=per_page, rows=[view(report) for report in reports])


@router.get("/{import_id}")
async def one(database: Db, import_id: UUID, _: Reader) -> ImportView:
    """一次导入的结果。"""
    async with database.transaction() as tx:
        report = await imports.load_import(tx, import_id)
    if report is None:
        raise ImportNotFound
    return view(report)
