"""Every encrypted column of the service in one list: what rotation re-encrypts and what erasure takes away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, RowMapping, Table, and_, bindparam, delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import Transaction
from services.trigger.store.channel_tables import upload_texts
from services.trigger.store.tables import platform_keys, signal_fields, signal_messages
from services.trigger.store.vault import Sealed

ERASED: Final = ""  # the key id of a value that was erased: nothing is left to open


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One encrypted column; `owner` and `field` say what its values are bound to, with the row's columns in braces.

    `signal` names the column with the signal's id if the value is an informant's; it is then erased with the signal:
    the row goes, or stays without the value if `keep_row`.
    """

    table: Table
    owner: str
    field: str
    signal: str = ""
    keep_row: bool = False
    data: str = "sealed"
    key: str = "key_id"

    @property
    def name(self) -> str:
        """Table and column."""
        return f"{self.table.name}.{self.data}"

    def bound_to(self, row: Mapping[str, Any]) -> tuple[str, str]:
        """Owner and field of the row's value."""
        return self.owner.format_map(row), self.field.format_map(row)


SEALED: Final = (
    SealedColumn(platform_keys, "platform {code}", "{number}"),
    SealedColumn(signal_fields, "{signal_id}", "{field}", signal="signal_id"),
    SealedColumn(signal_messages, "{signal_id}", "message {number}", signal="signal_id", keep_row=True),
    SealedColumn(upload_texts, "upload {upload_id}", "{part} {number}"),  # gone a day after the file is done with
)


async def to_rotate(
    tx: Transaction, column: SealedColumn, newest: str, after: Sequence[Any] | None, limit: int
) -> Sequence[RowMapping]:
    """The next rows whose value stands under another key than `newest`, locked, in the order of the primary key."""
    table = column.table
    keys: list[Column[Any]] = list(table.primary_key.columns)
    statement = (
        select(table)
        .where(table.c[column.key] != newest, table.c[column.key] != ERASED, table.c[column.data].is_not(None))
        .order_by(*keys)
        .limit(limit)
        .with_for_update()
    )
    if after is not None:
        statement = statement.where(tuple_(*keys) > tuple_(*after))
    return await tx.all(statement)


def place(column: SealedColumn, row: RowMapping) -> tuple[Any, ...]:
    """The row's primary key."""
    return tuple(row[key.name] for key in column.table.primary_key.columns)


async def save(tx: Transaction, column: SealedColumn, anew: Sequence[tuple[RowMapping, Sealed]]) -> None:
    """Save the values of these rows anew, in one round trip."""
    if not anew:
        return
    keys = [key.name for key in column.table.primary_key.columns]
    here = and_(*(column.table.c[name] == bindparam(f"at_{name}") for name in keys))
    statement = update(column.table).where(here).values({column.key: bindparam("by"), column.data: bindparam("text")})
    await tx.execute(
        statement,
        [{f"at_{name}": row[name] for name in keys} | {"by": new.key_id, "text": new.data} for row, new in anew],
    )


_ROTATION: Final = 0x524F54415445  # advisory lock key, "ROTATE"; one rotation a database


async def claim_rotation(connection: AsyncConnection) -> bool:
    """Whether this session alone rotates from now on until it ends; False while another one does."""
    return bool(await connection.scalar(select(func.pg_try_advisory_lock(_ROTATION))))


async def standing(tx: Transaction) -> list[tuple[str, str, int]]:
    """How many values stand under which key: (table and column, key id, number)."""
    found = []
    for column in SEALED:
        key = column.table.c[column.key]
        statement = select(key.label("key"), func.count().label("number")).where(key != ERASED).group_by(key)
        found += [(column.name, row["key"], row["number"]) for row in await tx.all(statement.order_by(key))]
    return found


async def erase(tx: Transaction, signal_ids: Sequence[str]) -> None:
    """Take away every encrypted value of these signals."""
    for column in SEALED:
        if not column.signal:
            continue
        theirs = column.table.c[column.signal].in_(signal_ids)
        if column.keep_row:
            await tx.execute(update(column.table).where(theirs).values({column.key: ERASED, column.data: b""}))
        else:
            await tx.execute(delete(column.table).where(theirs))
