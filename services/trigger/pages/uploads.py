"""Files by hand: upload, say what the columns are, look at what would come of them, confirm, and see the progress."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import Response

from libs.common.clock import now
from libs.common.errors import NotFound, SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role
from libs.common.http.pages import Errors, done, errors_of, page
from libs.common.http.problems import status_of
from libs.common.web import ListQuery
from libs.common.web.export import export_response
from services.trigger.api.uploads import (
    COLUMNS,
    FILTERS,
    Clerk,
    Reader,
    error_sheet,
    reckon_upload,
    take_upload,
)
from services.trigger.domain.entry import COMPLAINT
from services.trigger.domain.errors import UploadDecided
from services.trigger.domain.upload import Row, read_row
from services.trigger.domain.upload_columns import KINDS
from services.trigger.store import lists, platforms, uploads
from services.trigger.usecases.upload_file import around_of, confirm_upload, drop_upload, name_columns

router = APIRouter(prefix="/trigger/uploads", include_in_schema=False)

HOME = ("触发预警", "/trigger/")
UPLOADS = ("文件导入", "/trigger/uploads")
SAMPLE = 10  # rows of the file that the preview shows
KIND_OPTIONS = [(name, kind.name) for name, kind in KINDS.items()]
TONES = {
    uploads.PREVIEWED: "warn", uploads.WAITING: "live", uploads.RUNNING: "live", uploads.DONE: "good",
    uploads.FAILED: "bad", uploads.DROPPED: "", uploads.EXPIRED: "",
}  # fmt: skip
EMPTY = {"kind": COMPLAINT, "platform": ""}


@router.get("")
async def show_uploads(request: Request, database: Db, actor: Reader) -> Response:
    """The form and what was uploaded before."""
    return await _uploads(request, database, actor, EMPTY)


async def _uploads(
    request: Request, database: Db, actor: Actor, form: dict[str, str], errors: Errors = (), status: int = 200
) -> Response:
    query = ListQuery.from_params(request.query_params, COLUMNS, filters=FILTERS, per_page=20)
    async with database.transaction() as tx:
        found = await lists.page_of(tx, uploads.seen_by(actor, query), query, bounded=True)
        names = {one.code: one.name for one in await platforms.every(tx)}
    if query.format:
        rows = [
            {**row, "kind": KINDS[row["kind"]].name, "platform": names.get(row["platform"], row["platform"]),
             "state": uploads.STATES[row["state"]]}
            for row in found
        ]  # fmt: skip
        return await export_response(query.format, COLUMNS, rows, "文件导入")
    return page(
        request, "trigger/uploads.html", actor=actor, active="trigger", block="list", title="文件导入", status=status,
        crumbs=[HOME, ("文件导入", None)], page=found, columns=COLUMNS, names=names, kinds=KINDS, tones=TONES,
        kind_options=KIND_OPTIONS, states=uploads.STATES, form=form, errors=errors,
        may_act=actor.role in {Role.LEAD, Role.UNIT},
    )  # fmt: skip


@router.post("")
async def upload(
    request: Request,
    database: Db,
    actor: Clerk,
    kind: Annotated[str, Form(max_length=20)] = "",
    platform: Annotated[str, Form(max_length=60)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Read the file and show what would come of it."""
    form = {"kind": kind, "platform": platform}
    if file is None or not file.filename:
        lacking = [] if platform else [("platform", "请选择来源平台")]
        return await _uploads(request, database, actor, form, [*lacking, ("file", "请选择要上传的文件")], 422)
    try:
        state = request.app.state
        upload_id = await take_upload(database, state.vault, state.reading, actor, kind, platform, file)
    except SunlotError as error:
        told = errors_of(error) if error.fields else [("file", error.detail)]
        return await _uploads(request, database, actor, form, told, status_of(error)[0])
    return done(f"/trigger/uploads/{upload_id}")


