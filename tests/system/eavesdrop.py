"""A listener at the broker that hears every message between the services, headers and all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aio_pika.abc import AbstractIncomingMessage

from libs.common.messaging.rabbit import connect
from libs.common.messaging.topology import EVENTS


@asynccontextmanager
async def eavesdropping(amqp_url: str) -> AsyncIterator[list[bytes]]:
    """Every message of the exchange since then: its routing key, its headers and its body."""
    heard: list[bytes] = []

    async def hear(message: AbstractIncomingMessage) -> None:
        heard.append(f"{message.routing_key} {dict(message.headers)!r} ".encode() + message.body)

    connection = await connect(amqp_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(EVENTS, routing_key="#")
        await queue.consume(hear, no_ack=True)
        yield heard
