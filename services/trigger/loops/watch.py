"""Early warning and risk view by themselves: counts are added up all the time, and judged once a day in China."""

import asyncio
from datetime import date, datetime

from libs.common.clock import china_date
from libs.common.db import Database
from libs.common.http.auth import CITY
from libs.common.telemetry.logs import get_logger
from services.trigger.domain.warning import survey
from services.trigger.store import warning
from services.trigger.usecases.reckon_risk import reckon_portion
from services.trigger.usecases.watch_counts import due_survey, keep_survey

log = get_logger(__name__)


async def add_up_counts(database: Database) -> int:
    """Add up what has been counted since the last time; returns how many steps."""
    done = 0
    while True:
        async with database.transaction() as tx:
            steps = await warning.add_up(tx)
        done += steps
        if not steps:
            return done


async def look_through(database: Database, now: datetime) -> int:
    """The day's look, if it is still to be made; returns how many alarms are new.

    The reckoning takes seconds and holds no transaction; of two processes that make it, one writes it down.
    """
    await add_up_counts(database)
    async with database.transaction() as tx:
        work = await due_survey(tx, china_date(now))
    if work is None:
        return 0
    findings = await asyncio.to_thread(survey, work.series, work.today, work.since, CITY)
    async with database.transaction() as tx:
        new = await keep_survey(tx, work.today, findings, now)
    log.info("counts looked through", series=len(work.series), findings=len(findings), alarms=new)
    return new


async def reckon_all(database: Database, today: date) -> int:
    """The risk view of all subjects, a portion a transaction; returns how many portions. Repeating it is harmless."""
    after, portions = "", 0
    while True:
        async with database.transaction() as tx:
            after = await reckon_portion(tx, after, today)
        if not after:
            return portions
        portions += 1
