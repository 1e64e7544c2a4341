"""Referrals: documents of other authorities with a deadline, in and out and as a list."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, Select, func, insert, select, update

from libs.common.db import Transaction
from libs.common.http.auth import Actor
from libs.common.web import ListQuery
from services.trigger.domain import referral
from services.trigger.domain.entry import Referral
from services.trigger.domain.referral import Reply
from services.trigger.store.channel_tables import referrals
from services.trigger.store.tables import signals


async def add(tx: Transaction, signal_id: str, told: Referral) -> None:
    """Keep the document by which a signal was referred to us."""
    await tx.execute(
        insert(referrals).values(
            signal_id=signal_id, document_number=told.document_number, sender=told.sender, reply_by=told.reply_by,
            reply_number="", recorded_by="", recorded_name="",
        )
    )  # fmt: skip


async def load(tx: Transaction, signal_id: str, *, lock: bool = False) -> RowMapping | None:
    """The document of a signal, or None."""
    statement = select(referrals).where(referrals.c.signal_id == signal_id)
    return await tx.first(statement.with_for_update() if lock else statement)


async def save_reply(tx: Transaction, signal_id: str, reply: Reply, actor: Actor, now: datetime) -> None:
    """The referral was answered by this document."""
    await tx.execute(
        update(referrals)
        .where(referrals.c.signal_id == signal_id)
        .values(
            reply_number=reply.number, replied_on=reply.replied_on, recorded_at=now, recorded_by=actor.account_id,
            recorded_name=actor.name,
        )
    )  # fmt: skip


def seen_by(actor: Actor, query: ListQuery, today: date, near_until: date) -> Select[Any]:
    """Referrals with their signals, the nearest deadline first; `near_until` is the last day that counts as near."""
    names = ("signal_id", "document_number", "sender", "reply_by", "reply_number", "replied_on", "recorded_name")
    statement = (
        select(*(referrals.c[name] for name in names), signals.c.county, signals.c.category, signals.c.accepted_at)
        .join(signals, signals.c.signal_id == referrals.c.signal_id)
        .order_by(referrals.c.reply_number != "", referrals.c.reply_by, referrals.c.signal_id)
    )
    if not actor.whole_city:
        statement = statement.where(signals.c.county == actor.county)
    if county := query.value("county"):
        statement = statement.where(signals.c.county == county)
    if words := query.value("q"):
        statement = statement.where(
            referrals.c.document_number.contains(words, autoescape=True)
            | referrals.c.sender.contains(words, autoescape=True)
        )
    unanswered, due = referrals.c.reply_number == "", referrals.c.reply_by
    states = {
        referral.REPLIED: [referrals.c.reply_number != ""],
        referral.LATE: [unanswered, due < today],
        referral.SOON: [unanswered, due >= today, due <= near_until],
        referral.OPEN: [unanswered, due > near_until],
    }
    return statement.where(*states.get(query.value("state"), []))


async def waiting(tx: Transaction, actor: Actor, today: date, near_until: date) -> dict[str, int]:
    """How many referrals are near their deadline and beyond it, of what the actor sees."""
    statement = (
        select(
            func.count().filter(referrals.c.reply_by < today).label(referral.LATE),
            func.count().filter(referrals.c.reply_by >= today, referrals.c.reply_by <= near_until).label(referral.SOON),
        )
        .join(signals, signals.c.signal_id == referrals.c.signal_id)
        .where(referrals.c.reply_number == "", referrals.c.reply_by <= near_until)
    )
    if not actor.whole_city:
        statement = statement.where(signals.c.county == actor.county)
    row = await tx.first(statement)
    return {name: int(row[name]) if row else 0 for name in (referral.LATE, referral.SOON)}
