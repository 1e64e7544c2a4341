"""Looks again and again whether the calendar of a provisional deadline has come with a new release."""

import asyncio

from libs.common import clock
from libs.common.db.database import Database
from libs.common.messaging.rabbit import wait_for_stop
from libs.common.telemetry.logs import get_logger
from services.publicity.settings import PublicitySettings
from services.publicity.usecases.recompute_deadlines import BATCH, recompute_deadlines

log = get_logger(__name__)


async def watch_deadlines(settings: PublicitySettings, database: Database, stop: asyncio.Event) -> None:
    """Recompute at the start and every `deadline_watch` seconds; a failure is logged and tried again."""
    while not stop.is_set():
        try:
            while await _once(database) == BATCH:
                pass
        except Exception as error:  # noqa: BLE001 - the loop outlives a database that is away
            log.warning("deadlines not recomputed", error=type(error).__name__)
        await wait_for_stop(stop, settings.deadline_watch)


async def _once(database: Database) -> int:
    async with database.transaction() as tx:
        return await recompute_deadlines(tx, clock.now())
