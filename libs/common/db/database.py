"""The engine of one service's database and the only way into a transaction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from libs.common.db.transaction import Transaction
from libs.common.messaging.envelope import Envelope


def create_engine(url: str, *, service: str, pool_size: int = 10, **options: Any) -> AsyncEngine:
    """An asyncpg engine whose sessions carry the service's name and end statements that hang."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_pre_ping=True,
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
