"""What an operator does about messages by hand: look, replay, discard, send again, reconcile; all of it logged."""

import argparse
import getpass
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from aio_pika import Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from sqlalchemy import func, insert, select, true

from libs.common import clock
from libs.common.db import kernel
from libs.common.db.database import Database
from libs.common.db.transaction import Transaction
from libs.common.ids import earliest_id
from libs.common.messaging import inbox
from libs.common.messaging.consumer import ATTEMPTS
from libs.common.messaging.envelope import Envelope, Undecodable
from libs.common.messaging.rabbit import connect, open_channel
from libs.common.messaging.sweep import oldest_kept
from libs.common.messaging.topology import Queue
from libs.common.settings import Settings

COMMANDS = frozenset({"dlq", "events", "reconcile"})


def add_commands(commands: Any) -> None:
    """Add `dlq`, `events republish` and `reconcile` to a service's command line."""
    dlq = commands.add_parser("dlq", help="parked messages: list, show, replay, discard")
    dlq.add_argument("action", choices=["list", "show", "replay", "discard"])
    dlq.add_argument("event_id", nargs="?", help="one event id, or nothing for all (list, replay)")
    events = commands.add_parser("events", help="events republish: send recorded events again")
    events.add_argument("action", choices=["republish"])
    events.add_argument("--county", help="only this county")
    events.add_argument("--type", dest="event_type", help="only this type, such as draw.case_dispatched")
    events.add_argument("--aggregate", help="only this aggregate")
    reconcile = commands.add_parser("reconcile", help="events per county and type, to compare with the consumers'")
    reconcile.add_argument("--heard", action="store_true", help="what was heard instead of what was said")


async def run(
    options: argparse.Namespace, service: str, database: Database, settings: Settings, queues: Sequence[Queue]
) -> None:
    """Run one operator command."""
    try:
        if options.command == "dlq":
            await _dlq(options, database, settings, queues)
        elif options.command == "events":
            _say({"service": service, "sent_again": await republish(database, options)})
        else:
            since = earliest_id(oldest_kept(settings.inbox_days, clock.now()) + timedelta(days=1))
            for line in await count(database, heard=options.heard, since=since):
                _say(line)
    finally:
        await database.close()


async def republish(database: Database, options: argparse.Namespace) -> int:
    """Put recorded events back into the outbox, in their order; consumers drop what they already have."""
    chosen = select(kernel.event_log.c.aggregate_id, kernel.event_log.c.aggregate_version).order_by(
        kernel.event_log.c.aggregate_id, kernel.event_log.c.aggregate_version
    )
    for column, value in (
        (kernel.event_log.c.county, options.county),
        (kernel.event_log.c.type, options.event_type),
        (kernel.event_log.c.aggregate_id, options.aggregate),
    ):
        if value:
            chosen = chosen.where(column == value)
    async with database.transaction() as tx:
        result = await tx.execute(insert(kernel.outbox).from_select(["aggregate_id", "aggregate_version"], chosen))
        await _record(tx, "events republish", {k: v for k, v in vars(options).items() if v})
        return result.rowcount


async def count(database: Database, *, heard: bool, since: UUID | None = None) -> list[dict[str, Any]]:
    """Events per county and type: said by this service, or heard by it; only those with ids from `since` on.

    What was heard long ago is forgotten one by one, so both sides are asked for the same span.
    """
    table = kernel.inbox if heard else kernel.event_log
    async with database.transaction() as tx:
        rows = await tx.all(
            select(table.c.county, table.c.type, func.count().label("events"))
            .where(table.c.event_id >= since if since else true())
            .group_by(table.c.county, table.c.type)
            .order_by(table.c.county, table.c.type)
        )
    return [dict(row) for row in rows]


async def _dlq(options: argparse.Namespace, database: Database, settings: Settings, queues: Sequence[Queue]) -> None:
    if options.action in {"show", "discard"} and not options.event_id:
        raise SystemExit("请给出事件编号：dlq show|discard EVENT_ID（先用 dlq list 查看）")
    connection = await connect(settings.amqp_url)
    async with connection:
        for queue in queues:
            async with _parked(await open_channel(connection), queue) as messages:
                for message in messages:
                    await _one(options, database, await open_channel(connection), queue, message)


@asynccontextmanager
async def _parked(channel: AbstractChannel, queue: Queue) -> AsyncIterator[list[AbstractIncomingMessage]]:
    """Every parked message of the queue; those not acked inside go back when the channel closes."""
    source = await channel.get_queue(queue.dead, ensure=False)
    messages: list[AbstractIncomingMessage] = []
    while (message := await source.get(fail=False, timeout=10)) is not None:
        messages.append(message)
    try:
        yield messages
    finally:
        await channel.close()


async def _one(
    options: argparse.Namespace,
    database: Database,
    channel: AbstractChannel,
    queue: Queue,
    message: AbstractIncomingMessage,
) -> None:
    headers = dict(message.headers)
    event_id = str(headers.get("cloudEvents_id"))
    if options.event_id and options.event_id != event_id:
        return
    line = {
        "queue": queue.name,
        "event_id": event_id,
        "type": headers.get("cloudEvents_type"),
        "aggregate": headers.get("cloudEvents_aggregateid"),
        "version": headers.get("cloudEvents_aggregateversion"),
        "reason": headers.get("sunlot_reason", "交付次数超限"),
        "parked_at": headers.get("sunlot_parked_at"),
    }
    if options.action == "show":
        line |= {"stack": headers.get("sunlot_stack"), "data": message.body.decode("utf-8", "replace")}
    elif options.action == "replay":
        kept = {k: v for k, v in headers.items() if k.startswith("cloudEvents_") and k != ATTEMPTS}
        again = Message(message.body, headers=kept, content_type="application/json", delivery_mode=2)
        await channel.default_exchange.publish(again, routing_key=queue.name, mandatory=True, timeout=30)
        await _finish(database, message, "dlq replay", line)
    elif options.action == "discard":
        async with database.transaction() as tx:
            try:
                if not await inbox.discard(tx, Envelope.from_headers(headers)):
                    raise SystemExit(f"{event_id}: 同一对象更早的消息还未处理，请先重放或弃置那一条（dlq list）")
            except Undecodable:
                line["note"] = "无法识别的消息，直接弃置"
        await _finish(database, message, "dlq discard", line)
    _say(line)


async def _finish(database: Database, message: AbstractIncomingMessage, command: str, line: dict[str, Any]) -> None:
    async with database.transaction() as tx:
        await _record(tx, command, {key: str(value) for key, value in line.items()})
    await message.ack()


async def _record(tx: Transaction, command: str, details: dict[str, Any]) -> None:
    await tx.execute(
        insert(kernel.operator_log).values(at=clock.now(), who=getpass.getuser(), command=command, details=details)
    )


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
