"""The firm asks by its notice that an officer stands aside; the unit answers in writing, and granting replaces."""

from dataclasses import dataclass
from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from libs.common.ids import new_id
from services.inspection.domain.case import Case
from services.inspection.domain.errors import CaseUnknown, RecusalTooLate
from services.inspection.domain.notice import Notice
from services.inspection.domain.recusal import Request, check_request, may_ask
from services.inspection.events.published import RecusalGranted
from services.inspection.store import cases, notices, recusals
from services.inspection.usecases.access import must_be_approver, open_case


@dataclass(frozen=True, slots=True)
class AskRecusal:
    """Whom, why, and how to reach whoever asks; `code` is the notice's."""

    code: str
    certificate_number: str
    reason: str
    text: str
    contact: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice with the case as it is now and what was asked."""

    notice: Notice
    case: Case
    requests: list[Request]


async def view_by_code(tx: Transaction, code: str) -> NoticeView:
    """What whoever holds the notice may look up; raises NoticeUnknown."""
    notice = await notices.load(tx, code)
    case = await cases.load(tx, notice.case_id)
    return NoticeView(notice, case, await recusals.of_case(tx, case.id))


async def ask_recusal(tx: Transaction, command: AskRecusal, now: datetime) -> Request:
    """Keep the request for the unit. Raises NoticeUnknown, RecusalTooLate, TooManyRequests, RecusalInvalid."""
    notice = await notices.load(tx, command.code)
    case = await cases.load(tx, notice.case_id, lock=True)
    tx.follow(case.correlation_id)
    earlier = await recusals.of_case(tx, case.id)
    member = check_request(
        case, earlier, command.certificate_number, command.reason, command.text, command.contact, now
    )
    request = Request(
        request_id=str(new_id()),
        officer_id=member.officer_id,
        officer_name=member.name,
        certificate_number=member.certificate_number,
        reason=command.reason,
        text=command.text.strip(),
        contact=command.contact.strip(),
        requested_at=now,
    )
    await recusals.add(tx, case.id, request)
    await cases.remember(tx, case.id, f"检查对象申请{member.name}回避", "检查对象", "", now)
    return request


async def decide_recusal(
    tx: Transaction, case_id: str, request_id: str, answer: str, actor: Actor, now: datetime, *, grant: bool
) -> Request:
    """Answer once, with the reason in writing; granting asks draw for another officer by its rule."""
    case = await open_case(tx, case_id, actor)
    must_be_approver(actor, case)
    requests = {one.request_id: one for one in await recusals.of_case(tx, case.id)}
    if request_id not in requests:
        raise CaseUnknown("没有这项回避申请，请刷新页面。")
    decided = requests[request_id].decided(grant, answer, actor.account_id, actor.name, now)
    if grant and not may_ask(case):
        raise RecusalTooLate
    await recusals.save(tx, case.id, decided)
    what = f"{decided.decision.chinese}：{decided.officer_name}"
    await cases.remember(tx, case.id, what, actor.name, actor.account_id, now)
    if grant:
        tx.emit(
            RecusalGranted(case_id=case.id, officer_id=decided.officer_id, at=now),
            aggregate=f"case/{case.id}",
            county=case.dispatch.county,
            at=now,
        )
    return decided
