"""Signals in and out, with their protected fields, messages and history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    RowMapping,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db import Transaction
from libs.common.http.auth import Actor
from libs.common.ids import new_id
from services.trigger.domain.signal import RETURNED, WAITING, Signal
from services.trigger.store.matching_tables import unmatched
from services.trigger.store.tables import secret_views, signal_fields, signal_history, signal_messages, signals
from services.trigger.store.vault import Sealed

_FIELDS = (
    *("signal_id", "platform", "order_id", "source", "kind", "category", "county", "employer_name", "employer_uscc"),
    *("accepted_at", "received_at", "due", "due_provisional", "state", "uscc", "industry", "correlation_id"),
    *("category_path", "supervised", "complainant", "flags", "attributes", "reopened"),
)


def _signal(row: RowMapping) -> Signal:
    return Signal(**{name: row[name] for name in _FIELDS})


async def add(tx: Transaction, values: Mapping[str, Any]) -> bool:
    """Save a new signal; False if the order is known (a concurrent copy is waited for)."""
    statement = upsert(signals).values(values).on_conflict_do_nothing().returning(signals.c.signal_id)
    return await tx.scalar(statement) is not None


def added(values: Mapping[str, Any]) -> Signal:
    """The signal that `add` saved."""
    return Signal(**{name: values[name] for name in _FIELDS if name in values})


async def load(tx: Transaction, signal_id: str, *, lock: bool = False) -> Signal | None:
    """The signal, or None."""
    statement = select(signals).where(signals.c.signal_id == signal_id)
    row = await tx.first(statement.with_for_update() if lock else statement)
    return _signal(row) if row else None


async def load_row(tx: Transaction, signal_id: str) -> RowMapping | None:
    """Everything about a signal that is not protected, for its page."""
    return await tx.first(select(signals).where(signals.c.signal_id == signal_id))


async def waiting_for(
    tx: Transaction, usccs: Sequence[str], keys: Sequence[str], sounds: Sequence[str]
) -> list[Signal]:
    """Waiting signals that name one of these codes, name keys or sound keys, locked in the order of their ids."""
    sounding = select(unmatched.c.signal_id).where(unmatched.c.sound_key.in_([sound for sound in sounds if sound]))
    statement = (
        select(signals)
        .where(
            signals.c.state == WAITING,
            or_(
                signals.c.employer_uscc.in_(usccs),
                signals.c.employer_key.in_(keys),
                signals.c.signal_id.in_(sounding),
            ),
        )
        .order_by(signals.c.signal_id)
        .with_for_update()
    )
    return [_signal(row) for row in await tx.all(statement)]


async def save_return(tx: Transaction, signal_id: str, now: datetime) -> None:
    """The signal went back to its platform."""
    await tx.execute(update(signals).where(signals.c.signal_id == signal_id).values(state=RETURNED, decided_at=now))


async def seal_fields(tx: Transaction, signal_id: str, fields: Mapping[str, Sealed]) -> None:
    """Save protected fields."""
    if fields:
        await tx.execute(
            insert(signal_fields),
            [
                {"signal_id": signal_id, "field": field, "key_id": sealed.key_id, "sealed": sealed.data}
                for field, sealed in fields.items()
            ],
        )


async def sealed_fields(tx: Transaction, signal_id: str) -> dict[str, Sealed]:
    """The protected fields, still sealed."""
    rows = await tx.all(select(signal_fields).where(signal_fields.c.signal_id == signal_id))
    return {row["field"]: Sealed(row["key_id"], row["sealed"]) for row in rows}


async def marks(tx: Transaction, signal_id: str) -> list[str]:
    """The fingerprints of every content received for the signal."""
    own = await tx.scalar(select(signals.c.content_mark).where(signals.c.signal_id == signal_id))
    later = select(signal_messages.c.content_mark).where(signal_messages.c.signal_id == signal_id)
    return [own, *(row["content_mark"] for row in await tx.all(later))]


async def add_message(tx: Transaction, signal_id: str, number: int, sealed: Sealed, mark: str, now: datetime) -> None:
    """Save what came again with another content."""
    await tx.execute(
        insert(signal_messages).values(
            signal_id=signal_id,
            number=number,
            received_at=now,
            content_mark=mark,
            key_id=sealed.key_id,
            sealed=sealed.data,
        )
    )


async def messages(tx: Transaction, signal_id: str) -> list[tuple[int, datetime, Sealed]]:
    """Number, time and sealed content of each later message that was not erased."""
    there = signal_messages.c.signal_id == signal_id, signal_messages.c.key_id != ""
    statement = select(signal_messages).where(*there).order_by("number")
    return [
        (row["number"], row["received_at"], Sealed(row["key_id"], row["sealed"])) for row in await tx.all(statement)
    ]


async def note(tx: Transaction, signal_id: str, who: str, what: str, at: datetime) -> None:
    """Append to the signal's history; the caller holds the signal's row. `what` holds nothing protected."""
    next_number = func.coalesce(func.max(signal_history.c.number), 0) + 1
    row = select(literal(signal_id), next_number, literal(at), literal(who), literal(what))
    await tx.execute(
        insert(signal_history).from_select(
            ["signal_id", "number", "at", "who", "what"], row.where(signal_history.c.signal_id == signal_id)
        )
    )


async def history(tx: Transaction, signal_id: str) -> Sequence[RowMapping]:
    """What happened to the signal, in order."""
    return await tx.all(select(signal_history).where(signal_history.c.signal_id == signal_id).order_by("number"))


async def log_view(
    tx: Transaction, signal_id: str, actor: Actor, purpose: str, fields: Sequence[str], at: datetime
) -> None:
    """Record who reads which protected fields, when and what for."""
    await tx.execute(
        insert(secret_views).values(
            signal_id=signal_id,
            view_id=str(new_id()),
            viewed_at=at,
            account_id=actor.account_id,
            name=actor.name,
            role=actor.role.value,
            purpose=purpose,
            fields=list(fields),
        )
    )


async def views(tx: Transaction, signal_id: str) -> Sequence[RowMapping]:
    """Who has read protected text, in order."""
    return await tx.all(select(secret_views).where(secret_views.c.signal_id == signal_id).order_by("view_id"))