@router.get("/{upload_id}")
async def show_upload(upload_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """What came of a file, or would; what it says is for the uploader alone."""
    return await _upload(upload_id, request, database, actor)


async def _upload(
    upload_id: str, request: Request, database: Db, actor: Actor, errors: Errors = (), status: int = 200,
    chosen: list[str] | None = None,
) -> Response:  # fmt: skip
    vault = request.app.state.vault
    async with database.transaction() as tx:
        found = await uploads.load(tx, upload_id)
        if found is None:
            raise NotFound
        actor.must_see(found["county"])
        own = found["account_id"] == actor.account_id
        headers = await uploads.opened(tx, vault, upload_id, uploads.HEADER) if own else None
        name = await uploads.opened(tx, vault, upload_id, uploads.NAME) if own else None
        sheet = await uploads.opened(tx, vault, upload_id, uploads.SHEET) if own else None
        lines = []
        if own and found["state"] == uploads.PREVIEWED:
            lines = (await uploads.portion_of(tx, vault, upload_id, 0))[:SAMPLE]
        around = await around_of(tx, found, now())
        platform = await platforms.load(tx, found["platform"])
    missing = KINDS[found["kind"]].missing(found["mapping"])
    fields = {place: field for field, place in found["mapping"].items()}
    if chosen is not None:
        fields = dict(enumerate(chosen))
    guessed = {place: field for field, place in KINDS[found["kind"]].guess(headers or [], {}).items()}
    otherwise = {place for place in range(len(headers or [])) if fields.get(place, "") != guessed.get(place, "")}
    sample = [
        _judged(line.number, line.cells, read_row(line.cells, found["mapping"], around), fields, missing)
        for line in lines
    ]
    return page(
        request, "trigger/upload.html", actor=actor, active="trigger", title="导入" + KINDS[found["kind"]].name,
        crumbs=[HOME, UPLOADS, (platform.name if platform else found["platform"], None)], upload=found, own=own,
        headers=headers or [], filename=name, sheet=sheet, missing=missing, sample=sample, fields=fields,
        otherwise=otherwise,
        kind=KINDS[found["kind"]],
        field_options=[(name, words[0]) for name, words in KINDS[found["kind"]].fields.items()],
        platform=platform, state=uploads.STATES[found["state"]], tone=TONES[found["state"]], errors=errors,
        status=status, running=found["state"] in {uploads.WAITING, uploads.RUNNING}, states=uploads,
    )  # fmt: skip


def _judged(number: int, cells: list[Any], row: Row, fields: dict[int, str], missing: list[str]) -> dict[str, Any]:
    """A row of the preview: each cell with what is wrong with it, and what is missing of this row alone."""
    told = {one.field: (one.message, "bad") for one in row.faults if one.field not in missing}
    told |= {one.field: (one.message, "warn") for one in row.doubts if one.field not in told}
    shown = [(cell, *told.pop(fields.get(place, ""), ("", ""))) for place, cell in enumerate(cells)]
    return {"number": number, "cells": shown, "told": list(told.items()), "taken": row.entry is not None}


@router.post("/{upload_id}/columns")
async def set_columns(upload_id: str, request: Request, database: Db, actor: Clerk) -> Response:
    """The clerk has said what the columns are: judge the file again."""
    form = await request.form()
    chosen = list[str]()
    while (name := f"c{len(chosen)}") in form:
        chosen.append(str(form[name])[:40])
    vault = request.app.state.vault
    try:
        async with database.transaction() as tx:
            await name_columns(tx, upload_id, chosen, vault, actor)
    except UploadDecided:
        return done(f"/trigger/uploads/{upload_id}")
    except SunlotError as error:
        return await _upload(upload_id, request, database, actor, errors_of(error), status_of(error)[0], chosen=chosen)
    await reckon_upload(database, vault, upload_id)
    return done(f"/trigger/uploads/{upload_id}")


@router.post("/{upload_id}/confirm")
async def confirm(upload_id: str, request: Request, database: Db, actor: Clerk) -> Response:
    """Take the file in, in the background."""
    try:
        async with database.transaction() as tx:
            await confirm_upload(tx, upload_id, request.app.state.vault, actor, now())
    except SunlotError as error:
        return await _upload(upload_id, request, database, actor, [("c0", error.detail)], status_of(error)[0])
    return done(f"/trigger/uploads/{upload_id}")


@router.post("/{upload_id}/drop")
async def drop(upload_id: str, request: Request, database: Db, actor: Clerk) -> Response:
    """Forget the file."""
    try:
        async with database.transaction() as tx:
            await drop_upload(tx, upload_id, actor, now())
    except SunlotError as error:
        return await _upload(upload_id, request, database, actor, [("", error.detail)], status_of(error)[0])
    return done("/trigger/uploads")


@router.get("/{upload_id}/errors")
async def get_errors(upload_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """The rows that were not taken, with what is wrong, for whoever uploaded them."""
    return await error_sheet(database, request.app.state.vault, upload_id, actor)
