"""Clerks' files taken in by themselves, some rows at a time; a second process beside this one is harmless."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import RowMapping

from libs.common import clock
from libs.common.db import Database
from libs.common.db.failures import does_not_fit, was_in_the_way
from libs.common.errors import SunlotError
from libs.common.messaging.rabbit import supervise, wait_for_stop
from libs.common.telemetry.logs import get_logger
from services.trigger.domain.upload_table import Line
from services.trigger.settings import TriggerSettings
from services.trigger.store import platforms, uploads
from services.trigger.store.platforms import Platform
from services.trigger.store.vault import Vault
from services.trigger.usecases.upload_file import TakenOver, finish_upload, refuse_row, take_rows

log = get_logger(__name__)

POLL = 2.0  # seconds between two looks for a file that waits
_SWEEP_EVERY = 150  # looks
TURN = uploads.PORTION  # rows until another file has its turn, so that a long one keeps no short one waiting
TOGETHER = 50  # rows in one transaction: more would make the orders of platforms wait for it
_TRIES = 5  # of a row that others stand in the way of
_STRANGE = "含有不能识别的字符，或超出范围的数字、日期，请修改后重新上传"


async def run_uploads(settings: TriggerSettings, database: Database, stop: asyncio.Event) -> None:
    """Take in what was confirmed until `stop`, and forget what files say whose time is over."""
    vault = Vault.from_setting(settings.field_keys)

    async def work() -> None:
        looks = 0
        while not stop.is_set():
            if looks % _SWEEP_EVERY == 0:
                await forget(database)
            looks += 1
            if not await take_next(database, vault, stop):
                await wait_for_stop(stop, POLL)

    await supervise("uploads", work, stop)


async def forget(database: Database) -> None:
    """Forget what files say whose time is over."""
    more = True
    while more:
        async with database.transaction() as tx:
            more = bool(await uploads.expire(tx, clock.now()))


async def take_next(database: Database, vault: Vault, stop: asyncio.Event) -> bool:
    """Take a turn's rows of the next file in, from where it stands; whether there was one.

    Dying on the way loses and repeats nothing.
    """
    async with database.transaction() as tx:
        claimed = await uploads.claim(tx, clock.now())
        platform = await platforms.load(tx, claimed["platform"]) if claimed is not None else None
    if claimed is None or platform is None or claimed["state"] != uploads.RUNNING:
        return claimed is not None
    try:
        await _take(database, vault, claimed, platform, stop)
    except TakenOver:
        log.info("another worker goes on", upload=claimed["upload_id"])
    return True


async def _take(database: Database, vault: Vault, claimed: RowMapping, platform: Platform, stop: asyncio.Event) -> None:
    place, total = claimed["done"], claimed["total"]
    until = min(total, place + TURN)
    while place < until and not stop.is_set():
        number, start = divmod(place, uploads.PORTION)
        async with database.transaction() as tx:
            lines = (await uploads.portion_of(tx, vault, claimed["upload_id"], number))[start : start + until - place]
            if not lines:
                await uploads.fail(tx, claimed, clock.now())
                return
        while lines and not stop.is_set():
            taken = await _group(database, vault, claimed, place, lines[:TOGETHER], platform)
            place, lines = place + taken, lines[taken:]
    async with database.transaction() as tx:
        if place < total:
            await uploads.let_go(tx, claimed, clock.now())
        else:
            await finish_upload(tx, claimed, clock.now())


async def _group(
    database: Database, vault: Vault, claimed: RowMapping, place: int, lines: Sequence[Line], platform: Platform
) -> int:
    """Some rows in one transaction; how many were taken. When that fails each alone, so that only one is refused."""
    try:
        async with database.transaction() as tx:
            return await take_rows(tx, claimed, place, lines, platform, vault, clock.now())
    except Exception as failure:
        if not (isinstance(failure, SunlotError) or was_in_the_way(failure) or does_not_fit(failure)):
            raise
    for number, line in enumerate(lines):
        await _row(database, vault, claimed, place + number, line, platform)
    return len(lines)


async def _row(
    database: Database, vault: Vault, claimed: RowMapping, place: int, line: Line, platform: Platform
) -> None:
    """One row, one transaction; what the row itself is to blame for is written down, and the next ones are taken."""
    for attempt in range(_TRIES):
        why = ""
        try:
            async with database.transaction() as tx:
                await take_rows(tx, claimed, place, [line], platform, vault, clock.now())
        except SunlotError as refusal:
            why = refusal.detail
        except Exception as failure:
            if was_in_the_way(failure) and attempt + 1 < _TRIES:
                continue
            if not does_not_fit(failure):
                raise
            why = _STRANGE
        if why:
            async with database.transaction() as tx:
                await refuse_row(tx, claimed, place, line, why, vault, clock.now())
        return
