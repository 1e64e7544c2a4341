"""Messages on orders, and what they have changed of a signal; their texts stand with the signal's protected fields."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db import Transaction
from services.trigger.domain.message import Message, Standing
from services.trigger.domain.signal import WITHDRAWN
from services.trigger.store.order_tables import order_messages
from services.trigger.store.tables import signals

_FIELD = "order message "


def field_of(message_id: str) -> str:
    """Under which name a message's text is sealed."""
    return f"{_FIELD}{message_id}"


async def add(tx: Transaction, signal_id: str, message: Message, mark: str, now: datetime) -> bool:
    """Save a message that is still to be applied; False if its id is taken."""
    statement = upsert(order_messages).values(
        signal_id=signal_id,
        message_id=message.message_id,
        kind=message.kind,
        at=message.at,
        result=message.result,
        reason=message.reason,
        until=message.until,
        content_mark=mark,
        received_at=now,
    )
    return await tx.scalar(statement.on_conflict_do_nothing().returning(order_messages.c.message_id)) is not None


async def load(tx: Transaction, signal_id: str, message_id: str) -> RowMapping:
    """A message that is known."""
    found = await tx.first(
        select(order_messages).where(order_messages.c.signal_id == signal_id, order_messages.c.message_id == message_id)
    )
    assert found is not None  # noqa: S101 - its id is taken
    return found


async def count(tx: Transaction, signal_id: str) -> int:
    """How many messages an order has."""
    statement = select(func.count()).where(order_messages.c.signal_id == signal_id)
    return int(await tx.scalar(statement.select_from(order_messages)))


async def waiting(tx: Transaction, signal_id: str) -> list[Message]:
    """What is still to be applied, by the platform's time."""
    rows = await tx.all(
        select(order_messages)
        .where(order_messages.c.signal_id == signal_id, order_messages.c.applied_at.is_(None))
        .order_by(order_messages.c.at, order_messages.c.message_id)
    )
    return [_message(row) for row in rows]


def _message(row: RowMapping) -> Message:
    return Message(row["message_id"], row["kind"], row["at"], row["result"], row["reason"], row["until"])


async def of_signal(tx: Transaction, signal_id: str) -> list[tuple[Message, RowMapping]]:
    """Every message on a signal's order with its row, by the platform's time."""
    statement = select(order_messages).where(order_messages.c.signal_id == signal_id)
    rows = await tx.all(statement.order_by(order_messages.c.at, order_messages.c.message_id))
    return [(_message(row), row) for row in rows]


async def mark_applied(tx: Transaction, signal_id: str, message_ids: Sequence[str], now: datetime) -> None:
    """They have had their effect."""
    await tx.execute(
        update(order_messages)
        .where(order_messages.c.signal_id == signal_id, order_messages.c.message_id.in_(message_ids))
        .values(applied_at=now)
    )


async def standing(tx: Transaction, signal_id: str) -> Standing:
    """What messages have made of the signal so far."""
    row = await tx.first(select(signals).where(signals.c.signal_id == signal_id))
    assert row is not None  # noqa: S101 - the caller holds it
    return Standing(
        row["due"], row["urge_count"], row["supervised"], row["state"] == WITHDRAWN, row["reopened"], row["revisit"],
        row["revisited_at"],
    )  # fmt: skip


async def save_standing(tx: Transaction, signal_id: str, before: Standing, after: Standing) -> None:
    """Save what messages have made of it."""
    changed: dict[str, Any] = {"due_provisional": False} if after.due != before.due else {}
    if after.withdrawn:
        changed["state"] = WITHDRAWN
    await tx.execute(
        update(signals)
        .where(signals.c.signal_id == signal_id)
        .values(
            due=after.due,
            urge_count=after.urge_count,
            supervised=after.supervised,
            reopened=after.reopened,
            revisit=after.revisit,
            revisited_at=after.revisited_at,
            **changed,
        )
    )


async def overlooked(tx: Transaction, since: datetime, limit: int) -> list[str]:
    """Signals whose order came while a message was on its way, so that neither saw the other; of messages since then.

    Not of all messages that wait: platforms may send many whose order never comes, and this is asked every second.
    """
    arrived = exists().where(signals.c.signal_id == order_messages.c.signal_id)
    statement = select(order_messages.c.signal_id).where(
        order_messages.c.applied_at.is_(None), order_messages.c.received_at >= since, arrived
    )
    return [row["signal_id"] for row in await tx.all(statement.distinct().limit(limit))]


_GIVE_UP = text("""
with gone as (
  delete from order_messages where (signal_id, message_id) in (
    select signal_id, message_id from order_messages kept
    where applied_at is null and received_at < :before
      and not exists (select from signals where signals.signal_id = kept.signal_id)
    order by received_at limit :limit
  ) returning signal_id, message_id
), texts as (
  delete from signal_fields using gone
  where signal_fields.signal_id = gone.signal_id and signal_fields.field = :prefix || gone.message_id
)
select count(*) from gone
""")


async def give_up(tx: Transaction, before: datetime, limit: int) -> int:
    """Delete messages received before then whose order never came, and their texts; how many, at most `limit`."""
    told = await tx.execute(_GIVE_UP, {"before": before, "prefix": _FIELD, "limit": limit})
    return int(told.scalar_one())
