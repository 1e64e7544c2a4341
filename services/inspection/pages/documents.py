"""HTML: the papers of a case, to print, to download, to archive (细则第十三条)."""

import io
import zipfile
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from jinja2 import Environment
from markupsafe import Markup

from libs.common import clock
from libs.common.canonical import canonical
from libs.common.db.transaction import Transaction
from libs.common.http.app import Db
from libs.common.http.auth import Actor
from libs.common.http.pages import done, page
from libs.common.web import render
from libs.common.web.assets import SHARED_STATIC
from services.inspection.domain import codes
from services.inspection.domain.case import Case
from services.inspection.domain.errors import CaseUnknown
from services.inspection.domain.notice import Notice
from services.inspection.pages.show import Reader, Refusals, Unit, refused
from services.inspection.store import notices, records
from services.inspection.usecases.access import look_at
from services.inspection.usecases.archive_case import Paper, archive_case
from services.inspection.usecases.view_case import CaseView, view_case, view_notice

router = APIRouter(prefix="/inspection/cases/{case_id}", include_in_schema=False)

_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf"}


def _notice_context(request: Request, case: Case, notice: Notice) -> dict[str, Any]:
    code, entrance = notice.code, f"{request.app.state.settings.public_url}/public/notices"
    return {
        "case": case,
        "notice": notice,
        "address": Markup("/<wbr>").join(entrance.split("/")),  # a narrow screen may break it there
        "grouped_code": " ".join(code[start : start + 4] for start in range(0, len(code), 4)),
        "qr": Markup(segno.make(f"{entrance}/{code}", error="m").svg_inline(scale=4)),  # noqa: S704 - made here, of our own address
    }


def _page(request: Request, actor: Actor, title: str, document: str, case: Case, **context: Any) -> Response:
    crumbs = [("现场检查", "/inspection/"), (case.id, f"/inspection/cases/{case.id}"), (title, None)]
    return page(
        request,
        "document.html",
        actor=actor,
        title=title,
        document=document,
        active="inspection",
        crumbs=crumbs,
        codes=codes,
        **{"case": case, **context},
    )


@router.get("/notice")
async def show_notice(
    request: Request, db: Db, actor: Reader, case_id: str, version: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """检查通知书, with its code and QR; every version that was issued."""
    async with db.transaction() as tx:
        case, notice = await view_notice(tx, case_id, actor, version)
    return _page(request, actor, "检查通知书", "notice", **_notice_context(request, case, notice))


@router.get("/sheet")
async def show_sheet(request: Request, db: Db, actor: Reader, case_id: str) -> Response:
    """实地核查记录表."""
    async with db.transaction() as tx:
        view = await view_case(tx, case_id, actor)
    view.case.must_be_over()
    return _page(request, actor, "实地核查记录表", "sheet", view.case, view=view)


@router.get("/rectification")
async def show_rectification(request: Request, db: Db, actor: Reader, case_id: str) -> Response:
    """责令整改通知书."""
    async with db.transaction() as tx:
        view = await view_case(tx, case_id, actor)
    view.case.must_be_over()
    if not _rectifies(view):
        raise CaseUnknown("本次检查没有责令整改，不产生责令整改通知书。")
    return _page(request, actor, "责令整改通知书", "rectification", view.case, view=view)


def _rectifies(view: CaseView) -> bool:
    return view.follow_up is not None and view.follow_up.kind == codes.RECTIFICATION


@router.get("/evidence/{evidence_id}")
async def show_evidence(db: Db, actor: Reader, case_id: str, evidence_id: str) -> Response:
    """One file of the evidence."""
    async with db.transaction() as tx:
        await look_at(tx, case_id, actor)
        file = await records.load_file(tx, case_id, evidence_id)
    headers = {"content-disposition": f'inline; filename="{evidence_id}.{_ENDINGS[file["media_type"]]}"'}
    return Response(file["content"], media_type=file["media_type"], headers=headers)


async def _package(request: Request, tx: Transaction, view: CaseView) -> list[Paper]:
    """The papers of a case: as they were closed, or as they are now."""
    if view.archive:
        return [Paper(name, kind, content) for name, kind, _, content in view.archive]
    case, environment = view.case, request.app.state.environment
    notice = await notices.load(tx, case.notice_code)
    papers = [
        Paper("记录.json", "application/json", canonical(case.record)),
        _paper(environment, "检查通知书", "notice", **_notice_context(request, case, notice)),
        _paper(environment, "实地核查记录表", "sheet", case=case, view=view),
        Paper("sunlot.css", "text/css", (SHARED_STATIC / "sunlot.css").read_bytes()),
    ]
    if _rectifies(view):
        papers.append(_paper(environment, "责令整改通知书", "rectification", case=case, view=view))
    for number, entry in enumerate(view.record.evidence, start=1):
        file = await records.load_file(tx, case.id, entry.evidence_id)
        name = f"证据/{number:02d}.{_ENDINGS[entry.media_type]}"
        papers.append(Paper(name, entry.media_type, bytes(file["content"])))
    return papers


def _paper(environment: Environment, title: str, document: str, **context: Any) -> Paper:
    html = render(environment, "archived.html", title=title, document=document, codes=codes, **context)
    return Paper(f"{title}.html", "text/html", html.encode())


def _catalogue(case: Case, papers: list[Paper]) -> dict[str, Any]:
    return {
        "case_id": case.id,
        "record_sha256": case.record_sha256,
        "archived_at": case.archived_at.isoformat() if case.archived_at else None,
        "documents": [
            {"name": p.name, "media_type": p.media_type, "size": len(p.content), "sha256": p.sha256}
            for p in sorted(papers, key=lambda paper: paper.name)
        ],
    }


async def _archive_of(request: Request, db: Db, actor: Actor, case_id: str) -> tuple[Case, list[Paper]]:
    async with db.transaction() as tx:
        view = await view_case(tx, case_id, actor)
        view.case.must_be_over()
        return view.case, await _package(request, tx, view)


@router.get("/archive.json")
async def show_catalogue(request: Request, db: Db, actor: Reader, case_id: str) -> Response:
    """The catalogue of the archive package with the digest of each paper."""
    return JSONResponse(_catalogue(*await _archive_of(request, db, actor, case_id)))


@router.get("/archive.zip")
async def download_package(request: Request, db: Db, actor: Reader, case_id: str) -> Response:
    """The whole package."""
    case, papers = await _archive_of(request, db, actor, case_id)
    catalogue = Paper("目录.json", "application/json", canonical(_catalogue(case, papers)))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for paper in (catalogue, *papers):
            package.writestr(paper.name, paper.content)
    headers = {"content-disposition": f'attachment; filename="{case.id}.zip"'}
    return Response(buffer.getvalue(), media_type="application/zip", headers=headers)


@router.post("/archive")
async def archive(request: Request, db: Db, actor: Unit, case_id: str) -> Response:
    """Close the package: from now on it stays as it is."""
    try:
        async with db.transaction() as tx:
            view = await view_case(tx, case_id, actor)
            view.case.must_be_over()
            await archive_case(tx, case_id, await _package(request, tx, view), actor, clock.now())
    except Refusals as error:
        return await refused(request, db, actor, case_id, error, {})
    return done(f"/inspection/cases/{case_id}")
