"""The inbox: decides, in the handler's own transaction, whether a message is new, late, early or a copy."""

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from sqlalchemy import RowMapping, delete, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common import clock
from libs.common.db import kernel
from libs.common.db.transaction import Transaction
from libs.common.messaging.envelope import Envelope, Received, Undecodable

R = TypeVar("R", bound=Received)
Handler = Callable[[Transaction, Any, Envelope], Awaitable[None]]


class Outcome(Enum):
    """What became of a delivered message."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    HELD = "held"


class Handlers:
    """What a service does on hearing what; one handler an event type and major."""

    def __init__(self) -> None:
        self._by_type: dict[tuple[str, int], tuple[type[Received], Handler]] = {}

    def on(self, model: type[R], handler: Callable[[Transaction, R, Envelope], Awaitable[None]]) -> None:
        """Call `handler(tx, event, envelope)` for each event of the type that `model` reads."""
        key = (model.TYPE, model.MAJOR)
        if key in self._by_type:
            raise ValueError(f"two handlers for {model.TYPE}.v{model.MAJOR}")
        self._by_type[key] = (model, handler)

    @property
    def models(self) -> list[type[Received]]:
        """Every model that is listened to."""
        return [model for model, _ in self._by_type.values()]

    async def __call__(self, tx: Transaction, envelope: Envelope, body: bytes) -> None:
        """Run the handler for the message, if there is one; raises Undecodable when the body does not fit."""
        known = self._by_type.get((envelope.type, envelope.major))
        if known is None:
            return
        model, handler = known
        try:
            event = model.model_validate_json(body)
        except ValidationError as error:
            # The input is left out: a message that does not fit may hold anything.
            raise Undecodable(str(error.errors(include_input=False, include_url=False))) from error
        await handler(tx, event, envelope)


async def receive(
    tx: Transaction,
    handlers: Handlers,
    envelope: Envelope,
    body: bytes,
    *,
    queue: str,
    headers: Mapping[str, Any],
) -> Outcome:
    """Apply the message if it is the next of its stream; drop a copy; hold one that came too early."""
    last = await _lock_head(tx, envelope.stream)
    if envelope.version <= last:
        return Outcome.DUPLICATE
    if envelope.version > last + 1:
        await tx.execute(
            upsert(kernel.held)
            .values(
                stream=envelope.stream,
                version=envelope.version,
                queue=queue,
                headers={key: str(value) for key, value in headers.items() if key.startswith("cloudEvents_")},
                body=body,
                held_at=clock.now(),
            )
            .on_conflict_do_nothing()
        )
        return Outcome.HELD
    await handlers(tx, envelope, body)
    await _advance(tx, envelope)
    return Outcome.APPLIED


# In one round trip, since these two run for every message.
_HEAD: Final = text("""
insert into inbox_head (stream, last_version) values (:stream, 0)
on conflict (stream) do update set last_version = inbox_head.last_version
returning last_version
""")
_ADVANCE: Final = text("""
with heard as (
  insert into inbox (event_id, type, stream, version, county, received_at)
  values (:event_id, :type, :stream, :version, :county, :received_at)
), head as (
  update inbox_head set last_version = :version where stream = :stream
)
delete from held where stream = :stream and version <= :version
""")


async def _advance(tx: Transaction, envelope: Envelope) -> None:
    await tx.execute(
        _ADVANCE,
        {
            "event_id": envelope.event_id,
            "type": envelope.type,
            "stream": envelope.stream,
            "version": envelope.version,
            "county": envelope.county,
            "received_at": clock.now(),
        },
    )


async def discard(tx: Transaction, envelope: Envelope) -> bool:
    """Pass over the message for good, by an operator; False while an earlier one of its stream is still missing."""
    last = await _lock_head(tx, envelope.stream)
    if last == envelope.version - 1:
        await _advance(tx, envelope)
    return last >= envelope.version - 1


Held = tuple[Envelope, bytes, str, dict[str, Any]]
"""A held message with its body, queue and headers."""


async def next_held(tx: Transaction, limit: int) -> list[Held]:
    """Held messages whose turn has come, locked; what another one has in hand is left to it."""
    rows = await tx.all(
        select(kernel.held)
        .join(kernel.inbox_head, kernel.inbox_head.c.stream == kernel.held.c.stream)
        .where(kernel.held.c.version <= kernel.inbox_head.c.last_version + 1)
        .limit(limit)
        .with_for_update(of=kernel.held, skip_locked=True)
    )
    return [_held(row) for row in rows]


async def held_after(tx: Transaction, envelope: Envelope) -> Held | None:
    """The held message that follows this one in its stream, locked, if there is one."""
    row = await tx.first(
        select(kernel.held)
        .where(kernel.held.c.stream == envelope.stream, kernel.held.c.version == envelope.version + 1)
        .with_for_update(skip_locked=True)
    )
    return _held(row) if row else None


def _held(row: RowMapping) -> Held:
    return Envelope.from_headers(row["headers"]), bytes(row["body"]), row["queue"], dict(row["headers"])


async def release(tx: Transaction, envelope: Envelope) -> None:
    """Take the message out of the held ones: it goes another way from here."""
    await tx.execute(
        delete(kernel.held).where(kernel.held.c.stream == envelope.stream, kernel.held.c.version == envelope.version)
    )


async def _lock_head(tx: Transaction, stream: str) -> int:
    last: int = (await tx.execute(_HEAD, {"stream": stream})).scalar_one()
    return last
