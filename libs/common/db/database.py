"""The engine of one service's database and the only way into a transaction."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from libs.common.db.transaction import Transaction
from libs.common.messaging.envelope import Envelope

IDLE = 1.0  # seconds after which a connection is asked whether it is still there


def create_engine(url: str, *, service: str, pool_size: int = 10, **options: Any) -> AsyncEngine:
    """An asyncpg engine whose sessions carry the service's name and end statements that hang."""
    engine = create_async_engine(
        url,
        # All of them are kept: one that overflows is closed after its transaction, and to open the next one and prepare
        # its statements takes longer than most transactions.
        pool_size=2 * pool_size,
        max_overflow=0,
        pool_use_lifo=True,  # what is seldom needed rests
        pool_timeout=10,
        hide_parameters=True,  # an error's text must not quote what was being written
        connect_args={
            "timeout": 10,
            "server_settings": {
                "application_name": f"sunlot-{service}",
                "timezone": "UTC",
                "idle_in_transaction_session_timeout": "60000",
                "lock_timeout": "15000",
            },
        },
        **options,
    )
    event.listen(engine.sync_engine, "checkin", _note_use)
    event.listen(engine.sync_engine, "checkout", partial(_ask_if_idle, engine.dialect))
    return engine


def _note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["used_at"] = time.monotonic()


def _ask_if_idle(dialect: Dialect, connection: DBAPIConnection, record: ConnectionPoolEntry, _: Any) -> None:
    """A connection that was used a moment ago is there: to ask costs as much as a short transaction."""
    used_at = record.info.get("used_at")
    if used_at is None or time.monotonic() - used_at < IDLE:
        return
    try:
        alive = dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error:
        alive = False
    if not alive:
        raise DisconnectionError


class Database:
    """One service's database; `committed` is set after every commit that left messages in the outbox."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.committed = asyncio.Event()

    @asynccontextmanager
    async def transaction(self, cause: Envelope | None = None) -> AsyncIterator[Transaction]:
        """Everything inside commits together, events included, or nothing does; `cause` is the message acted on."""
        async with self.engine.connect() as connection, connection.begin():
            tx = Transaction(connection, cause)
            yield tx
            left_messages = await tx.write_outbox()
        if left_messages:
            self.committed.set()

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()
