"""Stop pushing answers to a platform, with a reason, and go on; nothing is lost or expires meanwhile."""

from datetime import datetime

from libs.common.db import Transaction
from libs.common.errors import NotFound
from libs.common.http.auth import Actor
from services.trigger.domain.delivery import pause_reason_given
from services.trigger.store import delivery, platforms


async def pause_platform(tx: Transaction, code: str, reason: str, actor: Actor, now: datetime) -> None:
    """From now on nothing is pushed; harmless if it is paused already. Raises PauseReasonMissing."""
    if await platforms.load(tx, code, lock=True) is None:
        raise NotFound
    given = pause_reason_given(reason)
    if code not in await delivery.paused(tx):
        await delivery.pause(tx, code, given, actor.name, now)


async def resume_platform(tx: Transaction, code: str, actor: Actor, now: datetime) -> None:
    """Push again, what waits at once; harmless if it is not paused."""
    if await platforms.load(tx, code, lock=True) is None:
        raise NotFound
    if code in await delivery.paused(tx):
        await delivery.resume(tx, code, actor.name, now)
