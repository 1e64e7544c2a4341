"""Answers in the order in which a platform must get them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping, Update, case, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db import Transaction
from libs.common.ids import natural_id, new_id
from services.trigger.domain.delivery import LEASE
from services.trigger.domain.registry_signal import PLATFORM as REGISTRY
from services.trigger.domain.signal import Signal
from services.trigger.store.order_tables import platform_pauses
from services.trigger.store.tables import answer_replays, answers, platforms

WAITING: Final = "waiting"
SENT: Final = "sent"
STALLED: Final = "stalled"  # a person has to look at it
OFFERED: Final = "offered"  # the platform has no callback and asks by itself
STATES: Final = {WAITING: "待送达", SENT: "已送达", STALLED: "需人工处理", OFFERED: "供平台查询"}


@dataclass(frozen=True, slots=True)
class Claimed:
    """An answer that this worker may push until its lease ends."""

    signal_id: str
    stage: str
    round: int
    answer_id: str
    sequence: int
    platform: str
    order_id: str
    text: str
    attempts: int
    created_at: datetime
    correlation_id: str


async def add(tx: Transaction, signal: Signal, stage: str, text: str, now: datetime, turn: int = 0) -> bool:
    """Append an answer; False if the stage was answered before in this round. The caller holds the signal's row."""
    if signal.platform == REGISTRY:
        return False  # what registry changed nobody waits to hear of
    last = select(func.max(answers.c.sequence)).where(answers.c.signal_id == signal.signal_id).scalar_subquery()
    asks = exists().where(platforms.c.code == signal.platform, platforms.c.callback_url == "")
    of_round = (str(turn),) if turn else ()
    values = {
        "signal_id": signal.signal_id,
        "stage": stage,
        "round": turn,
        "sequence": func.coalesce(last, 0) + 1,
        "answer_id": str(natural_id("answer", signal.signal_id, stage, *of_round)),
        "platform": signal.platform,
        "order_id": signal.order_id,
        "county": signal.county,
        "text": text,
        "state": case((asks, OFFERED), else_=WAITING),
        "created_at": now,
        "attempts": 0,
        "next_attempt_at": case((asks, None), else_=now),
        "last_error": "",
        "correlation_id": signal.correlation_id,
    }
    statement = upsert(answers).values(values).on_conflict_do_nothing()
    return await tx.scalar(statement.returning(answers.c.stage)) is not None


async def stages(tx: Transaction, signal_ids: Sequence[str]) -> set[tuple[str, str, int]]:
    """(signal, stage, round) of every answer that these signals have."""
    columns = (answers.c.signal_id, answers.c.stage, answers.c.round)
    rows = await tx.all(select(*columns).where(answers.c.signal_id.in_(signal_ids)))
    return {(row["signal_id"], row["stage"], row["round"]) for row in rows}


async def due_platforms(tx: Transaction, now: datetime) -> list[str]:
    """The platforms to which something may be pushed now; those that are paused are left alone."""
    paused = exists().where(platform_pauses.c.code == answers.c.platform, platform_pauses.c.resumed_at.is_(None))
    statement = (
        select(answers.c.platform)
        .where(answers.c.state == WAITING, answers.c.next_attempt_at <= now, ~paused)
        .distinct()
        .order_by(answers.c.platform)
    )
    return [row["platform"] for row in await tx.all(statement)]


async def claim(tx: Transaction, platform: str, limit: int, now: datetime) -> list[Claimed]:
    """Take a platform's due answers whose earlier ones have all been sent; nobody else does until the lease ends."""
    earlier = answers.alias("earlier")
    blocked = exists().where(
        earlier.c.signal_id == answers.c.signal_id,
        earlier.c.sequence < answers.c.sequence,
        earlier.c.state.not_in((SENT, OFFERED)),
    )
    paused = exists().where(platform_pauses.c.code == platform, platform_pauses.c.resumed_at.is_(None))
    rows = await tx.all(
        select(answers)
        .where(
            answers.c.platform == platform,
            answers.c.state == WAITING,
            answers.c.next_attempt_at <= now,
            ~blocked,
            ~paused,
        )
        .order_by(answers.c.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if not rows:
        return []
    # The attempt counts from here: a worker that dies with it in hand has used one up.
    await tx.execute(
        update(answers)
        .where(
            answers.c.answer_id.in_([row["answer_id"] for row in rows]),
            answers.c.signal_id.in_([row["signal_id"] for row in rows]),
        )
        .values(attempts=answers.c.attempts + 1, next_attempt_at=now + LEASE)
    )
    return [
        Claimed(
            row["signal_id"],
            row["stage"],
            row["round"],
            row["answer_id"],
            row["sequence"],
            row["platform"],
            row["order_id"],
            row["text"],
            row["attempts"] + 1,
            row["created_at"],
            row["correlation_id"],
        )
        for row in rows
    ]


async def delivered(tx: Transaction, answer: Claimed, now: datetime) -> None:
    """The platform has it."""
    await tx.execute(_of(answer).values(state=SENT, sent_at=now, next_attempt_at=None, last_error=""))


async def wake(tx: Transaction, platform: str, now: datetime) -> None:
    """The platform takes answers again: what failed because it was away is due at once, whatever it refused is not."""
    failed = (answers.c.last_error != "") & ~answers.c.last_error.startswith("HTTP 4")
    await tx.execute(
        update(answers)
        .where(answers.c.platform == platform, answers.c.state == WAITING, answers.c.next_attempt_at > now, failed)
        .values(next_attempt_at=now)
    )


async def failed(tx: Transaction, answer: Claimed, error: str, again: datetime | None) -> None:
    """Not delivered: again then, or not without a person. What another worker delivered meanwhile stays delivered."""
    state = STALLED if again is None else WAITING
    await tx.execute(
        _of(answer).where(answers.c.state != SENT).values(state=state, next_attempt_at=again, last_error=error)
    )


def _of(answer: Claimed) -> Update:
    return update(answers).where(
        answers.c.signal_id == answer.signal_id, answers.c.stage == answer.stage, answers.c.round == answer.round
    )


async def replay(tx: Transaction, answer_id: str, who: str, now: datetime) -> RowMapping | None:
    """Push the answer again from now on, under the same id, unless its platform asks itself; None if there is none."""
    row = await tx.first(select(answers).where(answers.c.answer_id == answer_id).with_for_update())
    if row is None or row["state"] == OFFERED:
        return row
    await tx.execute(
        update(answers)
        .where(
            answers.c.signal_id == row["signal_id"],
            answers.c.stage == row["stage"],
            answers.c.round == row["round"],
        )
        .values(state=WAITING, attempts=0, next_attempt_at=now, last_error="")
    )
    await tx.execute(
        insert(answer_replays).values(
            signal_id=row["signal_id"], stage=row["stage"], round=row["round"], replay_id=str(new_id()), at=now, who=who
        )
    )
    return row


async def of_signal(tx: Transaction, signal_id: str) -> Sequence[RowMapping]:
    """A signal's answers, in order."""
    return await tx.all(select(answers).where(answers.c.signal_id == signal_id).order_by(answers.c.sequence))
