"""HTML: the list of cases, one case, and the steps that are taken on its page."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from libs.common import clock
from libs.common.db.transaction import Transaction
from libs.common.http.app import Db
from libs.common.http.auth import Actor
from libs.common.http.pages import done, page
from libs.common.reference import county_name
from libs.common.web import Column, ListPage, ListQuery, export_response
from libs.common.web.export import in_windows
from services.inspection.domain import codes
from services.inspection.domain.case import CLOSED, State
from services.inspection.pages.forms import optional_day
from services.inspection.pages.show import (
    TONES,
    Approver,
    Officer,
    Reader,
    Refusals,
    TeamOrUnit,
    Unit,
    case_page,
    refused,
)
from services.inspection.store import lists
from services.inspection.usecases.access import scope_of
from services.inspection.usecases.append_supplement import append_supplement
from services.inspection.usecases.approve_case import ApproveCase, approve_case
from services.inspection.usecases.ask_recusal import decide_recusal
from services.inspection.usecases.close_follow_up import close_follow_up
from services.inspection.usecases.start_inspection import StartInspection, start_inspection
from services.inspection.usecases.transfer_clue import TransferClue, record_feedback, transfer_clue
from services.inspection.usecases.view_case import view_case

router = APIRouter(prefix="/inspection", include_in_schema=False)

COLUMNS = (
    Column("subject_name", "检查对象", sortable=True, width=36),
    Column("case_id", "检查编号", sortable=True, code=True, width=26),
    Column("county", "县区", sortable=True),
    Column("task_name", "任务", width=30),
    Column("officers", "检查人员", width=24),
    Column("state", "状态", sortable=True),
    Column("subject_result", "检查结论", width=24),
    Column("finish_by", "完成期限", sortable=True),
)
_OVERVIEW = (
    ("待审批", State.AWAITING_APPROVAL, ""),
    ("待检查", State.APPROVED, ""),
    ("检查中", State.INSPECTING, ""),
    ("待提交", State.READY, ""),
    ("已完成，待公示", State.COMPLETED, ""),
)


@router.get("/")
async def list_cases(request: Request, db: Db, actor: Reader) -> Response:
    """Counts by state, and the list that the reader may see."""
    query = ListQuery.from_params(
        request.query_params, COLUMNS, filters=("q", "county", "state", "due"), default_sort="finish_by"
    )
    today = clock.china_date(clock.now())
    wanted = lists.Wanted(query.value("q"), query.value("county"), query.values("state"), query.value("due"))

    async def window(limit: int, offset: int) -> list[dict[str, Any]]:
        async with db.transaction() as tx:
            found, _ = await lists.find(
                tx, scope_of(actor), wanted, today, sort=query.sort, descending=query.descending, limit=limit,
                offset=offset,
            )  # fmt: skip
        return found

    if query.format:
        cells = (_exported(row) async for row in in_windows(window))
        return await export_response(query.format, COLUMNS, cells, "现场检查")
    async with db.transaction() as tx:
        numbers = await lists.counts(tx, scope_of(actor), today)
        rows, total = await lists.find(
            tx,
            scope_of(actor),
            wanted,
            today,
            sort=query.sort,
            descending=query.descending,
            limit=query.limit,
            offset=query.offset,
        )
    for row in rows:
        row["late"] = row["state"] not in CLOSED and row["finish_by"] < today
    return page(
        request,
        "cases.html",
        actor=actor,
        block="list",
        title="现场检查",
        active="inspection",
        columns=COLUMNS,
        page=ListPage(rows, total, query),
        overview=_overview(numbers),
        tones=TONES,
        codes=codes,
        state_options=[(state.value, state.chinese) for state in State],
    )


def _exported(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "task_name": "；".join([row["task_name"], *row["further"]]),
        "county": county_name(row["county"]),
        "officers": "、".join(officer["name"] for officer in row["officers"]),
        "state": row["state"].chinese,
        "subject_result": codes.SUBJECT_RESULTS.get(row["subject_result"] or "", ""),
    }


def _overview(numbers: dict[str, int]) -> list[dict[str, Any]]:
    shown = [
        {"text": text, "number": numbers[state], "href": f"/inspection/?state={state.value}", "tone": tone}
        for text, state, tone in _OVERVIEW
    ]
    late = numbers["overdue"]
    return [
        *shown,
        {"text": "已逾期", "number": late, "href": "/inspection/?due=overdue", "tone": "bad" if late else ""},
        {
            "text": "后续监管未办结",
            "number": numbers["follow_up"],
            "href": "/inspection/?due=follow_up",
            "tone": "bad" if numbers["follow_up_late"] else "",
        },
    ]


@router.get("/cases/{case_id}")
async def show_case(request: Request, db: Db, actor: Reader, case_id: str) -> Response:
    """One case with everything about it."""
    async with db.transaction() as tx:
        view = await view_case(tx, case_id, actor)
    return case_page(request, actor, view)


async def _act(
    request: Request,
    db: Db,
    actor: Actor,
    case_id: str,
    step: Callable[[Transaction, dict[str, Any]], Awaitable[object]],
) -> Response:
    """Take one step with the form; on a refusal show the page again."""
    data = await request.form()
    form: dict[str, Any] = {name: str(value) for name, value in data.multi_items() if name != "csrf"}
    form["certificates_shown"] = tuple(str(value) for value in data.getlist("certificates_shown"))
    try:
        async with db.transaction() as tx:
            await step(tx, form)
    except Refusals as error:
        return await refused(request, db, actor, case_id, error, form)
    return done(f"/inspection/cases/{case_id}")


@router.post("/cases/{case_id}/approve")
async def approve(request: Request, db: Db, actor: Approver, case_id: str) -> Response:
    """Approve and issue the notice."""

    async def step(tx: Transaction, form: dict[str, Any]) -> object:
        return await approve_case(tx, ApproveCase(case_id, form.get("remark", "")), actor, clock.now())

    return await _act(request, db, actor, case_id, step)


@router.post("/cases/{case_id}/start")
async def start(request: Request, db: Db, actor: Officer, case_id: str) -> Response:
    """Certificates were shown: begin, and go on to the record."""

    async def step(tx: Transaction, form: dict[str, Any]) -> object:
        return await start_inspection(tx, StartInspection(case_id, form["certificates_shown"]), actor, clock.now())

    answer = await _act(request, db, actor, case_id, step)
    return done(f"/inspection/cases/{case_id}/record") if answer.status_code == 303 else answer


@router.post("/cases/{case_id}/recusals/{request_id}")
async def answer(request: Request, db: Db, actor: Approver, case_id: str, request_id: str) -> Response:
    """Answer the firm's request for recusal in writing."""

    async def step(tx: Transaction, form: dict[str, Any]) -> object:
        grant = form.get("decision") == "grant"
        return await decide_recusal(tx, case_id, request_id, form.get("answer", ""), actor, clock.now(), grant=grant)

    return await _act(request, db, actor, case_id, step)


