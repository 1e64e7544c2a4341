"""What draw does by itself: the long steps of a draw that people asked for, also after a crash."""

import asyncio
import multiprocessing
import os
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from time import monotonic
from typing import TypeVar

import httpx

from libs.common.clock import now
from libs.common.db.database import Database
from libs.common.messaging.rabbit import supervise, wait_for_stop
from services.draw.domain.draw_state import DrawState
from services.draw.settings import DrawSettings
from services.draw.store.progress import note_progress
from services.draw.usecases.audit_fairness import tally_next
from services.draw.usecases.await_beacon import Awaited, claim_due_round, keep_round, put_off
from services.draw.usecases.commit_draw import commit_next
from services.draw.usecases.dispatch_list import dispatch_next
from services.draw.usecases.draw_subjects import draw_next
from services.draw.usecases.freeze_pool import freeze_next
from services.draw.usecases.open_seal import open_next_inspected

T = TypeVar("T")
R = TypeVar("R")

MANY = 8  # sheets of 16 384 rows: below that another process costs more than it saves
LOOK = 0.5  # seconds between looks for something to do, and between two notes of how far it is
LONGEST_ROUND = 4096  # bytes; a round of drand's is 200


async def across_cores(work: Callable[[T], R], sheets: AsyncIterator[T]) -> AsyncIterator[R]:
    """Work on every core, a few sheets ahead, so that those on their way stay few; on few sheets in this process."""
    first = [sheet async for sheet in _at_most(MANY, sheets)]
    if len(first) < MANY:
        for sheet in first:
            yield await asyncio.to_thread(work, sheet)
        return
    cores = os.cpu_count() or 1
    loop = asyncio.get_running_loop()
    pool = ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("forkserver"))
    try:
        waiting = deque(loop.run_in_executor(pool, work, sheet) for sheet in first)
        async for sheet in sheets:
            waiting.append(loop.run_in_executor(pool, work, sheet))
            if len(waiting) > 2 * cores:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


async def _at_most(number: int, items: AsyncIterator[T]) -> AsyncIterator[T]:
    """The first few, leaving the rest where it is."""
    for _ in range(number):
        try:
            yield await anext(items)
        except StopAsyncIteration:
            return


class Noticeboard:
    """Tells how far a long step is, each time in a transaction of its own, and not more often than people look."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next = 0.0

    async def __call__(self, draw_id: str, step: DrawState, done: int, total: int) -> None:
        """Keep it, unless something was kept just now."""
        if done and monotonic() < self._next:
            return
        self._next = monotonic() + LOOK
        async with self._database.transaction() as tx:
            await note_progress(tx, draw_id, step, done, total, now())


async def freeze_one(settings: DrawSettings, database: Database) -> str | None:
    """Freeze one pool that was asked for; its draw's id, or None when none waits."""
    async with database.transaction() as tx:
        return await freeze_next(tx, database.transaction, settings, now(), across_cores, Noticeboard(database))


async def commit_one(settings: DrawSettings, database: Database) -> str | None:
    """Rehearse and commit one draw for which that was asked; its id, or None when none waits."""
    async with database.transaction() as tx:
        return await commit_next(tx, settings, now, Noticeboard(database))


async def draw_one(_settings: DrawSettings, database: Database) -> str | None:
    """Finish one draw whose seed is fixed; its id, or None when none waits."""
    async with database.transaction() as tx:
        return await draw_next(tx, now(), across_cores, Noticeboard(database))


async def dispatch_one(settings: DrawSettings, database: Database) -> str | None:
    """Hand over one long list for which that was asked; its draw's id, or None when none waits."""
    async with database.transaction() as tx:
        return await dispatch_next(tx, database.transaction, settings, now, Noticeboard(database))


async def take_long_steps(settings: DrawSettings, database: Database, stop: asyncio.Event) -> None:
    """Freeze, commit, draw and dispatch until `stop`, each on its own; of several processes each takes another draw."""

    async def one_after_the_other(step: Callable[[DrawSettings, Database], Awaitable[str | None]]) -> None:
        while not stop.is_set():
            if await step(settings, database) is None:
                await wait_for_stop(stop, LOOK)

    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            for step in (freeze_one, commit_one, draw_one, dispatch_one):
                tasks.create_task(one_after_the_other(step))

    await supervise("draws", work, stop)


async def take_due_rounds(settings: DrawSettings, database: Database, stop: asyncio.Event) -> None:
    """Close the draws whose beacon is due and fetch it, until `stop`; of several processes each takes another draw."""

    async def work() -> None:
        # A relay is asked where the settings say, not where it sends us on to.
        async with httpx.AsyncClient(timeout=settings.beacon_timeout, follow_redirects=False) as client:
            while not stop.is_set():
                if not await take_round(settings, database, client):
                    await wait_for_stop(stop, LOOK)

    await supervise("beacons", work, stop)


async def take_round(settings: DrawSettings, database: Database, client: httpx.AsyncClient) -> bool:
    """Close one draw and ask for its round, outside of any transaction; False when none is due."""
    async with database.transaction() as tx:
        awaited = await claim_due_round(tx, now())
    if awaited is None:
        return False
    try:
        answer = await _ask(settings, client, awaited)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        async with database.transaction() as tx:
            await put_off(tx, awaited.draw_id, _reason(error), now())
    else:
        async with database.transaction() as tx:
            await keep_round(tx, awaited.draw_id, answer, now())
    return True


async def _ask(settings: DrawSettings, client: httpx.AsyncClient, awaited: Awaited) -> bytes:
    if not settings.beacon_url:
        raise httpx.UnsupportedProtocol("no relay")
    address = f"{settings.beacon_url.rstrip('/')}/{awaited.beacon.chain.hash}/public/{awaited.beacon.round}"
    body = b""
    # Neither a drop a minute nor a gigabyte holds the others up.
    async with asyncio.timeout(settings.beacon_timeout), client.stream("GET", address) as reply:
        reply.raise_for_status()
        async for part in reply.aiter_bytes():  # unpacked: a relay may compress
            body += part
            if len(body) > LONGEST_ROUND:
                break
    return body


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        code = error.response.status_code
        return f"信标中继返回 HTTP {code}" + ("，该轮可能尚未公布。" if code in {404, 425} else "。")
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return "没有配置可用的信标中继，请由参与方提供该轮结果。"
    return "信标中继没有应答，可能网络不通；也可由参与方提供该轮结果。"


async def open_inspected_seals(_settings: DrawSettings, database: Database, stop: asyncio.Event) -> None:
    """Publish sealed draws whose inspections have ended, until `stop`."""

    async def work() -> None:
        while not stop.is_set():
            async with database.transaction() as tx:
                opened = await open_next_inspected(tx, now())
            if opened is None:
                await wait_for_stop(stop, 2 * LOOK)

    await supervise("seals", work, stop)


async def count_finished_draws(_settings: DrawSettings, database: Database, stop: asyncio.Event) -> None:
    """Keep the self-audit up to date until `stop`: one sheet of a pool a transaction."""

    async def work() -> None:
        while not stop.is_set():
            async with database.transaction() as tx:
                busy = await tally_next(tx, now())
            if not busy:
                await wait_for_stop(stop, 4 * LOOK)

    await supervise("audit", work, stop)
