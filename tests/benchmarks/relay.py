"""Messages between services, measured: what waits is sent and heard, and what came too early is applied."""

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy import Table, text

from libs.common.testing.databases import fresh_database, template_of
from libs.common.testing.doors import House
from libs.common.testing.waiting import eventually
from tests.benchmarks.measure import Line, Watch, apart
from tests.common.messaging.probe.published import Counted
from tests.common.messaging.probe.service import SERVICE, tally
from tests.common.messaging.wire import Wire
from tests.conftest import settings_of

EVENTS, HELD, EACH = 30_000, 5_000, 10  # events of an aggregate
SENT, KEPT = 250, 250  # a second, at least
SECONDS: Final = 20 * 60.0

# What the first of a stream kept back, when it has come: `streams` of `each`, versions from 2 on.
_HELD: Final = text("""
with heads as (
  insert into inbox_head (stream, last_version)
  select 'probe/held/' || s, 1 from generate_series(1, :streams) s returning stream
)
insert into held (stream, version, queue, headers, body, held_at)
select stream, v, 'none', jsonb_build_object(
    'cloudEvents_id', gen_random_uuid(), 'cloudEvents_type', 'probe.counted.v1',
    'cloudEvents_county', cast(:county as text),
    'cloudEvents_aggregateid', substr(stream, 7), 'cloudEvents_aggregateversion', v::text,
    'cloudEvents_time', now(), 'cloudEvents_correlationid', 'bench'), '{"n": 1}', now()
from heads, generate_series(2, cast(:each as int) + 1) v
""")


@asynccontextmanager
async def _wire(server: str, amqp: str) -> AsyncIterator[Wire]:
    template = await asyncio.to_thread(template_of, SERVICE, server)  # alembic runs a loop of its own
    async with fresh_database(SERVICE, server, template) as one, fresh_database(SERVICE, server, template) as other:
        speaker, listener = (House(SERVICE, base, settings_of(SERVICE, url, amqp)) for base, url in (one, other))
        wire = Wire(speaker, listener, amqp, {"all": [f"b{secrets.token_hex(2)}"]})
        await wire.declare()
        try:
            yield wire
        finally:
            await wire.remove()


async def _until_there_are(number: int, wire: Wire, table: Table) -> float:
    async def there() -> bool:
        return await wire.count(table) == number

    began = time.perf_counter()
    await eventually(there, f"{number} rows of {table.name}", seconds=SECONDS)
    return time.perf_counter() - began


def sending(watch: Watch, server: str, amqp: str, events: int) -> tuple[float, float]:
    """Seconds until what waits in an outbox is sent, and until all of it is heard."""

    async def work() -> tuple[float, float]:
        async with _wire(server, amqp) as wire:
            for start in range(0, events, 1_000):
                async with wire.speaker.database.transaction() as tx:
                    for n in range(start, min(start + 1_000, events)):
                        tx.emit(Counted(n=n), aggregate=f"count/{n // EACH}", county=wire.county)
            began = time.perf_counter()
            async with wire.relaying():
                await eventually(wire.outbox_is_empty, "everything sent", seconds=SECONDS)
            sent = time.perf_counter() - began
            async with wire.consuming():
                return sent, await _until_there_are(events, wire, tally)

    with watch:
        return asyncio.run(work())


def holding(watch: Watch, server: str, amqp: str, streams: int, each: int) -> float:
    """Seconds until messages that were held are applied, their turn having come."""

    async def work() -> float:
        async with _wire(server, amqp) as wire:
            async with wire.listener.database.transaction() as tx:
                await tx.execute(_HELD, {"streams": streams, "each": each, "county": wire.county})
            async with wire.consuming():
                return await _until_there_are(streams * each, wire, tally)

    with watch:
        return asyncio.run(work())


def lines(server: str, events: int = EVENTS, held: int = HELD) -> list[Line]:
    """Measure with the broker of SUNLOT_AMQP_URL; raises KeyError without one."""
    amqp = os.environ["SUNLOT_AMQP_URL"]
    sent, heard = apart(sending, server, amqp, events).value
    found = [("发出 sent", events, sent), ("收到并处理 heard and applied", events, heard)]
    for what, streams in (("先到的：各对象一条 held, one each", held), ("先到的：同一对象 held, of one", 1)):
        found.append((what, held, apart(holding, server, amqp, streams, held // streams).value))
    goals = {events: events / SENT, held: held / KEPT}
    return [Line(what, rows, seconds, goals=(("s", "≤", goals[rows]),)) for what, rows, seconds in found]
