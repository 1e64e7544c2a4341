"""HTML: the officer's page in the field; every part is a form of its own and is saved by itself."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import UploadFile

from libs.common import clock
from libs.common.errors import Invalid, OutOfOrder
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role
from libs.common.http.pages import done, errors_of, page
from libs.common.http.problems import status_of
from services.inspection.domain import codes
from services.inspection.domain.errors import CaseUnknown, SavedByAnother
from services.inspection.domain.evidence import GENERAL, MAX_BYTES, File
from services.inspection.domain.record import Part, Record, document_of, field_id
from services.inspection.pages.forms import local_minute, part_from_form
from services.inspection.pages.show import RESULT_TONES, TONES, Officer, Reader, Refusals
from services.inspection.store import records
from services.inspection.usecases.access import look_at, must_be_on_team
from services.inspection.usecases.add_evidence import AddEvidence, add_evidence
from services.inspection.usecases.complete_inspection import complete_inspection
from services.inspection.usecases.save_part import SavePart, save_part
from services.inspection.usecases.view_case import view_case

router = APIRouter(prefix="/inspection/cases/{case_id}", include_in_schema=False)

_FIRST_FIELD = {"item": "result", "non_cooperation": "facts", "visit": "methods", "conclusion": "subject_result"}


def _names(record: Record) -> list[str]:
    return [
        *(f"item/{item.code}" for item in record.check_table),
        *(f"non_cooperation/{kind}" for kind in codes.NON_COOPERATION),
        "visit",
        "conclusion",
        "signature",
    ]


def _crumbs(case_id: str) -> list[tuple[str, str | None]]:
    return [("现场检查", "/inspection/"), (case_id, f"/inspection/cases/{case_id}"), ("检查记录", None)]


def _id(name: str) -> str:
    """Where on the page a part stands."""
    return field_id(name, "part") if "/" in name else name


async def _record_page(
    request: Request,
    db: Db,
    actor: Actor,
    case_id: str,
    *,
    status: int = 200,
    entered: Mapping[str, Part] | None = None,
    errors: Any = (),
) -> HTMLResponse:
    async with db.transaction() as tx:
        view = await view_case(tx, case_id, actor)
    must_be_on_team(actor, view.case)
    view.case.must_be_recording()
    names = _names(view.record)
    return page(
        request,
        "record.html",
        actor=actor,
        status=status,
        title=f"检查记录：{view.case.dispatch.subject.name}",
        active="inspection",
        crumbs=_crumbs(case_id),
        view=view,
        case=view.case,
        errors=errors,
        shown={name: view.record.part(name) for name in names} | dict(entered or {}),
        open_parts=set(entered or {}) | {name for name in names if _has_error(name, errors)},
        ids={name: _id(name) for name in names},
        slugs={name: field_id(name, "x").removeprefix("x-") for name in names},
        file_fields={name: field_id(name, "file") for name in names} | {GENERAL: "file"},
        local_minute=local_minute,
        tones=TONES,
        codes=codes,
    )


def _has_error(name: str, errors: Any) -> bool:
    return any(field in {field_id(name, "facts"), field_id(name, "file")} for field, _ in errors)


@router.get("/record")
async def show_record(request: Request, db: Db, actor: Reader, case_id: str) -> Response:
    """The record as it was saved so far; who is not on the team reads it."""
    if actor.role is Role.OFFICER:
        return await _record_page(request, db, actor, case_id)
    async with db.transaction() as tx:
        view = await view_case(tx, case_id, actor)
    view.case.must_be_recording()
    return page(
        request,
        "record_read.html",
        actor=actor,
        title=f"检查记录：{view.case.dispatch.subject.name}",
        active="inspection",
        crumbs=_crumbs(case_id),
        view=view,
        case=view.case,
        tones=TONES,
        result_tones=RESULT_TONES,
        codes=codes,
    )


@router.post("/record/{name:path}")
async def save(request: Request, db: Db, actor: Officer, case_id: str, name: str) -> Response:
    """Save one part; what was entered stays on the page when it is refused."""
    form = await request.form()
    part: Part | None = None
    try:
        part = part_from_form(name, form)
        version = str(form.get("version", "0"))
        async with db.transaction() as tx:
            command = SavePart(case_id, name, part, int(version) if version.isdecimal() else 0)
            await save_part(tx, command, actor, clock.now())
    except KeyError:
        raise CaseUnknown from None
    except SavedByAnother as error:
        entered = {name: part} if part else {}
        errors = await _conflict(db, actor, case_id, name, error)
        return await _record_page(request, db, actor, case_id, status=409, entered=entered, errors=errors)
    except Refusals as error:
        return await _refused(request, db, actor, case_id, error, {name: part} if part else {})
    return done(f"/inspection/cases/{case_id}/record#{_id(name)}")


async def _conflict(db: Db, actor: Actor, case_id: str, name: str, error: SavedByAnother) -> list[tuple[str, str]]:
    """What the other one saved, beside the field, while one's own text stays in it."""
    async with db.transaction() as tx:
        case = await look_at(tx, case_id, actor)
        content = document_of((await records.load(tx, case.id)).part(name))
    values = (value if isinstance(value, str) else "、".join(value) for value in content.values() if value)
    first = _FIRST_FIELD.get(name.partition("/")[0], "kind")
    return [(field_id(name, first), f"{error.detail}已保存的内容是：{'；'.join(values) or '空'}")]


async def _refused(
    request: Request, db: Db, actor: Actor, case_id: str, error: Invalid | OutOfOrder, entered: Mapping[str, Part]
) -> Response:
    return await _record_page(
        request, db, actor, case_id, status=status_of(error)[0], entered=entered, errors=errors_of(error)
    )


@router.post("/evidence")
async def upload(request: Request, db: Db, actor: Officer, case_id: str) -> Response:
    """Keep a file as evidence."""
    form = await request.form()
    about = str(form.get("about", GENERAL))
    sent = next((value for value in form.values() if isinstance(value, UploadFile)), None)
    content = await sent.read(MAX_BYTES + 1) if sent else b""
    file = File((sent.filename or "") if sent else "", content)
    await form.close()
    try:
        async with db.transaction() as tx:
            await add_evidence(tx, AddEvidence(case_id, about, file), actor, clock.now())
    except Refusals as error:
        return await _refused(request, db, actor, case_id, error, {})
    return done(f"/inspection/cases/{case_id}/record#{'visit' if about == GENERAL else _id(about)}")


@router.post("/complete")
async def complete(request: Request, db: Db, actor: Officer, case_id: str) -> Response:
    """Hand the record in; everything that is missing is listed with links."""
    try:
        async with db.transaction() as tx:
            await complete_inspection(tx, case_id, actor, clock.now())
    except Refusals as error:
        return await _refused(request, db, actor, case_id, error, {})
    return done(f"/inspection/cases/{case_id}")
