"""Push due answers to their platforms: claim in one transaction, send outside of any, save what became of it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import httpx

from libs.common import clock
from libs.common.db import Database
from libs.common.telemetry.logs import get_logger
from services.trigger.domain.delivery import next_attempt
from services.trigger.domain.message import KEPT_FOR
from services.trigger.domain.signature import TOLERANCE
from services.trigger.store import answers, messages, platforms
from services.trigger.store.answers import Claimed
from services.trigger.store.vault import Vault
from services.trigger.usecases.call_platform import FAILURES, Target, failure_in_words, post_signed, target_of
from services.trigger.usecases.receive_message import apply_overlooked

log = get_logger(__name__)

BATCH = 20  # answers on their way to one platform at the same time
_OVERLOOKED = 100  # signals a look
_LATELY = timedelta(minutes=10)  # longer than a transaction waits for another; what is older waits for the sweep
_GIVEN_UP = 2_000  # messages a transaction


async def platforms_due(database: Database) -> list[str]:
    """The platforms to which something may be pushed now."""
    async with database.transaction() as tx:
        return await answers.due_platforms(tx, clock.now())


async def push_to(database: Database, client: httpx.AsyncClient, vault: Vault, platform: str) -> int:
    """Push what is due to one platform; one answer of an order at a time, in their order. Returns how many."""
    async with database.transaction() as tx:
        claimed = await answers.claim(tx, platform, BATCH, clock.now())
        target = await target_of(tx, platform, vault) if claimed else None
    if target is None:
        return 0
    errors = await asyncio.gather(*(_send(client, one, target) for one in claimed))
    await _save(database, list(zip(claimed, errors, strict=True)))
    return len(claimed)


async def sweep(database: Database) -> None:
    """Forget nonces that no signature could use any more, and messages whose order never came."""
    async with database.transaction() as tx:
        await platforms.sweep_nonces(tx, clock.now() - 3 * TOLERANCE)
    given_up = _GIVEN_UP
    while given_up == _GIVEN_UP:
        async with database.transaction() as tx:
            given_up = await messages.give_up(tx, clock.now() - KEPT_FOR, _GIVEN_UP)
    await apply_kept(database, KEPT_FOR)


async def apply_kept(database: Database, lately: timedelta = _LATELY) -> None:
    """Apply messages whose order came in the same moment as they; a second process beside this one is harmless."""
    async with database.transaction() as tx:
        found = await messages.overlooked(tx, clock.now() - lately, _OVERLOOKED)
    for signal_id in found:
        async with database.transaction() as tx:
            await apply_overlooked(tx, signal_id, clock.now())


async def _send(client: httpx.AsyncClient, answer: Claimed, target: Target) -> str:
    """Nothing when the platform has taken the answer, else what went wrong, without the platform's own words."""
    if not target.url:
        return "平台没有回推地址或有效密钥"
    content = {
        "answer_id": answer.answer_id,
        "order_id": answer.order_id,
        "signal_id": answer.signal_id,
        "sequence": answer.sequence,
        "stage": answer.stage,
        "round": answer.round,
        "text": answer.text,
        "at": answer.created_at.isoformat(),
    }
    try:
        reply = await post_signed(client, target, content, answer.correlation_id, clock.now())
    except FAILURES as error:
        return failure_in_words(error)
    return "" if reply.good else f"HTTP {reply.status}"


async def _save(database: Database, outcomes: Sequence[tuple[Claimed, str]]) -> None:
    """Save each outcome; dying before this repeats a push under the same answer id, and loses nothing."""
    now = clock.now()
    async with database.transaction() as tx:
        if any(not error and answer.attempts > 1 for answer, error in outcomes):
            await answers.wake(tx, outcomes[0][0].platform, now)  # it is there again
        for answer, error in outcomes:
            if not error:
                await answers.delivered(tx, answer, now)
                continue
            again = next_attempt(answer.attempts, answer.created_at, now)
            await answers.failed(tx, answer, error, again)
            log.warning("answer not delivered", answer=answer.answer_id, error=error, attempts=answer.attempts)
