"""What draw does by itself: finish the draws whose seed is fixed, one after the other, also after a crash."""

import asyncio
import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice

from libs.common.clock import now
from libs.common.db.database import Database
from libs.common.messaging.rabbit import supervise, wait_for_stop
from services.draw.domain.fast_lottery import Bounds, Portion, one_after_the_other, sift
from services.draw.settings import DrawSettings
from services.draw.usecases.audit_fairness import tally_next
from services.draw.usecases.draw_subjects import draw_next

MANY = 4  # portions of 512 pages: below half a million rows another process costs more than it saves
LOOK = 0.5  # seconds between looks for a fixed seed


def across_cores(portions: Iterable[tuple[str, Bounds, Sequence[bytes]]]) -> Iterable[Portion]:
    """Sift on every core, a few portions ahead, so that the pages on their way stay few."""
    rest = iter(portions)
    first = list(islice(rest, MANY))
    if len(first) < MANY:
        yield from one_after_the_other(first)
        return
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("forkserver")) as pool:
        waiting: deque[Future[Portion]] = deque(pool.submit(sift, *portion) for portion in first)
        for portion in rest:
            waiting.append(pool.submit(sift, *portion))
            if len(waiting) > 2 * cores:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


async def finish_seeded_draws(_settings: DrawSettings, database: Database, stop: asyncio.Event) -> None:
    """Compute results until `stop`; of several processes each takes another draw."""

    async def work() -> None:
        while not stop.is_set():
            async with database.transaction() as tx:
                finished = await draw_next(tx, now(), across_cores)
            if finished is None:
                await wait_for_stop(stop, LOOK)

    await supervise("draws", work, stop)


async def count_finished_draws(_settings: DrawSettings, database: Database, stop: asyncio.Event) -> None:
    """Keep the self-audit up to date until `stop`: one sheet of a pool a transaction."""

    async def work() -> None:
        while not stop.is_set():
            async with database.transaction() as tx:
                busy = await tally_next(tx, now())
            if not busy:
                await wait_for_stop(stop, 4 * LOOK)

    await supervise("audit", work, stop)
