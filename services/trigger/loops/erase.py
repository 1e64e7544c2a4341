"""Erasure by policy, by itself: a portion a transaction, until nothing is due, once an hour."""

import asyncio
from datetime import datetime

from libs.common import clock
from libs.common.db import Database
from libs.common.messaging.rabbit import supervise, wait_for_stop
from libs.common.telemetry.logs import get_logger
from services.trigger.settings import TriggerSettings
from services.trigger.usecases.erase_signals import erase_signals

log = get_logger(__name__)

ERASE_EVERY = 3600.0  # seconds


async def erase_old(settings: TriggerSettings, database: Database, stop: asyncio.Event) -> None:
    """Erase until `stop`; a second process beside this one is harmless, and so is a kill."""

    async def work() -> None:
        while not stop.is_set():
            await erase_due(database, settings.erase_after_days, clock.now())
            await wait_for_stop(stop, ERASE_EVERY)

    await supervise("erasure", work, stop)


async def erase_due(database: Database, days: int, now: datetime) -> int:
    """Erase all that is due; returns how many signals. 0 days is never."""
    done = 0
    while days:
        async with database.transaction() as tx:
            erased = await erase_signals(tx, days, now)
        if not erased:
            break
        done += erased
    if done:
        log.info("erased by policy", signals=done, days=days)
    return done
