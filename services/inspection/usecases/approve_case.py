"""The unit approves an inspection before it starts; an urgent one may be approved afterwards."""

from dataclasses import dataclass
from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.inspection.domain.case import Case
from services.inspection.events.published import CaseApproved
from services.inspection.store import cases
from services.inspection.usecases.access import must_be_approver, open_case
from services.inspection.usecases.issue_notice import issue_notice
from services.inspection.usecases.save_part import settle_state


@dataclass(frozen=True, slots=True)
class ApproveCase:
    """Which case; a remark goes into its history."""

    case_id: str
    remark: str = ""


async def approve_case(tx: Transaction, command: ApproveCase, actor: Actor, now: datetime) -> Case:
    """Approve, freeze the check table, issue the notice."""
    case = await open_case(tx, command.case_id, actor)
    must_be_approver(actor, case)
    case = await issue_notice(tx, case.approve(actor.account_id, actor.name, now), now)
    case = await settle_state(tx, case)
    await cases.save(tx, case)
    what = "补办紧急检查的审批" if case.approved_afterwards else "批准检查，签发检查通知书"
    remark = f"：{command.remark.strip()}" if command.remark.strip() else ""
    await cases.remember(tx, case.id, what + remark, actor.name, actor.account_id, now)
    tx.emit(
        CaseApproved(case_id=case.id, county=case.dispatch.county, approved_at=now),
        aggregate=f"case/{case.id}",
        county=case.dispatch.county,
        at=now,
    )
    return case
