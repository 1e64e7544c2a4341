"""Exchanges and queues, declared once by `migrate` and never lazily (a fresh quorum queue can lose messages).

A queue per (consumer, producer, county group). A consumer hears everything its producers say, so that the
versions of an aggregate arrive without gaps; what it has no handler for is only counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aio_pika.abc import AbstractChannel, ExchangeType

EVENTS = "sunlot.events"
DEAD = "sunlot.dead"
# Every look at parked messages counts as a delivery; RabbitMQ 4 drops a message at 20 unless told otherwise.
LOOKS_AT_PARKED = 1_000_000
RETRY_DELAYS = {"5s": 5_000, "30s": 30_000, "5min": 300_000, "30min": 1_800_000}  # ms, tried in this order


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue on which `consumer` hears `producer` for the counties of `group`."""

    consumer: str
    producer: str
    group: str

    @property
    def name(self) -> str:
        """Its name at the broker."""
        return f"{self.consumer}.{self.producer}.{self.group}"

    @property
    def dead(self) -> str:
        """Where its messages are parked."""
        return f"{self.name}.dead"


def retry_exchange(delay: str) -> str:
    """The fanout that puts a message on the delay queue; its routing key is the queue to come back to."""
    return f"sunlot.retry.{delay}"


def _quorum(**more: Any) -> dict[str, Any]:
    return {
        "x-queue-type": "quorum",
        "x-overflow": "reject-publish",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


async def declare(
    channel: AbstractChannel,
    consumer: str,
    producers: Iterable[str],
    groups: Mapping[str, list[str]],
    delays: Mapping[str, int] = RETRY_DELAYS,
) -> list[Queue]:
    """Declare what `consumer` needs; new bindings first, then the old ones of moved counties are removed."""
    events = await channel.declare_exchange(EVENTS, ExchangeType.TOPIC, durable=True)
    dead = await channel.declare_exchange(DEAD, ExchangeType.DIRECT, durable=True)
    for delay, milliseconds in delays.items():
        exchange = await channel.declare_exchange(retry_exchange(delay), ExchangeType.FANOUT, durable=True)
        # Without a dead-letter routing key a message keeps its own, which is the queue it came from.
        waiting = await channel.declare_queue(
            exchange.name,
            durable=True,
            arguments=_quorum(
                x_message_ttl=milliseconds, x_dead_letter_exchange="", x_dead_letter_strategy="at-least-once"
            ),
        )
        await waiting.bind(exchange)
    queues = [Queue(consumer, producer, group) for producer in producers for group in groups]
    for queue in queues:
        parked = await channel.declare_queue(
            queue.dead, durable=True, arguments=_quorum(x_delivery_limit=LOOKS_AT_PARKED)
        )
        await parked.bind(dead, routing_key=queue.name)
        declared = await channel.declare_queue(
            queue.name,
            durable=True,
            arguments=_quorum(
                x_delivery_limit=20,
                x_dead_letter_exchange=DEAD,
                x_dead_letter_routing_key=queue.name,
                x_dead_letter_strategy="at-least-once",
            ),
        )
        for county in groups[queue.group]:
            await declared.bind(events, routing_key=binding(queue.producer, county))
    for queue in queues:
        held = await channel.get_queue(queue.name, ensure=False)
        for group, counties in groups.items():
            if group != queue.group:
                for county in counties:
                    await held.unbind(events, routing_key=binding(queue.producer, county))
    return queues


def binding(producer: str, county: str) -> str:
    """Every event of `producer` that concerns `county`."""
    return f"{producer}.*.*.{county}"
