"""The consumer: hears the queues of one service and acks a message only after its transaction has committed.

What survives a crash: a message not acked is delivered again, and the inbox knows what was applied.
Outcomes of a failure: tried again later (5 s, 30 s, 5 min, 30 min), then parked in `<queue>.dead`; what
cannot be decoded is parked at once; when the database is away consuming stops and no attempt is counted.
"""

import asyncio
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from sqlalchemy import func, select

from libs.common import clock
from libs.common.db import kernel
from libs.common.db.database import Database
from libs.common.db.failures import is_away, was_in_the_way
from libs.common.db.transaction import Transaction
from libs.common.messaging import inbox
from libs.common.messaging.envelope import Envelope, Undecodable
from libs.common.messaging.rabbit import connect, open_channel, supervise, wait_for_stop
from libs.common.messaging.topology import DEAD, RETRY_DELAYS, Queue, retry_exchange
from libs.common.telemetry import metrics
from libs.common.telemetry.context import follow
from libs.common.telemetry.logs import get_logger

log = get_logger(__name__)

BATCH = 64
ATTEMPTS = "sunlot_attempts"
AT_ONCE = 3  # tries of a message that met a deadlock or a lock, before it waits its turn
PUBLISH_TIMEOUT = 30.0
SWEEP = 2.0  # seconds between looks for held messages whose turn has come
TOO_LONG = 60.0  # seconds a message may be held before an alarm


