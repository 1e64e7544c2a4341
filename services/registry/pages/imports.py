"""Files by hand: upload, look at what would change, carry out, and the history."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from libs.common import clock
from libs.common.errors import SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor
from libs.common.http.pages import Errors, done, errors_of, page
from libs.common.http.problems import status_of
from libs.common.web import Column, ListPage, ListQuery, export_response
from services.registry.api.imports import Importer, Reader, carry_out, read_upload
from services.registry.domain import item, officer, subject, unit
from services.registry.domain.errors import FileUnreadable, ImportNotFound
from services.registry.domain.importing import SHOWN_ERRORS, FileKind, ImportState
from services.registry.pages.lists import HOME
from services.registry.store import imports
from services.registry.usecases.import_file import HandInFile, hand_in_file

router = APIRouter(prefix="/registry/imports", include_in_schema=False)

COLUMNS = (
    Column("uploaded_at", "时间", sortable=True, width=22),
    Column("kind", "内容"),
    Column("filename", "文件", width=30),
    Column("uploaded_by", "提交人"),
    Column("rows_new", "新增", numeric=True),
    Column("rows_changed", "变更", numeric=True),
    Column("rows_unchanged", "未变", numeric=True),
    Column("error_count", "错误", numeric=True),
    Column("state", "状态"),
)
ERROR_COLUMNS = (
    Column("row", "行", numeric=True, width=8),
    Column("column", "列", width=20),
    Column("detail", "如何修改", width=80),
)
TEMPLATES = {
    FileKind.SUBJECTS: subject.COLUMNS,
    FileKind.OFFICERS: officer.COLUMNS,
    FileKind.ITEMS: item.COLUMNS,
    FileKind.UNITS: unit.COLUMNS,
}
TONES = {ImportState.PREVIEWED: "warn", ImportState.APPLIED: "good", ImportState.REFUSED: "bad"}


@router.get("")
async def history(request: Request, database: Db, actor: Reader) -> Response:
    """The form and what was handed in before."""
    return await _history(request, database, actor)


async def _history(
    request: Request, database: Db, actor: Actor, errors: Errors = (), status: int = 200, kind: str = "subjects"
) -> Response:
    query = ListQuery.from_params(
        request.query_params, COLUMNS, filters=("kind", "state"), default_sort="-uploaded_at", per_page=20
    )
    async with database.transaction() as tx:
        reports, total = await imports.list_imports(tx, query, every=bool(query.format))
    if query.format:
        rows = [
            [one.uploaded_at, one.kind.chinese, one.filename, one.uploaded_by, one.rows_new, one.rows_changed,
             one.rows_unchanged, one.error_count, one.state.chinese]
            for one in reports
        ]  # fmt: skip
        return await export_response(query.format, COLUMNS, rows, "导入历史")
    return page(
        request, "imports.html", actor=actor, block="list", status=status, title="名录导入", active="registry",
        crumbs=[HOME, ("名录导入", None)], columns=COLUMNS, page=ListPage(reports, total, query), tones=TONES,
        kinds=[(one.value, one.chinese) for one in FileKind], kind=kind, errors=errors,
        states=[(one.value, one.chinese) for one in ImportState],
    )  # fmt: skip


@router.post("")
async def upload(
    request: Request,
    database: Db,
    actor: Importer,
    kind: Annotated[str, Form(max_length=20)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Read the file and show what it would change."""
    try:
        if kind not in set(FileKind) or file is None or not file.filename:
            raise FileUnreadable("请选择要导入的内容和文件。")
        content, parsed = await read_upload(FileKind(kind), file)
        async with database.transaction() as tx:
            command = HandInFile(FileKind(kind), file.filename, content, parsed)
            report = await hand_in_file(tx, command, actor, clock.now())
    except SunlotError as error:
        told = errors_of(error) if error.fields else [("file", error.detail)]
        listed = [("file", text) for _, text in told]
        return await _history(request, database, actor, listed, status_of(error)[0], kind)
    return done(f"/registry/imports/{report.import_id}")


@router.get("/template/{kind}")
async def template(kind: FileKind, _: Reader) -> Response:
    """An empty file with the right headers."""
    columns = [Column(key, words[0], width=22) for key, words in TEMPLATES[kind].names.items()]
    return await export_response("xlsx", columns, [], f"{kind.chinese}导入模板")


@router.get("/{import_id}")
async def result(request: Request, database: Db, import_id: UUID, actor: Reader) -> Response:
    """What came of a file, or would."""
    return await _result(request, database, import_id, actor)


async def _result(
    request: Request, database: Db, import_id: UUID, actor: Actor, errors: Errors = (), status: int = 200
) -> Response:
    async with database.transaction() as tx:
        report = await imports.load_import(tx, import_id)
    if report is None:
        raise ImportNotFound
    return page(
        request, "import.html", actor=actor, status=status, title=f"导入{report.kind.chinese}", active="registry",
        crumbs=[HOME, ("名录导入", "/registry/imports"), (report.filename, None)], report=report, errors=errors,
        tone=TONES[report.state], shown=SHOWN_ERRORS,
    )  # fmt: skip


@router.get("/{import_id}/errors")
async def error_sheet(database: Db, import_id: UUID, _: Reader) -> Response:
    """The errors and doubts as a sheet, to mend the file by."""
    async with database.transaction() as tx:
        report = await imports.load_import(tx, import_id)
    if report is None:
        raise ImportNotFound
    rows = [[error.row, error.field, error.message] for error in (*report.errors, *report.warnings)]
    return await export_response("xlsx", ERROR_COLUMNS, rows, "导入错误清单")


@router.post("/{import_id}/apply")
async def apply(
    request: Request,
    database: Db,
    import_id: UUID,
    actor: Importer,
    accept_warnings: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Carry out what was previewed."""
    try:
        await carry_out(database, import_id, bool(accept_warnings), actor)
    except SunlotError as error:
        told = [("accept_warnings", error.detail)]
        return await _result(request, database, import_id, actor, told, status_of(error)[0])
    return done(f"/registry/imports/{import_id}")
