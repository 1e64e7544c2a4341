"""What trigger does by itself: push answers, forget old nonces, watch the counts."""

import asyncio

import httpx

from libs.common import clock
from libs.common.db import Database
from libs.common.messaging.rabbit import supervise, wait_for_stop
from services.trigger.domain.callback import read_networks
from services.trigger.loops.push_due import apply_kept, platforms_due, push_to, sweep
from services.trigger.loops.watch import look_through, reckon_all
from services.trigger.settings import TriggerSettings
from services.trigger.store.vault import Vault
from services.trigger.usecases.call_out import CallOut

SWEEP_EVERY = 300  # looks
WATCH_EVERY = 30.0  # seconds


async def push_answers(settings: TriggerSettings, database: Database, stop: asyncio.Event) -> None:
    """Push until `stop`; a second process beside this one is harmless."""
    vault = Vault.from_setting(settings.field_keys)
    networks = read_networks(settings.callback_networks)

    async def work() -> None:
        # A platform is called where its administrator said, not where it sends us on to: redirects are not followed.
        async with (
            httpx.AsyncClient(transport=CallOut(networks), timeout=settings.answer_timeout) as client,
            asyncio.TaskGroup() as tasks,
        ):

            async def push_all(platform: str) -> None:
                while not stop.is_set() and await push_to(database, client, vault, platform):
                    pass

            busy: dict[str, asyncio.Task[None]] = {}  # a platform that hangs delays nobody else
            looks = 0
            while not stop.is_set():
                for platform in await platforms_due(database):
                    if platform not in busy or busy[platform].done():
                        busy[platform] = tasks.create_task(push_all(platform))
                await apply_kept(database)
                if looks % SWEEP_EVERY == 0:
                    await sweep(database)
                looks += 1
                await wait_for_stop(stop, settings.answer_poll)

    await supervise("answers", work, stop)


async def watch_counts(_settings: TriggerSettings, database: Database, stop: asyncio.Event) -> None:
    """Add up counts until `stop`; look through them and reckon the risk view once a day, the latter also at a start."""

    async def work() -> None:
        reckoned = None
        while not stop.is_set():
            await look_through(database, clock.now())
            if reckoned != (today := clock.china_date(clock.now())):
                await reckon_all(database, today)
                reckoned = today
            await wait_for_stop(stop, WATCH_EVERY)

    await supervise("early warning", work, stop)