class Consumer:
    """Consumes `queues` into `database` through `handlers`; what fails waits on the queues of `delays`."""

    def __init__(
        self,
        database: Database,
        amqp_url: str,
        handlers: inbox.Handlers,
        queues: Sequence[Queue],
        delays: Mapping[str, int] = RETRY_DELAYS,
    ) -> None:
        self.database = database
        self.amqp_url = amqp_url
        self.handlers = handlers
        self.queues = queues
        self.delays = list(delays)

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop`."""
        await supervise("consumer", lambda: self._session(stop), stop)

    async def _session(self, stop: asyncio.Event) -> None:
        async with self.database.engine.connect() as connection:  # not before the database answers
            await connection.execute(select(1))
        connection_to_broker = await connect(self.amqp_url)
        async with connection_to_broker:
            async with asyncio.TaskGroup() as tasks:
                closed = asyncio.Event()
                # The broker may also close one channel alone, and a worker on it would wait for ever.
                channels = [await open_channel(connection_to_broker) for _ in (*self.queues, "sweep")]
                connection_to_broker.close_callbacks.add(lambda *_: closed.set())
                for channel in channels:
                    channel.close_callbacks.add(lambda *_: closed.set())
                workers = [
                    tasks.create_task(self._work(channel, queue))
                    for channel, queue in zip(channels, self.queues, strict=False)
                ]
                workers.append(tasks.create_task(self._sweep(channels[-1])))
                watch = [asyncio.ensure_future(event.wait()) for event in (stop, closed)]
                await asyncio.wait([*watch, *workers], return_when=asyncio.FIRST_COMPLETED)
                for task in (*watch, *workers):
                    if not task.done():
                        task.cancel()
            if closed.is_set() and not stop.is_set():
                raise ConnectionError("the broker closed a connection or a channel")

    async def _work(self, channel: AbstractChannel, queue: Queue) -> None:
        await channel.set_qos(prefetch_count=BATCH)
        arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        source = await channel.get_queue(queue.name, ensure=False)
        await source.consume(arrived.put)
        while True:
            batch = [await arrived.get()]
            while len(batch) < BATCH and not arrived.empty():
                batch.append(arrived.get_nowait())
            await self._take(channel, queue, batch)

    async def _take(self, channel: AbstractChannel, queue: Queue, batch: Sequence[AbstractIncomingMessage]) -> None:
        """All in one transaction; when one of them fails, each in its own, so that only the culprit waits."""
        readable = [message for message in batch if await self._envelope(channel, queue, message)]
        try:
            await self._apply(queue, readable)
        except Exception as error:
            if is_away(error):
                raise
            for message in readable:
                await self._take_alone(channel, queue, message)
        for message in readable:
            if not message.processed:
                await message.ack()

    async def _envelope(
        self, channel: AbstractChannel, queue: Queue, message: AbstractIncomingMessage
    ) -> Envelope | None:
        try:
            return Envelope.from_headers(message.headers)
        except Undecodable as error:
            await self._park(channel, queue.name, dict(message.headers), message.body, error)
            await message.ack()
            return None

    async def _take_alone(self, channel: AbstractChannel, queue: Queue, message: AbstractIncomingMessage) -> None:
        for tries_left in reversed(range(AT_ONCE)):
            try:
                await self._apply(queue, [message])
                break
            except Exception as error:
                if is_away(error):
                    raise
                if not (tries_left and was_in_the_way(error)):
                    await self._failed(channel, queue.name, dict(message.headers), message.body, error)
                    break
        await message.ack()

    async def _apply(self, queue: Queue, messages: Sequence[AbstractIncomingMessage]) -> None:
        outcomes: list[tuple[str, inbox.Outcome]] = []
        async with self.database.transaction() as tx:
            for message in messages:
                envelope = Envelope.from_headers(message.headers)
                follow(envelope.correlation_id)
                tx.cause = envelope
                outcome = await inbox.receive(
                    tx, self.handlers, envelope, message.body, queue=queue.name, headers=message.headers
                )
                outcomes.append((envelope.type, outcome))
        for kind, outcome in outcomes:
            metrics.consumed.labels(kind, outcome.value).inc()

    async def _failed(
        self, channel: AbstractChannel, queue: str, headers: Mapping[str, Any], body: bytes, error: Exception
    ) -> None:
        attempts = int(headers.get(ATTEMPTS, 0))
        kind = str(headers.get("cloudEvents_type"))
        if isinstance(error, Undecodable) or attempts >= len(self.delays):
            await self._park(channel, queue, headers, body, error)
            return
        delay = self.delays[attempts]
        log.warning("handler failed, will try again", queue=queue, type=kind, delay=delay, error=_name(error))
        metrics.consumed.labels(kind, "retry").inc()
        await _send(channel, retry_exchange(delay), queue, {**headers, ATTEMPTS: attempts + 1}, body)

    async def _park(
        self, channel: AbstractChannel, queue: str, headers: Mapping[str, Any], body: bytes, error: Exception
    ) -> None:
        kind = str(headers.get("cloudEvents_type"))
        log.error("message parked", queue=f"{queue}.dead", type=kind, error=_name(error))
        metrics.consumed.labels(kind, "parked").inc()
        reason = {
            "sunlot_reason": _name(error),
            "sunlot_stack": "".join(traceback.format_tb(error.__traceback__))[-4000:],
            "sunlot_parked_at": clock.now().isoformat(),
        }
        await _send(channel, DEAD, queue, {**headers, **reason}, body)

    async def _sweep(self, channel: AbstractChannel) -> None:
        never = asyncio.Event()
        while True:
            while await self._apply_held(channel):
                pass
            await self._count_held()
            await wait_for_stop(never, SWEEP)

    async def _apply_held(self, channel: AbstractChannel) -> bool:
        """Apply held messages whose turn has come, in one transaction; when one of them fails, each in its own."""
        try:
            return await self._apply_held_together()
        except Exception as error:
            if is_away(error):
                raise
        for _ in range(BATCH):
            if not await self._apply_held_alone(channel):
                return False
        return True

    async def _apply_held_together(self) -> bool:
        kinds: list[str] = []
        async with self.database.transaction() as tx:
            for first in await inbox.next_held(tx, BATCH):
                found: inbox.Held | None = first
                while found is not None and len(kinds) < BATCH:
                    envelope, _, _, _ = found
                    if await self._receive_held(tx, found) is inbox.Outcome.DUPLICATE:
                        await inbox.release(tx, envelope)
                    kinds.append(envelope.type)
                    found = await inbox.held_after(tx, envelope)
        for kind in kinds:
            metrics.consumed.labels(kind, "applied").inc()
        return bool(kinds)

    async def _receive_held(self, tx: Transaction, found: inbox.Held) -> inbox.Outcome:
        envelope, body, queue, headers = found
        follow(envelope.correlation_id)
        tx.cause = envelope
        return await inbox.receive(tx, self.handlers, envelope, body, queue=queue, headers=headers)

    async def _apply_held_alone(self, channel: AbstractChannel) -> bool:
        """Apply one held message whose turn has come; a failing one goes the way of all failures."""
        failure: Exception | None = None
        async with self.database.transaction() as tx:
            found = await inbox.next_held(tx, 1)
            if not found:
                return False
            envelope, body, queue, headers = found[0]
            try:
                async with tx.savepoint():
                    await self._receive_held(tx, found[0])
            except Exception as error:
                if is_away(error):
                    raise
                failure = error
                # On its own way before it leaves here: a crash in between gives a copy, never a loss.
                await self._failed(channel, queue, headers, body, error)
            await inbox.release(tx, envelope)
        metrics.consumed.labels(envelope.type, "retry" if failure else "applied").inc()
        return True

    async def _count_held(self) -> None:
        async with self.database.engine.connect() as connection:
            count, oldest = (await connection.execute(select(func.count(), func.min(kernel.held.c.held_at)))).one()
        metrics.held_waiting.set(count)
        late = bool(oldest and (clock.now() - oldest).total_seconds() > TOO_LONG)
        metrics.held_too_long.set(count if late else 0)
        if late:
            log.error("messages wait too long for an earlier one", held=count, oldest=oldest.isoformat())


async def _send(channel: AbstractChannel, exchange: str, queue: str, headers: Mapping[str, Any], body: bytes) -> None:
    target = await channel.get_exchange(exchange, ensure=False)
    message = Message(
        body,
        headers=dict(headers),
        content_type="application/json",
        delivery_mode=DeliveryMode.PERSISTENT,
    )
    await target.publish(message, routing_key=queue, mandatory=True, timeout=PUBLISH_TIMEOUT)


def _name(error: Exception) -> str:
    # Only the class and our own sentence: a database error's text can quote what was being written.
    return f"{type(error).__name__}: {error}" if isinstance(error, Undecodable) else type(error).__name__
