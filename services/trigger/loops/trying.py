"""Back-tests run in the background, one at a time, a second process beside this one being harmless."""

import asyncio

from libs.common.db import Database
from libs.common.messaging.rabbit import supervise, wait_for_stop
from services.trigger.settings import TriggerSettings
from services.trigger.usecases.back_test import run_next

POLL = 2.0  # seconds between two looks for one that waits


async def run_back_tests(_settings: TriggerSettings, database: Database, stop: asyncio.Event) -> None:
    """Run what is asked for until `stop`; one that is cut off is begun anew."""

    async def work() -> None:
        while not stop.is_set():
            if not await run_next(database):
                await wait_for_stop(stop, POLL)

    await supervise("back-tests", work, stop)
