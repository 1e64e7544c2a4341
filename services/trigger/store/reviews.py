"""Reviews: each time a complainant was not satisfied, with its clock, until a clerk ends it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import RowMapping, func, insert, select, update

from libs.common.db import Transaction
from libs.common.workdays import Deadline
from services.trigger.domain.signal import WAITING, Signal
from services.trigger.store.order_tables import reviews
from services.trigger.store.tables import signals, trigger_signals, triggers

JOINABLE: Final = timedelta(days=90)  # a trigger older than this is not joined any more
_OFFERED: Final = 20  # triggers to choose from


async def add(tx: Transaction, signal_id: str, message_id: str, reason: str, due: Deadline, now: datetime) -> int:
    """Open a review; returns its number, from 1. The caller holds the signal's row."""
    last = await tx.scalar(select(func.max(reviews.c.number)).where(reviews.c.signal_id == signal_id))
    number = (last or 0) + 1
    await tx.execute(
        insert(reviews).values(
            signal_id=signal_id,
            number=number,
            message_id=message_id,
            reason=reason,
            opened_at=now,
            due=due.due,
            due_provisional=due.provisional,
            closed_by="",
            conclusion="",
        )
    )
    return number


async def of_signal(tx: Transaction, signal_id: str) -> Sequence[RowMapping]:
    """A signal's reviews, in order."""
    return await tx.all(select(reviews).where(reviews.c.signal_id == signal_id).order_by(reviews.c.number))


async def close(tx: Transaction, signal_id: str, conclusion: str, who: str, now: datetime) -> list[int]:
    """End every open review of the signal; returns their numbers."""
    rows = await tx.all(
        update(reviews)
        .where(reviews.c.signal_id == signal_id, reviews.c.closed_at.is_(None))
        .values(closed_at=now, closed_by=who, conclusion=conclusion)
        .returning(reviews.c.number)
    )
    return sorted(row["number"] for row in rows)


async def set_clock(tx: Transaction, signal_id: str) -> None:
    """The signal shows the day of its earliest open review, or none."""
    earliest = (
        select(func.min(reviews.c.due))
        .where(reviews.c.signal_id == signal_id, reviews.c.closed_at.is_(None))
        .scalar_subquery()
    )
    await tx.execute(update(signals).where(signals.c.signal_id == signal_id).values(review_due=earliest))


async def retake(tx: Transaction, signal_id: str, due: Deadline) -> None:
    """A signal that was returned waits again, with a new clock."""
    await tx.execute(
        update(signals)
        .where(signals.c.signal_id == signal_id)
        .values(state=WAITING, decided_at=None, due=due.due, due_provisional=due.provisional)
    )


async def joinable(tx: Transaction, signal: Signal, now: datetime) -> Sequence[RowMapping]:
    """Recent triggers of the signal's county that it does not belong to, newest first."""
    own: Any = select(trigger_signals.c.trigger_id).where(trigger_signals.c.signal_id == signal.signal_id)
    return await tx.all(
        select(triggers)
        .where(
            triggers.c.county == signal.county,
            triggers.c.fired_at > now - JOINABLE,
            triggers.c.trigger_id.not_in(own),
        )
        .order_by(triggers.c.fired_at.desc(), triggers.c.trigger_id)
        .limit(_OFFERED)
    )
