"""Push an answer again because a person says so."""

from datetime import datetime

from libs.common.db import Transaction
from libs.common.errors import NotFound
from libs.common.http.auth import Actor
from services.trigger.domain.errors import PlatformAsksItself
from services.trigger.store import answers


async def replay_answer(tx: Transaction, answer_id: str, actor: Actor, now: datetime) -> None:
    """Due at once, under the same id, so that the platform can tell a copy; who asked is written down."""
    row = await answers.replay(tx, answer_id, actor.account_id, now)
    if row is None:
        raise NotFound
    actor.must_see(row["county"])
    if row["state"] == answers.OFFERED:
        raise PlatformAsksItself
