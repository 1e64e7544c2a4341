"""The relay: sends what the outbox holds and deletes a row only after the broker has confirmed its message.

What survives a crash: everything. Before the confirm the row is still there and is sent again (the
consumer's inbox absorbs the second copy); after the delete the broker has it on disk.
"""

import asyncio
from typing import Any

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractExchange
from sqlalchemy import RowMapping, delete, func, select, text

from libs.common.db import kernel
from libs.common.db.database import Database
from libs.common.messaging.envelope import Envelope
from libs.common.messaging.rabbit import connect, open_channel, supervise, wait_for_stop
from libs.common.messaging.topology import EVENTS
from libs.common.telemetry import metrics
from libs.common.telemetry.logs import get_logger

log = get_logger(__name__)

BATCH = 200
CONFIRM_TIMEOUT = 30.0
POLL = 0.1  # seconds between looks when another process writes the outbox
LEADER = 0x53554E4C4F54  # advisory lock key, "SUNLOT"; one relay a database, since two would break the order


async def run_relay(database: Database, amqp_url: str, stop: asyncio.Event) -> None:
    """Relay until `stop`; of several relays one leads and the others wait to take over."""

    async def lead() -> None:
        async with database.engine.connect() as leader:
            await leader.execution_options(isolation_level="AUTOCOMMIT")
            while not (await leader.execute(select(func.pg_try_advisory_lock(LEADER)))).scalar():
                if await wait_for_stop(stop, 1):
                    return
            log.info("relay leads")
            # Counted before the broker is asked: this is what an operator looks at while it is away.
            waiting = (await leader.execute(select(func.count()).select_from(kernel.outbox))).scalar()
            metrics.outbox_waiting.set(waiting or 0)
            try:
                await _relay_as_leader(database, amqp_url, stop, leader)
            finally:
                # The lock ends with its session; to ask a session that may be gone to unlock would fail.
                await leader.invalidate()

    await supervise("relay", lead, stop)


async def _relay_as_leader(database: Database, amqp_url: str, stop: asyncio.Event, leader: Any) -> None:
    connection = await connect(amqp_url)
    async with connection:
        channel = await open_channel(connection)
        exchange = await channel.get_exchange(EVENTS, ensure=False)
        while not stop.is_set():
            database.committed.clear()
            await leader.execute(text("select 1"))  # still the leader: the lock lives with this session
            if not await send_batch(database, exchange):
                await _next_work(database, stop)


async def _next_work(database: Database, stop: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in (database.committed, stop)]
    try:
        await asyncio.wait(waits, timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def send_batch(database: Database, exchange: AbstractExchange) -> int:
    """Send the oldest messages, wait for all confirms, delete their rows; how many there were."""
    async with database.engine.connect() as connection:
        rows = (await connection.execute(_OLDEST)).mappings().all()
    if not rows:
        metrics.outbox_waiting.set(0)
        return 0
    # A nack, a return or a timeout raises here: the rows stay and the connection is begun again.
    await asyncio.wait_for(
        asyncio.gather(*(_publish(exchange, row) for row in rows)),
        CONFIRM_TIMEOUT,
    )
    async with database.engine.begin() as connection:
        await connection.execute(delete(kernel.outbox).where(kernel.outbox.c.id.in_([row["id"] for row in rows])))
    for row in rows:
        metrics.published.labels(row["type"]).inc()
    return len(rows)


_OLDEST = (
    select(kernel.outbox.c.id, kernel.event_log)
    .join(
        kernel.event_log,
        (kernel.event_log.c.aggregate_id == kernel.outbox.c.aggregate_id)
        & (kernel.event_log.c.aggregate_version == kernel.outbox.c.aggregate_version),
    )
    .order_by(kernel.outbox.c.id)
    .limit(BATCH)
)


def envelope_of(row: RowMapping) -> Envelope:
    """The envelope of a row of the event log."""
    return Envelope(
        event_id=row["event_id"],
        type=row["type"],
        major=row["major"],
        aggregate_id=row["aggregate_id"],
        version=row["aggregate_version"],
        county=row["county"],
        occurred_at=row["occurred_at"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
    )


async def _publish(exchange: AbstractExchange, row: RowMapping) -> None:
    envelope = envelope_of(row)
    message = Message(
        row["payload"].encode(),
        headers=dict(envelope.headers()),
        content_type="application/json",
        message_id=str(envelope.event_id),  # returns are matched by it: unique per channel in flight
        timestamp=envelope.occurred_at,
        delivery_mode=DeliveryMode.PERSISTENT,
    )
    await exchange.publish(message, routing_key=envelope.routing_key, mandatory=True)
