"""The unit in charge closes the follow-up with its outcome (细则第十五条)."""

from datetime import datetime

from libs.common import clock
from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.inspection.domain.errors import NotCompleted
from services.inspection.domain.follow_up import FollowUp
from services.inspection.events.published import FollowUpClosed
from services.inspection.store import afterwards, cases
from services.inspection.usecases.access import must_be_in_charge, open_case


async def close_follow_up(tx: Transaction, case_id: str, outcome: str, actor: Actor, now: datetime) -> FollowUp:
    """Close it; raises TransferMissing when it went elsewhere without a transfer."""
    case = await open_case(tx, case_id, actor)
    must_be_in_charge(actor, case)
    follow_up = await afterwards.load_follow_up(tx, case.id)
    if follow_up is None:
        raise NotCompleted
    transferred = bool(await afterwards.load_transfers(tx, case.id))
    today = clock.china_date(now)
    closed = follow_up.close(outcome, actor.account_id, today, transferred=transferred)
    await afterwards.save_follow_up(tx, case.id, closed)
    await cases.remember(tx, case.id, f"办结后续监管：{closed.outcome}", actor.name, actor.account_id, now)
    tx.emit(
        FollowUpClosed(case_id=case.id, county=case.dispatch.county, closed_on=today, outcome=closed.outcome),
        aggregate=f"case/{case.id}",
        county=case.dispatch.county,
        at=now,
    )
    return closed
