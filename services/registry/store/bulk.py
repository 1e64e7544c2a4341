"""Many rows at once: COPY into a temporary table, then one statement that inserts or replaces."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db.transaction import Transaction


async def copy_upsert(tx: Transaction, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows without JSON columns by COPY (20 000 in under a second); those of a known key replace it."""
    if not rows:
        return
    names = list(rows[0])
    key = [column.name for column in table.primary_key]
    others = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    # asyncpg's own connection, inside the transaction that SQLAlchemy has begun with the first statement.
    driver: Any = (await tx.connection.get_raw_connection()).driver_connection
    await driver.execute(f"create temp table if not exists incoming_{table.name} (like {table.name}) on commit drop")
    await driver.execute(f"truncate incoming_{table.name}")
    await driver.copy_records_to_table(
        f"incoming_{table.name}", records=[tuple(row[name] for name in names) for row in rows], columns=names
    )
    listed = ", ".join(names)
    await driver.execute(
        f"insert into {table.name} ({listed}) select {listed} from incoming_{table.name} "  # noqa: S608 - our own names
        f"on conflict ({', '.join(key)}) do update set {others}"
    )


async def upsert_rows(
    tx: Transaction, table: Table, rows: Sequence[Mapping[str, Any]], keep: Set[str] = frozenset()
) -> None:
    """Write a few hundred rows; those of a known key replace it but for the columns to `keep`."""
    if not rows:
        return
    key = {column.name for column in table.primary_key}
    statement = upsert(table).values(list(rows))
    changes = {name: statement.excluded[name] for name in rows[0] if name not in key | keep}
    await tx.execute(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes))
