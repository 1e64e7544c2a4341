"""Record by which document a referral was answered (办结回复)."""

from datetime import datetime

from libs.common.clock import china_date
from libs.common.db import Transaction
from libs.common.errors import NotFound
from libs.common.http.auth import Actor
from services.trigger.domain.errors import AlreadyReplied
from services.trigger.domain.referral import Reply, checked
from services.trigger.store import referrals, signals
from services.trigger.store.vault import Vault

FIELD = "referral_reply"  # the reply's text, which may repeat the complaint


async def reply_referral(
    tx: Transaction, signal_id: str, reply: Reply, vault: Vault, actor: Actor, now: datetime
) -> None:
    """Keep the reply, its text encrypted; raises NotFound, Invalid, AlreadyReplied."""
    signal = await signals.load(tx, signal_id, lock=True)
    referred = await referrals.load(tx, signal_id, lock=True)
    if signal is None or referred is None:
        raise NotFound
    actor.must_see(signal.county)
    tx.follow(signal.correlation_id)
    if referred["reply_number"]:
        raise AlreadyReplied
    reply = checked(reply, china_date(signal.accepted_at), china_date(now))
    await referrals.save_reply(tx, signal_id, reply, actor, now)
    await signals.seal_fields(tx, signal_id, {FIELD: vault.seal(signal_id, FIELD, reply.text)})
    await signals.note(tx, signal_id, actor.name, f"转办交办已办结回复（{reply.number}）", now)
