"""Forget, message by message, what was heard long ago; that it was heard stays known by the stream's head."""

import asyncio
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import delete, select

from libs.common import clock
from libs.common.db import kernel
from libs.common.db.database import Database
from libs.common.ids import earliest_id
from libs.common.messaging.rabbit import supervise, wait_for_stop
from libs.common.telemetry.logs import get_logger

log = get_logger(__name__)

SWEEP_EVERY = 3600.0  # seconds
BATCH = 5_000  # rows a transaction


async def run_sweep(database: Database, days: int, stop: asyncio.Event) -> None:
    """Sweep until `stop`; a second process beside this one is harmless."""

    async def work() -> None:
        while not stop.is_set():
            await sweep_inbox(database, days, clock.now())
            await wait_for_stop(stop, SWEEP_EVERY)

    await supervise("inbox sweep", work, stop)


async def sweep_inbox(database: Database, days: int, now: datetime, batch: int = BATCH) -> int:
    """Delete the rows of messages said more than `days` ago; returns how many.

    A copy is recognised by `inbox_head`, which is never swept: these rows only serve to count and to look.
    """
    before = earliest_id(oldest_kept(days, now))
    oldest = select(kernel.inbox.c.event_id).where(kernel.inbox.c.event_id < before).limit(batch)
    swept = 0
    while True:
        async with database.transaction() as tx:
            rows = oldest.with_for_update(skip_locked=True)
            gone = (await tx.execute(delete(kernel.inbox).where(kernel.inbox.c.event_id.in_(rows)))).rowcount
        swept += gone
        if gone < batch:
            break
    if swept:
        log.info("inbox swept", messages=swept, days=days)
    return swept


def oldest_kept(days: int, now: datetime) -> datetime:
    """The beginning of the first day (UTC) of which everything is kept."""
    return datetime.combine(now.date() - timedelta(days=days), time.min, UTC)
