"""Pushes records to the national platform and polls what it has not decided.

What survives a crash: everything. A record is claimed for a minute in a transaction of its own, sent outside any,
and its answer is kept in a third. Killed in between, it is sent again with the same id, which the platform knows.
"""

import asyncio
from datetime import timedelta

import httpx
from sqlalchemy import RowMapping

from libs.common import clock
from libs.common.db.database import Database
from libs.common.messaging.rabbit import wait_for_stop
from libs.common.telemetry.context import follow
from libs.common.telemetry.logs import get_logger
from services.publicity.domain.mirror import LEASE, Delivery, Receipt, next_attempt
from services.publicity.loops.platform import Platform, PlatformAway
from services.publicity.settings import PublicitySettings
from services.publicity.store.mirror import claim_due, lock_delivery, save_delivery
from services.publicity.usecases.take_receipt import take_receipt

log = get_logger(__name__)

BATCH = 20


async def mirror(settings: PublicitySettings, database: Database, stop: asyncio.Event) -> None:
    """Work until `stop`; without SUNLOT_MIRROR_URL there is nothing to push to."""
    if not settings.mirror_url:
        return
    async with httpx.AsyncClient(timeout=settings.mirror_timeout) as client:
        platform = Platform(client, settings.mirror_url)
        while not stop.is_set():
            done = 0
            try:
                done = await push_due(settings, database, platform)
            except Exception as error:  # noqa: BLE001 - the loop outlives a database that is away
                log.warning("mirror round failed", error=type(error).__name__)
            if not done:
                await wait_for_stop(stop, settings.mirror_poll)


async def push_due(settings: PublicitySettings, database: Database, platform: Platform) -> int:
    """One round: claim what is due, send it, keep the answers; return how many records were claimed."""
    now = clock.now()
    async with database.transaction() as tx:
        rows = await claim_due(tx, now, now + LEASE, BATCH)
    for row in rows:
        follow(row["correlation_id"])
        try:
            receipt = await _ask(platform, row)
        except PlatformAway as away:
            await _put_off(settings, database, row, str(away))
        else:
            await _keep(settings, database, receipt)
    return len(rows)


async def _ask(platform: Platform, row: RowMapping) -> Receipt:
    record_id, payload = row["record_id"], bytes(row["payload"])
    waiting = row["state"] == Delivery.PENDING
    receipt = await (platform.receipt(record_id, payload) if waiting else platform.push(payload))
    if receipt.record_id != record_id:
        raise PlatformAway("the answer is about another record")
    return receipt


async def _keep(settings: PublicitySettings, database: Database, receipt: Receipt) -> None:
    wait = timedelta(seconds=settings.mirror_retry)
    async with database.transaction() as tx:
        await take_receipt(tx, receipt, signer=settings.signer, wait=wait, now=clock.now())


async def _put_off(settings: PublicitySettings, database: Database, row: RowMapping, why: str) -> None:
    now = clock.now()
    again = next_attempt(row["attempts"] + 1, now, timedelta(seconds=settings.mirror_retry))
    log.warning("platform away", record_id=row["record_id"], attempts=row["attempts"] + 1, error=why)
    async with database.transaction() as tx:
        fresh = await lock_delivery(tx, row["record_id"])
        if fresh is not None and not Delivery(fresh["state"]).final:
            await save_delivery(tx, fresh, now, next_attempt_at=again, message=f"平台未应答（{why}）")
