"""Another person approves a change of a drawn list, and the rule carries it out; or sends it back with a reason."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.draw.domain.amendment import Amendment, AmendmentKind
from services.draw.domain.replacement import Swap, SwapReason, Void, VoidReason
from services.draw.domain.standing import NobodyToSend
from services.draw.settings import DrawSettings
from services.draw.store.amendments import load_amendment, save_amendment
from services.draw.store.draws import DrawRecord, load_draw
from services.draw.usecases.amend_certificate import amend, moment
from services.draw.usecases.make_up import begin_fresh, next_reserve
from services.draw.usecases.open_certificate import open_certificate


async def approve_amendment(
    tx: Transaction, settings: DrawSettings, draw_id: str, number: int, actor: Actor, now: datetime
) -> Amendment:
    """Approve and carry out. Raises AmendmentNeedsAnotherApprover, AmendmentDecided and what the rule refuses."""
    record = await load_draw(tx, draw_id, to_change=True)
    actor.must_see(record.county)
    amendment = (await load_amendment(tx, draw_id, number)).approve(actor.account_id, actor.role.value, now)
    amendment = await _carry_out(tx, settings, record, amendment, now)
    await save_amendment(tx, amendment)
    return amendment


async def reject_amendment(
    tx: Transaction, draw_id: str, number: int, reason: str, actor: Actor, now: datetime
) -> Amendment:
    """Send back with a reason. Raises AmendmentNeedsAnotherApprover, RejectionUnreasoned, AmendmentDecided."""
    record = await load_draw(tx, draw_id, to_change=True)
    actor.must_see(record.county)
    amendment = await load_amendment(tx, draw_id, number)
    amendment = amendment.reject(reason, actor.account_id, actor.role.value, now)
    await save_amendment(tx, amendment)
    return amendment


async def try_again(
    tx: Transaction, settings: DrawSettings, draw_id: str, number: int, actor: Actor, now: datetime
) -> Amendment:
    """Try a decided change again for which nobody was found: others may be free now. Raises AmendmentDecided."""
    record = await load_draw(tx, draw_id, to_change=True)
    actor.must_see(record.county)
    amendment = (await load_amendment(tx, draw_id, number)).again()
    amendment = await _carry_out(tx, settings, record, amendment, now)
    await save_amendment(tx, amendment)
    return amendment


async def carry_out_or_block(
    tx: Transaction, settings: DrawSettings, record: DrawRecord, amendment: Amendment, now: datetime
) -> Amendment:
    """Carry out what is decided elsewhere already; where the rule finds nobody, keep visibly what is lacking."""
    try:
        async with tx.savepoint():
            return await _carry_out(tx, settings, record, amendment, now)
    except NobodyToSend as error:
        return amendment.blocked(error.detail)


async def _carry_out(
    tx: Transaction, settings: DrawSettings, record: DrawRecord, amendment: Amendment, now: datetime
) -> Amendment:
    body = amendment.body
    subject: str = body.get("subject", "")
    opened = await open_certificate(tx, record, [subject] if subject else [])
    n, at = len(opened.standing.entries) + 1, moment(opened, now)
    match amendment.kind:
        case AmendmentKind.VOID:
            void = Void(n, at, subject, VoidReason(body["reason"]), tuple(body["evidence"]))
            return amendment.done(await amend(tx, opened, void, now))
        case AmendmentKind.RESERVE:
            return amendment.done(await next_reserve(tx, opened, body["void"], now, settings.merge_days))
        case AmendmentKind.OFFICER:
            into = opened.standing.officer_for(subject, body["seat"])
            swap = Swap(n, at, subject, body["seat"], body["out"], into, SwapReason(body["reason"]))
            return amendment.done(await amend(tx, opened, swap, now))
        case AmendmentKind.FRESH:
            by = amendment.decided.by if amendment.decided else amendment.proposed.by
            return amendment.running(await begin_fresh(tx, opened, body["voids"], body["reason"], by, now))
