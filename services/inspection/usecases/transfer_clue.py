"""Another violation was found: it goes to the department in charge, and its answer comes back (细则第十一条)."""

from dataclasses import dataclass
from datetime import date, datetime

from libs.common import clock
from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError, Invalid
from libs.common.http.auth import Actor, Role
from libs.common.ids import natural_id
from services.inspection.domain.case import Case, State
from services.inspection.domain.errors import CaseUnknown, FeedbackGiven, NotStarted
from services.inspection.store import afterwards, cases
from services.inspection.usecases.access import must_be_in_charge, must_be_on_team, open_case


@dataclass(frozen=True, slots=True)
class TransferClue:
    """To which department, what, and when."""

    case_id: str
    department: str
    clue: str
    transferred_on: date | None


def _team_or_unit(actor: Actor, case: Case) -> None:
    if actor.role is Role.OFFICER:
        must_be_on_team(actor, case)
    else:
        must_be_in_charge(actor, case)


async def transfer_clue(tx: Transaction, command: TransferClue, actor: Actor, now: datetime) -> str:
    """Record the transfer and return its id; entering it again changes nothing."""
    case = await open_case(tx, command.case_id, actor)
    _team_or_unit(actor, case)
    if case.state in {State.AWAITING_APPROVAL, State.APPROVED}:
        raise NotStarted
    on = command.transferred_on or clock.china_date(now)
    errors = [
        FieldError(name, text)
        for name, value, text in (
            ("department", command.department.strip(), "请填写接收部门（细则第十一条）"),
            ("clue", command.clue.strip(), "请填写移交的线索（细则第十一条）"),
            ("transferred_on", on <= clock.china_date(now), "移交日期不能晚于今天"),
        )
        if not value
    ]
    if errors:
        raise Invalid(fields=errors)
    department, clue = command.department.strip(), command.clue.strip()
    transfer_id = str(natural_id("transfer", case.id, department, clue, on.isoformat()))
    if await afterwards.append_transfer(tx, case.id, transfer_id, department, clue, on, actor.account_id, now):
        await cases.remember(tx, case.id, f"向{department}移交线索", actor.name, actor.account_id, now)
    return transfer_id


async def record_feedback(
    tx: Transaction, case_id: str, transfer_id: str, text: str, actor: Actor, now: datetime
) -> None:
    """Enter what the other department answered, once."""
    case = await open_case(tx, case_id, actor)
    _team_or_unit(actor, case)
    if not text.strip():
        raise Invalid(fields=[FieldError("feedback", "请填写接收部门的反馈（细则第十一条）")])
    if not any(row["transfer_id"] == transfer_id for row in await afterwards.load_transfers(tx, case.id)):
        raise CaseUnknown("没有这条移交记录，请刷新页面。")
    today = clock.china_date(now)
    if not await afterwards.save_feedback(tx, case.id, transfer_id, text.strip(), today, actor.account_id):
        raise FeedbackGiven
    await cases.remember(tx, case.id, "登记移交反馈", actor.name, actor.account_id, now)
