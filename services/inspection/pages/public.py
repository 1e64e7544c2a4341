"""HTML and JSON: anybody checks that a notice is genuine (扫码入企); who holds it may ask for recusal."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from libs.common import clock
from libs.common.errors import Invalid, OutOfOrder
from libs.common.http.app import Db
from libs.common.http.auth import Actor, anyone
from libs.common.http.origin import check_origin
from libs.common.http.pages import Errors, done, errors_of, page
from libs.common.http.problems import status_of
from services.inspection.domain.case import State
from services.inspection.domain.notice import normal_code
from services.inspection.domain.recusal import REASONS, Decision, may_ask
from services.inspection.pages.show import RECUSAL_TONES
from services.inspection.usecases.ask_recusal import AskRecusal, NoticeView, ask_recusal, view_by_code

router = APIRouter(prefix="/public/notices", tags=["公开核验"])

Visitor = Annotated[Actor | None, anyone()]


async def _load(db: Db, code: str) -> NoticeView:
    # A code that can't be one is looked up like any other, so that both refusals are the same.
    async with db.transaction() as tx:
        return await view_by_code(tx, normal_code(code))


def _in_public(view: NoticeView) -> dict[str, Any]:
    """Exactly what a scan shows: that task and officers are real, and what was asked; never the subject."""
    return view.notice.in_public | {
        # A notice on paper may be older than the team: who comes is who is on it now.
        "officers": [
            {"name": officer.name, "certificate_number": officer.certificate_number}
            for officer in view.case.dispatch.officers
        ],
        "withdrawn": view.case.state is State.WITHDRAWN,
        "recusals": [request.in_public for request in view.requests],
    }


def _show(
    request: Request,
    visitor: Actor | None,
    view: NoticeView,
    *,
    status: int = 200,
    form: Mapping[str, str] | None = None,
    errors: Errors = (),
) -> Response:
    content, case = _in_public(view), view.case
    granted = {one.officer_id for one in view.requests if one.decision is Decision.GRANTED}
    aside = {one.certificate_number for one in case.dispatch.officers if one.officer_id in granted}
    waits = case.state is State.AWAITING_APPROVAL and not case.dispatch.urgent
    return page(
        request,
        "public_notice.html",
        actor=visitor,
        status=status,
        title="检查通知书核验",
        content=content,
        issued_at=view.notice.issued_at,
        withdrawn=content["withdrawn"],
        requests=view.requests,
        tones=RECUSAL_TONES,
        waits=waits,
        may_ask=may_ask(case),
        aside=aside,
        path_of_form=f"/public/notices/{view.notice.code}/recusal",
        officer_options=[
            (one.certificate_number, f"{one.name}（{one.certificate_number}）")
            for one in case.dispatch.officers
            if one.certificate_number not in aside
        ],
        reasons=list(REASONS.items()),
        form=form or {"certificate_number": "", "reason": "", "text": "", "contact": ""},
        errors=errors,
    )


@router.get("", include_in_schema=False)
async def ask(request: Request, visitor: Visitor, code: str = "") -> Response:
    """Where a code is typed in."""
    if code.strip():
        return done(f"/public/notices/{normal_code(code) or 'unknown'}")
    return page(request, "public_check.html", actor=visitor, title="核验检查通知书", robots="index")


@router.get("/{code}.json")
async def check_json(db: Db, _visitor: Visitor, code: str) -> dict[str, Any]:
    """检查通知书是否真实：任务、单位、执法人员和日期，以及回避申请的答复。"""
    return _in_public(await _load(db, code))


@router.get("/{code}", include_in_schema=False)
async def check(request: Request, db: Db, visitor: Visitor, code: str) -> Response:
    """The same for people, with the form to ask for recusal."""
    return _show(request, visitor, await _load(db, code))


@router.post("/{code}/recusal", include_in_schema=False)
async def post_recusal(
    request: Request,
    db: Db,
    visitor: Visitor,
    code: str,
    certificate_number: Annotated[str, Form(max_length=100)] = "",
    reason: Annotated[str, Form(max_length=40)] = "",
    text: Annotated[str, Form(max_length=2000)] = "",
    contact: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Ask that an officer stands aside."""
    check_origin(request)
    command = AskRecusal(normal_code(code), certificate_number, reason, text, contact)
    try:
        async with db.transaction() as tx:
            await ask_recusal(tx, command, clock.now())
    except (Invalid, OutOfOrder) as error:
        typed = {"certificate_number": certificate_number, "reason": reason, "text": text, "contact": contact}
        view = await _load(db, code)
        return _show(request, visitor, view, status=status_of(error)[0], form=typed, errors=errors_of(error))
    return done(f"/public/notices/{command.code}#recusal")
