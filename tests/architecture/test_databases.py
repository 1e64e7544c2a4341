"""Every service's database can be split by aggregate, and its migrations make what its code expects."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, UniqueConstraint
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from libs.common.cli import Service
from libs.common.db import kernel
from libs.common.testing.databases import asyncpg_url
from tests.architecture.services import NAMES, SERVICES

# Tables whose key is only a place in a queue or a list, never an aggregate's id.
QUEUES = {"outbox", "operator_log"}


def _tables(service: Service) -> Iterator[Table]:
    yield from service.metadata.sorted_tables
    yield from kernel.metadata.sorted_tables


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_no_constraint_crosses_aggregates(service: Service) -> None:
    crossing = [
        f"{table.name}: {sorted(str(column.name) for column in constraint.columns)}"
        for table in _tables(service)
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint) or constraint in table.foreign_key_constraints
    ]
    crossing += [f"{table.name}: {index.name}" for table in _tables(service) for index in table.indexes if index.unique]
    assert crossing == []


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_a_key_is_told_by_the_code_and_never_counted_by_the_database(service: Service) -> None:
    counted = [
        table.name
        for table in _tables(service)
        if table.name not in QUEUES
        if not table.primary_key.columns
        or any(column.identity or column.default or column.server_default for column in table.primary_key.columns)
    ]
    assert counted == []


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_tables_of_one_aggregate_begin_with_the_same_key(service: Service) -> None:
    """A part's key is its aggregate's key and something more: (case_id, evidence_id) of (case_id)."""
    first = {table.name: next(iter(table.primary_key.columns)).name for table in service.metadata.sorted_tables}
    wholes = {
        next(iter(table.primary_key.columns)).name
        for table in service.metadata.sorted_tables
        if len(table.primary_key.columns) == 1
    }
    parts = [
        name
        for name, column in first.items()
        if len(service.metadata.tables[name].primary_key.columns) > 1 and column not in wholes | WITHOUT_A_WHOLE
    ]
    assert parts == []


# First columns of keys that stand for themselves: a rule's versions, the log's subtrees and references, and a
# platform's nonces (the platform's own key is its `code`), and a county's counts by day.
WITHOUT_A_WHOLE = {"rule_id", "level", "kind", "platform", "county"}


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_migrations_have_one_end(service: Service) -> None:
    assert len(ScriptDirectory(str(service.folder / "migrations")).get_heads()) == 1


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
async def test_migrations_make_what_the_code_expects(
    service: Service, migrated: Callable[[Service], str], postgres_url: str
) -> None:
    template = await asyncio.to_thread(migrated, service)
    engine = create_async_engine(asyncpg_url(postgres_url, template), poolclass=NullPool)

    expected = MetaData()
    for table in _tables(service):
        table.to_metadata(expected)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), expected))

    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []
