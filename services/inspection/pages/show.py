"""What the pages of a case share: who reads, the words and tones, and the page of one case."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from libs.common import clock
from libs.common.errors import Invalid, OutOfOrder
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import errors_of, page
from libs.common.http.problems import status_of
from libs.common.web.filters import day
from services.inspection.domain import codes
from services.inspection.domain.case import State
from services.inspection.domain.recusal import REASONS, Decision
from services.inspection.usecases.access import of_unit
from services.inspection.usecases.view_case import CaseView, view_case

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.OFFICER, Role.AUDITOR)]
Approver = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]
Officer = Annotated[Actor, allow(Role.OFFICER)]
Unit = Annotated[Actor, allow(Role.UNIT)]
TeamOrUnit = Annotated[Actor, allow(Role.OFFICER, Role.UNIT)]

TONES = {
    State.AWAITING_APPROVAL: "warn",
    State.APPROVED: "live",
    State.INSPECTING: "live",
    State.READY: "live",
    State.COMPLETED: "good",
    State.PUBLISHED: "good",
    State.ARCHIVED: "",
    State.WITHDRAWN: "bad",
}
RECUSAL_TONES = {Decision.OPEN: "warn", Decision.GRANTED: "good", Decision.REJECTED: ""}
RESULT_TONES = {codes.PASSED: "good", codes.FAILED: "bad", codes.UNCHECKED: "warn"}
_STEPS = {State.AWAITING_APPROVAL: 4, State.WITHDRAWN: 4, State.COMPLETED: 6, State.PUBLISHED: 7, State.ARCHIVED: 7}
INSPECTING_STEP = 5

Refusals = (Invalid, OutOfOrder)


@dataclass(frozen=True, slots=True)
class May:
    """What this reader may do now; the use case decides again."""

    approve: bool
    start: bool
    wait_for_approval: bool
    record: bool
    close: bool
    transfer: bool
    supplement: bool
    archive: bool
    answer: bool


def may(actor: Actor, view: CaseView) -> May:
    """The actions that the page offers."""
    case = view.case
    on_team = actor.officer_id != "" and actor.officer_id in case.dispatch.officer_ids
    officer, unit = actor.role is Role.OFFICER and on_team, of_unit(actor, case)
    follow_up_open = view.follow_up is not None and view.follow_up.open
    stands, decides = case.state is not State.WITHDRAWN, not on_team and (unit or actor.role is Role.LEAD)
    return May(
        approve=stands and not case.approved_at and decides,
        start=stands and officer and not case.started_at and (bool(case.approved_at) or case.dispatch.urgent),
        wait_for_approval=stands and not case.approved_at and not case.dispatch.urgent and officer,
        record=officer and view.recording,
        close=unit and follow_up_open,
        transfer=(officer or unit) and case.started_at is not None,
        supplement=officer and view.over,
        archive=unit and bool(case.published_at) and not follow_up_open and not case.archived_at,
        answer=decides and any(one.decision is Decision.OPEN for one in view.requests),
    )


def case_page(
    request: Request,
    actor: Actor,
    view: CaseView,
    *,
    status: int = 200,
    form: Mapping[str, Any] | None = None,
    errors: Any = (),
) -> HTMLResponse:
    """The page of one case."""
    case, dispatch = view.case, view.case.dispatch
    return page(
        request,
        "case.html",
        actor=actor,
        status=status,
        title=dispatch.subject.name,
        active="inspection",
        crumbs=[("现场检查", "/inspection/"), (case.id, None)],
        view=view,
        case=case,
        may=may(actor, view),
        missing=view.missing,
        form=form or {"certificates_shown": ()},
        errors=errors,
        today=clock.china_date(clock.now()),
        step=_STEPS.get(case.state, INSPECTING_STEP),
        tones=TONES,
        result_tones=RESULT_TONES,
        codes=codes,
        recusal_reasons=REASONS,
        recusal_tones=RECUSAL_TONES,
        team_facts=[(member.name, _standing(view, member.officer_id)) for member in dispatch.officers],
        officer_options=[
            (member.officer_id, f"{member.name}（{member.certificate_number}）") for member in dispatch.officers
        ],
    )


def _standing(view: CaseView, officer_id: str) -> Markup:
    member = next(member for member in view.case.dispatch.officers if member.officer_id == officer_id)
    entry = view.roster.get(officer_id)
    valid = f"有效至 {day(entry.certificate_valid_to)}" if entry else "名录库中没有此人"
    shown = "，已出示证件" if officer_id in view.case.present else ""
    number = Markup('<code class="code">{}</code>').format(member.certificate_number)
    return Markup("{}<br>{}{}").format(number, valid, shown)


async def refused(
    request: Request, db: Db, actor: Actor, case_id: str, error: Invalid | OutOfOrder, form: Mapping[str, Any]
) -> HTMLResponse:
    """The same page again with what is wrong and what was entered."""
    async with db.transaction() as tx:
        view = await view_case(tx, case_id, actor)
    return case_page(
        request,
        actor,
        view,
        status=status_of(error)[0],
        form={"certificates_shown": (), **form},
        errors=errors_of(error),
    )
