"""Push due answers to their platforms: claim in one transaction, send outside of any, save what became of it."""

import asyncio
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from libs.common import clock
from libs.common.db import Database
from libs.common.telemetry.logs import get_logger
from services.trigger.domain.delivery import next_attempt
from services.trigger.domain.signature import TOLERANCE, sign
from services.trigger.store import answers, platforms
from services.trigger.store.answers import Claimed
from services.trigger.store.vault import Vault
from services.trigger.usecases.manage_platforms import opened_keys

log = get_logger(__name__)

BATCH = 20  # answers on their way at the same time


async def push_due(database: Database, client: httpx.AsyncClient, vault: Vault) -> int:
    """Push what is due and return how many answers were tried; one of an order at a time, in their order."""
    now = clock.now()
    async with database.transaction() as tx:
        claimed = await answers.claim(tx, BATCH, now)
    targets = {code: await _target(database, code, vault) for code in sorted({one.platform for one in claimed})}
    errors = await asyncio.gather(*(_send(client, one, *targets[one.platform]) for one in claimed))
    await _save(database, list(zip(claimed, errors, strict=True)))
    return len(claimed)


async def sweep(database: Database) -> None:
    """Forget nonces that no signature could use any more."""
    async with database.transaction() as tx:
        await platforms.sweep_nonces(tx, clock.now() - 3 * TOLERANCE)


async def _target(database: Database, code: str, vault: Vault) -> tuple[str, str]:
    """The platform's callback and newest key; empty when there is none."""
    async with database.transaction() as tx:
        platform = await platforms.load(tx, code)
        keys = await opened_keys(tx, code, vault)
    return (platform.callback_url, keys[0]) if platform and keys else ("", "")


async def _send(client: httpx.AsyncClient, answer: Claimed, url: str, key: str) -> str:
    """Nothing when the platform has taken the answer, else what went wrong, without the platform's own words."""
    if not url:
        return "平台没有回推地址或有效密钥"
    body = json.dumps(
        {
            "answer_id": answer.answer_id,
            "order_id": answer.order_id,
            "signal_id": answer.signal_id,
            "sequence": answer.sequence,
            "stage": answer.stage,
            "text": answer.text,
            "at": answer.created_at.isoformat(),
        },
        ensure_ascii=False,
    ).encode()
    try:
        reply = await client.post(url, content=body, headers=_headers(answer, url, key, body, clock.now()))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return type(error).__name__
    return "" if reply.is_success else f"HTTP {reply.status_code}"


def _headers(answer: Claimed, url: str, key: str, body: bytes, now: datetime) -> dict[str, str]:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(16)
    return {
        "content-type": "application/json",
        "x-request-id": answer.correlation_id,
        "x-sunlot-platform": answer.platform,
        "x-sunlot-timestamp": timestamp,
        "x-sunlot-nonce": nonce,
        "x-sunlot-signature": sign(key, "POST", target, timestamp, nonce, body),
    }


async def _save(database: Database, outcomes: Sequence[tuple[Claimed, str]]) -> None:
    """Save each outcome; dying before this repeats a push under the same answer id, and loses nothing."""
    if not outcomes:
        return
    now = clock.now()
    async with database.transaction() as tx:
        for answer, error in outcomes:
            if not error:
                await answers.delivered(tx, answer, now)
                continue
            again = next_attempt(answer.attempts, answer.created_at, now)
            await answers.failed(tx, answer, error, again)
            log.warning("answer not delivered", answer=answer.answer_id, error=error, attempts=answer.attempts)
