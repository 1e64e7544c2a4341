"""REST: cases, from the list to the archive's eve."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from libs.common import clock
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from services.inspection.api import models
from services.inspection.domain.case import Case, State
from services.inspection.store import lists
from services.inspection.usecases.access import scope_of
from services.inspection.usecases.append_supplement import append_supplement
from services.inspection.usecases.approve_case import ApproveCase, approve_case
from services.inspection.usecases.ask_recusal import decide_recusal
from services.inspection.usecases.close_follow_up import close_follow_up
from services.inspection.usecases.complete_inspection import complete_inspection
from services.inspection.usecases.start_inspection import StartInspection, start_inspection
from services.inspection.usecases.transfer_clue import TransferClue, record_feedback, transfer_clue
from services.inspection.usecases.view_case import view_case, view_notice

router = APIRouter(prefix="/inspection/api/v1", tags=["现场检查"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.OFFICER, Role.AUDITOR)]
Approver = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]
Officer = Annotated[Actor, allow(Role.OFFICER)]
Unit = Annotated[Actor, allow(Role.UNIT)]
TeamOrUnit = Annotated[Actor, allow(Role.OFFICER, Role.UNIT)]


def _state(case: Case) -> models.StateOut:
    return models.StateOut(
        case_id=case.id, state=case.state, notice_code=case.notice_code, record_sha256=case.record_sha256
    )


@router.get("/cases")
async def list_cases(
    db: Db,
    actor: Reader,
    q: Annotated[str, Query(description="名称、代码或检查编号的一部分", max_length=100)] = "",
    county: Annotated[str, Query(description="县区代码")] = "",
    state: Annotated[list[State] | None, Query(description="状态，可多选")] = None,
    due: Annotated[
        str,
        Query(
            description="overdue 已逾期，soon 七日内到期，follow_up 后续监管未办结",
            pattern="^(overdue|soon|follow_up)?$",
        ),
    ] = "",
    page: Annotated[int, Query(ge=1, le=100_000, description="页码")] = 1,
    per_page: Annotated[int, Query(ge=1, le=200, description="每页条数")] = 50,
) -> models.CasePage:
    """检查列表：本人承办的、本县区的或全市的，按完成期限排列。"""
    wanted = lists.Wanted(text=q.strip(), county=county, states=state or (), due=due)
    async with db.transaction() as tx:
        rows, total = await lists.find(
            tx,
            scope_of(actor),
            wanted,
            clock.china_date(clock.now()),
            limit=per_page,
            offset=(page - 1) * per_page,
        )
    return models.CasePage(total=total, page=page, per_page=per_page, cases=[models.CaseRow(**row) for row in rows])


@router.get("/counts")
async def show_counts(db: Db, actor: Reader) -> dict[str, int]:
    """各状态的件数，以及已逾期、七日内到期和待办后续监管的件数。"""
    async with db.transaction() as tx:
        return await lists.counts(tx, scope_of(actor), clock.china_date(clock.now()))


@router.get("/cases/{case_id}")
async def show_case(db: Db, actor: Reader, case_id: str) -> dict[str, Any]:
    """一次检查的全部内容，含检查事项表、记录各部分的版本号和尚缺的内容。"""
    async with db.transaction() as tx:
        return models.case_out(await view_case(tx, case_id, actor), actor)


@router.get("/cases/{case_id}/notice")
async def show_notice(db: Db, actor: Reader, case_id: str) -> dict[str, Any]:
    """检查通知书。"""
    async with db.transaction() as tx:
        _, notice = await view_notice(tx, case_id, actor)
    return {"code": notice.code, "case_id": notice.case_id, "issued_at": notice.issued_at, **notice.content}


@router.post("/cases/{case_id}/approve")
async def approve(db: Db, actor: Approver, case_id: str, body: models.ApproveIn) -> models.StateOut:
    """审批并签发检查通知书；紧急检查可事后补办。"""
    async with db.transaction() as tx:
        return _state(await approve_case(tx, ApproveCase(case_id, body.remark), actor, clock.now()))


@router.post("/cases/{case_id}/start")
async def start(db: Db, actor: Officer, case_id: str, body: models.StartIn) -> models.StateOut:
    """出示证件，开始检查（细则第十条）。"""
    async with db.transaction() as tx:
        command = StartInspection(case_id, tuple(body.certificates_shown))
        return _state(await start_inspection(tx, command, actor, clock.now()))


@router.post("/cases/{case_id}/complete")
async def complete(db: Db, actor: Officer, case_id: str) -> models.StateOut:
    """提交检查记录；缺少内容时一次列出全部（细则第十条）。重复提交不产生新记录。"""
    async with db.transaction() as tx:
        return _state(await complete_inspection(tx, case_id, actor, clock.now()))


@router.post("/cases/{case_id}/recusals/{request_id}/decide")
async def decide(
    db: Db, actor: Approver, case_id: str, request_id: str, body: models.RecusalAnswerIn
) -> dict[str, Any]:
    """答复检查对象的回避申请；准予的，由抽查系统按抽取规则更换人员。"""
    async with db.transaction() as tx:
        request = await decide_recusal(tx, case_id, request_id, body.answer, actor, clock.now(), grant=body.grant)
    return models.recusal_out(request)


@router.post("/cases/{case_id}/supplements", status_code=201)
async def supplement(db: Db, actor: Officer, case_id: str, body: models.SupplementIn) -> dict[str, str]:
    """追加补充说明。"""
    async with db.transaction() as tx:
        await append_supplement(tx, case_id, body.text, actor, clock.now())
    return {"case_id": case_id}


@router.post("/cases/{case_id}/transfers", status_code=201)
async def transfer(db: Db, actor: TeamOrUnit, case_id: str, body: models.TransferIn) -> dict[str, str]:
    """登记移交（细则第十一条）。"""
    async with db.transaction() as tx:
        command = TransferClue(case_id, body.department, body.clue, body.transferred_on)
        return {"transfer_id": await transfer_clue(tx, command, actor, clock.now())}


@router.post("/cases/{case_id}/transfers/{transfer_id}/feedback")
async def feedback(
    db: Db, actor: TeamOrUnit, case_id: str, transfer_id: str, body: models.FeedbackIn
) -> dict[str, str]:
    """登记移交反馈（细则第十一条）。"""
    async with db.transaction() as tx:
        await record_feedback(tx, case_id, transfer_id, body.feedback, actor, clock.now())
    return {"transfer_id": transfer_id}


@router.post("/cases/{case_id}/follow-up/close")
async def close(db: Db, actor: Unit, case_id: str, body: models.OutcomeIn) -> dict[str, Any]:
    """办结后续监管（细则第十五条）。"""
    async with db.transaction() as tx:
        closed = await close_follow_up(tx, case_id, body.outcome, actor, clock.now())
    return {"case_id": case_id, "kind": closed.kind, "closed_on": closed.closed_on, "outcome": closed.outcome}
