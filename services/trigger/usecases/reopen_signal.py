"""A complainant was not satisfied: the signal is under review again, and its platform is told until when."""

from datetime import datetime

from libs.common.db import Transaction
from libs.common.web.filters import day
from services.trigger.domain import answer, review
from services.trigger.domain.message import Message
from services.trigger.domain.signal import WITHDRAWN, Signal, due_of
from services.trigger.domain.sla import DEFAULT_DAYS, REVIEW
from services.trigger.store import answers, platforms, reviews


async def reopen_signal(tx: Transaction, signal: Signal, message: Message, now: datetime) -> None:
    """Open a review with a clock of its own; one of an order that the platform took back is over at once."""
    platform = await platforms.load(tx, signal.platform)
    due = due_of(now, platform.days(REVIEW, signal.kind) if platform else DEFAULT_DAYS)
    number = await reviews.add(tx, signal.signal_id, message.message_id, message.reason, due, now)
    if signal.state == WITHDRAWN:
        await reviews.close(tx, signal.signal_id, review.WITHDRAWN, "系统", now)
    else:
        await answers.add(tx, signal, answer.REOPENED, review.reopened(day(due.due)), now, number)
    await reviews.set_clock(tx, signal.signal_id)
