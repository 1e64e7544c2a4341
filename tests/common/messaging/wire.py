"""Two houses of the probe with a wire between them: what one says, the other tallies."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aio_pika import Message
from aio_pika.abc import AbstractChannel, AbstractConnection
from sqlalchemy import func, select

from libs.common import clock
from libs.common.cli import Service
from libs.common.db import kernel
from libs.common.db.database import Database
from libs.common.ids import new_id
from libs.common.messaging.consumer import Consumer
from libs.common.messaging.envelope import Envelope
from libs.common.messaging.rabbit import connect, open_channel
from libs.common.messaging.relay import run_relay
from libs.common.messaging.topology import EVENTS, Queue, declare, retry_exchange
from libs.common.testing.doors import House
from libs.common.testing.waiting import eventually
from tests.common.messaging.probe.published import Counted
from tests.common.messaging.probe.service import ProbeSettings, handlers, tally

Heard = tuple[str, int, int]  # aggregate, version, number


@dataclass
class Wire:
    """Speaker and listener, and the queues between them under names that nobody else uses."""

    speaker: House
    listener: House
    amqp_url: str
    groups: dict[str, list[str]]
    consumer_name: str = field(default_factory=lambda: f"listener-{secrets.token_hex(4)}")
    delays: Mapping[str, int] = field(default_factory=dict)
    queues: list[Queue] = field(default_factory=list)
    _connection: AbstractConnection | None = None  # for what is published by hand
    _channel: AbstractChannel | None = None
    _publishing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def county(self) -> str:
        """A county that nobody else speaks of, so that tests side by side don't hear each other."""
        return self.groups["all"][0]

    async def declare(self) -> None:
        """As `migrate` does."""
        connection = await connect(self.amqp_url)
        async with connection:
            channel = await open_channel(connection)
            self.queues = await declare(channel, self.consumer_name, ["probe"], self.groups, self.delays)

    async def remove(self) -> None:
        """Take the queues away again."""
        if self._connection is not None:
            await self._connection.close()
        connection = await connect(self.amqp_url)
        async with connection:
            channel = await connection.channel()
            for queue in self.queues:
                await channel.queue_delete(queue.name)
                await channel.queue_delete(queue.dead)
            for delay in self.delays:
                await channel.queue_delete(retry_exchange(delay))
                await channel.exchange_delete(retry_exchange(delay))

    async def say(self, aggregate: str, numbers: Iterable[int], county: str = "") -> None:
        """One transaction a number, as the doors do."""
        for n in numbers:
            async with self.speaker.database.transaction() as tx:
                tx.emit(Counted(n=n), aggregate=aggregate, county=county or self.county)

    @asynccontextmanager
    async def relaying(self, amqp_url: str = "") -> AsyncIterator[None]:
        """The relay runs."""
        async with _running(run_relay, self.speaker.database, amqp_url or self.amqp_url):
            yield

    @asynccontextmanager
    async def consuming(
        self, *, database: Database | None = None, amqp_url: str = "", fail_on: int = -1, groups: Iterable[str] = ()
    ) -> AsyncIterator[None]:
        """The consumer runs; with `groups` only on their queues."""
        settings = ProbeSettings.model_validate({**self.listener.settings.model_dump(), "fail_on": fail_on})
        queues = [queue for queue in self.queues if not groups or queue.group in groups]
        consumer = Consumer(
            database or self.listener.database, amqp_url or self.amqp_url, handlers(settings), queues, self.delays
        )
        async with _running(consumer.run):
            yield

    async def heard(self) -> list[Heard]:
        """What the listener has applied, in the order in which it did."""
        async with self.listener.database.transaction() as tx:
            rows = await tx.all(select(tally).order_by(tally.c.id))
        return [(row["aggregate_id"], row["version"], row["n"]) for row in rows]

    async def has_heard(self, expected: Iterable[Heard], *, seconds: float = 30) -> list[Heard]:
        """Wait until all of `expected` are applied; then exactly these, once each, in order by aggregate."""
        wanted = sorted(expected)

        async def all_there() -> bool:
            return await self.count(tally) >= len(wanted) and set(wanted) <= set(await self.heard())

        await eventually(all_there, f"{len(wanted)} messages", seconds=seconds)
        heard = await self.heard()
        assert sorted(heard) == wanted
        for aggregate in {aggregate for aggregate, _, _ in wanted}:
            versions = [version for name, version, _ in heard if name == aggregate]
            assert versions == sorted(versions)
        return heard

    async def publish(self, aggregate: str, version: int, n: Any, *, queue: Queue | None = None, **more: Any) -> str:
        """Put a message on the exchange by hand (or straight on a queue), as a broker's whims would bring it."""
        envelope = Envelope(
            event_id=new_id(), type="probe.counted", major=1, aggregate_id=aggregate, version=version,
            county=self.county, occurred_at=clock.now(), correlation_id="by-hand", causation_id=None,
        )  # fmt: skip
        body = n if isinstance(n, bytes) else b'{"n": %d}' % n
        await self.publish_raw(body, {**envelope.headers(), **more}, envelope.routing_key, queue)
        return str(envelope.event_id)

    async def publish_raw(self, body: bytes, headers: dict[str, Any], key: str, queue: Queue | None = None) -> None:
        """A message that need not be one of ours."""
        async with self._publishing:
            if self._channel is None:
                self._connection = await connect(self.amqp_url)
                self._channel = await open_channel(self._connection)
        channel = self._channel
        exchange = channel.default_exchange if queue else await channel.get_exchange(EVENTS, ensure=False)
        await exchange.publish(Message(body, headers=headers), routing_key=queue.name if queue else key)

    async def count(self, table: Any, house: House | None = None) -> int:
        """Rows of a kernel table at the listener (or another house)."""
        async with (house or self.listener).database.transaction() as tx:
            return int(await tx.scalar(select(func.count()).select_from(table)))

    async def waiting(self, *names: str) -> int:
        """Messages that lie ready in the named queues."""
        connection = await connect(self.amqp_url)
        async with connection:
            channel = await connection.channel()
            declared = [await channel.declare_queue(name, passive=True) for name in names]
            return sum(queue.declaration_result.message_count or 0 for queue in declared)

    async def parked(self) -> int:
        """Messages that are parked."""
        return await self.waiting(*(queue.dead for queue in self.queues))

    async def outbox_is_empty(self) -> bool:
        """Whether everything said has been confirmed."""
        return not await self.count(kernel.outbox, self.speaker)

    def service(self) -> Service:
        """The listener's service, for the operator's commands."""
        return self.listener.service


@asynccontextmanager
async def _running(work: Any, *arguments: Any) -> AsyncIterator[None]:
    """`work(*arguments, stop)` runs beside the test; its own failure fails the test."""
    stop = asyncio.Event()
    task = asyncio.create_task(work(*arguments, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)
