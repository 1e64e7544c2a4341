"""Back-tests run in the background, one at a time, a second process beside this one being harmless."""

import asyncio

from libs.common import clock
from libs.common.db import Database
from libs.common.messaging.rabbit import supervise, wait_for_stop
from services.trigger.domain.rule_reader import read_rule
from services.trigger.domain.trial import Trial
from services.trigger.settings import TriggerSettings
from services.trigger.store import back_tests, counters, rules, triggers
from services.trigger.usecases.back_test import save_back_test

_EVERY = 50_000  # signals between two news of the progress
POLL = 2.0  # seconds between two looks for one that waits


async def run_back_tests(_settings: TriggerSettings, database: Database, stop: asyncio.Event) -> None:
    """Run what is asked for until `stop`; one that is cut off is begun anew."""

    async def work() -> None:
        while not stop.is_set():
            if not await run_next(database):
                await wait_for_stop(stop, POLL)

    await supervise("back-tests", work, stop)


async def run_next(database: Database) -> bool:
    """Run the next one that is waiting; whether there was one. Dying on the way loses nothing: it is begun anew."""
    async with database.transaction() as tx:
        claimed = await back_tests.claim(tx, clock.now())
        if claimed is None or claimed["state"] != back_tests.RUNNING:
            return claimed is not None
        version = await rules.load(tx, claimed["rule_id"], claimed["version"])
    assert version is not None  # noqa: S101 - versions stay
    rule = read_rule(version["document"])
    trial = Trial(rule)
    async with database.transaction() as reading:
        found = await counters.count_history(reading, rule)
        told = 0
        async for portion in counters.history(reading, rule):
            trial.take(portion)
            if trial.taken >= told + _EVERY or not told:
                told = trial.taken
                async with database.transaction() as tx:
                    if not await back_tests.advance(tx, claimed, told, found["number"], clock.now()):
                        return True
        fired = await triggers.of_rule(reading, rule.id)
    async with database.transaction() as tx:
        await save_back_test(tx, claimed, rule, trial, fired, clock.now())
    return True