@router.post("/cases/{case_id}/supplements")
async def supplement(request: Request, db: Db, actor: Officer, case_id: str) -> Response:
    """Add a note to the frozen record."""

    async def step(tx: Transaction, form: dict[str, Any]) -> None:
        await append_supplement(tx, case_id, form.get("supplement", ""), actor, clock.now())

    return await _act(request, db, actor, case_id, step)


@router.post("/cases/{case_id}/transfers")
async def transfer(request: Request, db: Db, actor: TeamOrUnit, case_id: str) -> Response:
    """Move a clue to another department."""

    async def step(tx: Transaction, form: dict[str, Any]) -> object:
        on = optional_day("transferred_on", form.get("transferred_on", ""))
        command = TransferClue(case_id, form.get("department", ""), form.get("clue", ""), on)
        return await transfer_clue(tx, command, actor, clock.now())

    return await _act(request, db, actor, case_id, step)


@router.post("/cases/{case_id}/transfers/{transfer_id}/feedback")
async def feedback(request: Request, db: Db, actor: TeamOrUnit, case_id: str, transfer_id: str) -> Response:
    """Enter what the other department answered."""

    async def step(tx: Transaction, form: dict[str, Any]) -> None:
        await record_feedback(tx, case_id, transfer_id, form.get("feedback", ""), actor, clock.now())

    return await _act(request, db, actor, case_id, step)


@router.post("/cases/{case_id}/follow-up")
async def close(request: Request, db: Db, actor: Unit, case_id: str) -> Response:
    """Close the follow-up."""

    async def step(tx: Transaction, form: dict[str, Any]) -> object:
        return await close_follow_up(tx, case_id, form.get("outcome", ""), actor, clock.now())

    return await _act(request, db, actor, case_id, step)
