"""A transaction: the connection and the events that are to be announced if, and only if, it commits."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Executable, RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common import clock
from libs.common.ids import new_id
from libs.common.messaging.envelope import Envelope, Event
from libs.common.messaging.schemas import check_against_schema
from libs.common.telemetry.context import correlation_id, follow

# In one round trip: the versions follow from the heads, which are advanced, and so locked, in the order given.
_WRITE = text("""
with head as (
  insert into stream_head (aggregate_id, last_version)
  select name, added
  from unnest(cast(:names as text[]), cast(:added as int[])) with ordinality as new(name, added, place)
  order by place
  on conflict (aggregate_id) do update set last_version = stream_head.last_version + excluded.last_version
  returning aggregate_id, last_version
), said as (
  select aggregate_id, last_version - before_last as version, event_id, type, major, county, occurred_at,
    correlation_id, causation_id, payload, place
  from unnest(cast(:aggregate_id as text[]), cast(:before_last as int[]), cast(:event_id as uuid[]),
    cast(:type as text[]), cast(:major as int[]), cast(:county as text[]), cast(:occurred_at as timestamptz[]),
    cast(:correlation_id as text[]), cast(:causation_id as uuid[]), cast(:payload as text[])) with ordinality
    as item(aggregate_id, before_last, event_id, type, major, county, occurred_at, correlation_id, causation_id,
      payload, place)
  join head using (aggregate_id)
), logged as (
  insert into event_log (aggregate_id, aggregate_version, event_id, type, major, county, occurred_at, correlation_id,
    causation_id, payload)
  select aggregate_id, version, event_id, type, major, county, occurred_at, correlation_id, causation_id, payload
  from said
)
insert into outbox (aggregate_id, aggregate_version) select aggregate_id, version from said order by place
""")


@dataclass(frozen=True, slots=True)
class _Emitted:
    event: Event
    aggregate_id: str
    county: str
    occurred_at: datetime
    correlation_id: str
    causation_id: UUID | None


class Transaction:
    """What a use case is given; it never commits: the door that opened it does."""

    def __init__(self, connection: AsyncConnection, cause: Envelope | None = None) -> None:
        self.connection = connection
        self.cause = cause
        self._emitted: list[_Emitted] = []

    async def execute(
        self, statement: Executable, rows: Sequence[Mapping[str, Any]] | Mapping[str, Any] | None = None
    ) -> CursorResult[Any]:
        """Run one statement; with a list of rows, once for each of them in one round trip."""
        return await self.connection.execute(statement, rows)

    async def all(self, statement: Executable) -> Sequence[RowMapping]:
        """Every row."""
        return (await self.connection.execute(statement)).mappings().all()

    async def first(self, statement: Executable) -> RowMapping | None:
        """The first row, or None."""
        return (await self.connection.execute(statement)).mappings().first()

    async def scalar(self, statement: Executable) -> Any:
        """The first column of the first row, or None."""
        return (await self.connection.execute(statement)).scalar()

    def emit(self, event: Event, *, aggregate: str, county: str, at: datetime | None = None) -> None:
        """Announce `event` of `aggregate` (unique within this service) when this transaction commits."""
        causation = self.cause.event_id if self.cause else None
        self._emitted.append(_Emitted(event, aggregate, county, at or clock.now(), correlation_id(), causation))

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What fails inside is undone, its events too, and the rest of the transaction can go on."""
        before = len(self._emitted)
        try:
            async with self.connection.begin_nested():
                yield
        except BaseException:
            del self._emitted[before:]
            raise

    @property
    def emitted(self) -> Iterable[Event]:
        """What will be announced, in order."""
        return tuple(item.event for item in self._emitted)

    def follow(self, correlation: str) -> None:
        """Go on under the correlation id of the matter at hand, so that one complaint can be traced throughout."""
        follow(correlation)

    async def write_outbox(self) -> bool:
        """Write the emitted events with the next versions of their aggregates; True if there were any.

        Heads are locked in sorted order (no deadlock between two transactions that touch the same aggregates),
        and the outbox id is taken under that lock, so for one aggregate id order is commit order.
        """
        by_aggregate: dict[str, list[_Emitted]] = {}
        for item in self._emitted:
            by_aggregate.setdefault(item.aggregate_id, []).append(item)
        if not by_aggregate:
            return False
        added = {name: len(by_aggregate[name]) for name in sorted(by_aggregate)}
        rows = [
            self._log_row(item, len(items) - place)
            for name, items in by_aggregate.items()
            for place, item in enumerate(items, start=1)
        ]
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        await self.connection.execute(_WRITE, {"names": list(added), "added": list(added.values()), **columns})
        return True

    def _log_row(self, item: _Emitted, before_last: int) -> dict[str, Any]:
        payload = item.event.model_dump_json()
        check_against_schema(type(item.event), payload)
        return {
            "aggregate_id": item.aggregate_id,
            "before_last": before_last,
            "event_id": new_id(),
            "type": item.event.TYPE,
            "major": item.event.MAJOR,
            "county": item.county,
            "occurred_at": item.occurred_at,
            "correlation_id": item.correlation_id,
            "causation_id": item.causation_id,
            "payload": payload,
        }
