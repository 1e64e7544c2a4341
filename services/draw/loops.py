"""What draw does by itself: finish the draws whose seed is fixed, one after the other, also after a crash."""

import asyncio

from libs.common.clock import now
from libs.common.db.database import Database
from libs.common.messaging.rabbit import supervise, wait_for_stop
from services.draw.settings import DrawSettings
from services.draw.usecases.draw_subjects import draw_next

LOOK = 0.5  # seconds between looks for a fixed seed


async def finish_seeded_draws(_settings: DrawSettings, database: Database, stop: asyncio.Event) -> None:
    """Compute results until `stop`; of several processes each takes another draw."""

    async def work() -> None:
        while not stop.is_set():
            async with database.transaction() as tx:
                finished = await draw_next(tx, now())
            if finished is None:
                await wait_for_stop(stop, LOOK)

    await supervise("draws", work, stop)
