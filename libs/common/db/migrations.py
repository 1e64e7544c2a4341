"""Alembic, run from Python: each service's numbered migrations on its own database, created if missing."""

import asyncio
from pathlib import Path
from typing import Any

from alembic import command, context, op
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from libs.common.db import kernel


def migrate(folder: Path, database_url: str) -> None:
    """Create the database if it is missing and bring it to the newest migration in `folder`."""
    asyncio.run(_create_if_missing(database_url))
    command.upgrade(_config(folder, database_url), "head")


def _config(folder: Path, database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["database_url"] = database_url
    return config


async def _create_if_missing(database_url: str) -> None:
    url = make_url(database_url)
    engine = create_async_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            known = await connection.execute(
                text("select 1 from pg_database where datname = :name"), {"name": url.database}
            )
            if not known.scalar():
                quoted = connection.dialect.identifier_preparer.quote(str(url.database))
                # C collation: sorted by bytes, as the draw's pool is, and the same on every machine.
                await connection.execute(
                    text(f"create database {quoted} encoding 'UTF8' lc_collate 'C' lc_ctype 'C' template template0")
                )
    finally:
        await engine.dispose()


def run_environment(metadata: MetaData) -> None:
    """The body of every `migrations/env.py`."""
    url = context.config.attributes["database_url"]

    def run(connection: Connection) -> None:
        context.configure(
            connection=connection, target_metadata=[kernel.metadata, metadata], transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()

    async def main() -> None:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            # A migration must not queue behind a long transaction with every request behind it.
            await connection.execute(text("set lock_timeout = '5s'"))
            # One migrator at a time; the others find nothing left to do.
            await connection.execute(text("select pg_advisory_lock(4711)"))
            await connection.commit()
            await connection.run_sync(run)
            await connection.commit()
        await engine.dispose()

    asyncio.run(main())


def create_kernel_tables() -> None:
    """The kernel's tables as of their first version; the first migration of every service calls it."""
    _create(kernel.metadata)


def _create(metadata: MetaData) -> None:
    bind: Any = op.get_bind()
    metadata.create_all(bind)
