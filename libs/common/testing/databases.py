"""A database of its own for every test: a copy of a template that was migrated once."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from libs.common.cli import Service
from libs.common.db import kernel
from libs.common.db.database import Database, create_engine
from libs.common.db.migrations import migrate
from libs.common.ids import new_id


def asyncpg_url(server_url: str, database: str) -> str:
    """The SQLAlchemy address of `database` on the server that `server_url` (postgresql://…) names."""
    url = make_url(server_url).set(drivername="postgresql+asyncpg", database=database)
    return url.render_as_string(hide_password=False)


def template_of(service: Service, server_url: str) -> str:
    """The name of the service's migrated template; made when its migrations have changed."""
    digest = hashlib.sha256()
    for file in [Path(str(kernel.__file__)), *sorted((service.folder / "migrations").rglob("*.py"))]:
        digest.update(file.read_bytes())
    name = f"template_{service.name}_{digest.hexdigest()[:12]}"
    asyncio.run(_make(service, server_url, name))
    return name


async def _make(service: Service, server_url: str, name: str) -> None:
    """Make the template unless it is there; of several processes one makes it, and half of one is never found."""
    engine = create_async_engine(asyncpg_url(server_url, "postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(text("select pg_advisory_lock(hashtext(:name))"), {"name": name})
        if not await connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": name}):
            await connection.execute(text(f'drop database if exists "making_{name}" with (force)'))
            # alembic runs a loop of its own
            await asyncio.to_thread(migrate, service.folder / "migrations", asyncpg_url(server_url, f"making_{name}"))
            await connection.execute(text(f'alter database "making_{name}" rename to "{name}"'))
    await engine.dispose()


@asynccontextmanager
async def fresh_database(service: Service, server_url: str, template: str) -> AsyncIterator[tuple[Database, str]]:
    """A copy of the template and its address; dropped afterwards."""
    name = f"test_{service.name}_{new_id().hex}"
    admin = create_async_engine(asyncpg_url(server_url, "postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with admin.connect() as connection:
        await connection.execute(text(f'create database "{name}" template "{template}"'))
    url = asyncpg_url(server_url, name)
    database = Database(create_engine(url, service=service.name, pool_size=5))
    try:
        yield database, url
    finally:
        await database.close()
        async with admin.connect() as connection:
            await connection.execute(text(f'drop database "{name}" with (force)'))
        await admin.dispose()
