"""Keys of names, made anew after a release that reads names differently: at the start, a portion a transaction."""

import asyncio

from libs.common.db import Database
from libs.common.messaging.rabbit import supervise, wait_for_stop
from libs.common.telemetry.logs import get_logger
from services.trigger.settings import TriggerSettings
from services.trigger.usecases.renew_keys import renew_keys

log = get_logger(__name__)

LOOK_EVERY = 3600.0  # seconds


async def renew_names(_settings: TriggerSettings, database: Database, stop: asyncio.Event) -> None:
    """Renew until `stop`; a second process beside this one takes other rows, and a kill loses nothing."""

    async def work() -> None:
        while not stop.is_set():
            await renew_all(database)
            await wait_for_stop(stop, LOOK_EVERY)

    await supervise("names", work, stop)


async def renew_all(database: Database) -> int:
    """Renew all that is old; returns how many rows."""
    done = 0
    while True:
        async with database.transaction() as tx:
            renewed = await renew_keys(tx)
        if not renewed:
            break
        done += renewed
    if done:
        log.info("keys of names renewed", rows=done)
    return done
