"""HTML and JSON: anybody checks that a notice is genuine; nothing else is told (扫码入企)."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from libs.common.http.app import Db
from libs.common.http.auth import Actor, anyone
from libs.common.http.pages import done, page
from services.inspection.domain.notice import Notice, normal_code
from services.inspection.store import notices

router = APIRouter(prefix="/public/notices", tags=["公开核验"])

Visitor = Annotated[Actor | None, anyone()]


async def _load(db: Db, code: str) -> Notice:
    # A code that can't be one is looked up like any other, so that both refusals are the same.
    async with db.transaction() as tx:
        return await notices.load(tx, normal_code(code))


@router.get("", include_in_schema=False)
async def ask(request: Request, visitor: Visitor, code: str = "") -> Response:
    """Where a code is typed in."""
    if code.strip():
        return done(f"/public/notices/{normal_code(code) or 'unknown'}")
    return page(request, "public_check.html", actor=visitor, title="核验检查通知书", robots="index")


@router.get("/{code}.json")
async def check_json(db: Db, _visitor: Visitor, code: str) -> dict[str, Any]:
    """检查通知书是否真实：任务、单位、执法人员和日期。"""
    return (await _load(db, code)).in_public


@router.get("/{code}", include_in_schema=False)
async def check(request: Request, db: Db, visitor: Visitor, code: str) -> Response:
    """The same for people."""
    notice = await _load(db, code)
    return page(
        request,
        "public_notice.html",
        actor=visitor,
        title="检查通知书核验",
        content=notice.in_public,
        issued_at=notice.issued_at,
    )
