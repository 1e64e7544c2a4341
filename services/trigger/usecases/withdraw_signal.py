"""A platform took its order back (退单): nobody waits for it any more, and rules forget it where it decided nothing."""

from dataclasses import replace
from datetime import datetime

from libs.common.db import Transaction
from services.trigger.domain import answer, review
from services.trigger.domain.signal import MATCHED, WITHDRAWN, Signal
from services.trigger.store import answers, reviews
from services.trigger.usecases.fire_rules import forget_signal


async def withdraw_signal(tx: Transaction, signal: Signal, now: datetime) -> Signal:
    """What was announced stays; reviews are over; the platform is told once."""
    if signal.state == MATCHED:
        await forget_signal(tx, signal)
    await reviews.close(tx, signal.signal_id, review.WITHDRAWN, "系统", now)
    await reviews.set_clock(tx, signal.signal_id)
    await answers.add(tx, signal, answer.TAKEN_BACK, review.withdrawn(), now)
    return replace(signal, state=WITHDRAWN)
