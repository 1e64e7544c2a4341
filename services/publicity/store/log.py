"""The public log in and out: appended under one lock, proved from stored subtree hashes."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, func, insert, select, text, tuple_

from libs.common.db.transaction import Transaction
from services.publicity.domain.log import Entry, Kind, commits_to_seal
from services.publicity.domain.tree import Node, Part, folded
from services.publicity.store.tables import log_checkpoints, log_entries, log_nodes, log_references

LOCK = 0x53554E4C4F47  # advisory lock key, "SUNLOG": one appender at a time makes the indexes dense


async def lock_log(tx: Transaction) -> None:
    """Wait until this transaction alone may append; held until it ends."""
    await tx.execute(text("select pg_advisory_xact_lock(:key)").bindparams(key=LOCK))


async def size_of_log(tx: Transaction) -> int:
    """The number of entries."""
    return int(await tx.scalar(select(func.coalesce(func.max(log_entries.c.index) + 1, 0))))


async def find_reference(tx: Transaction, kind: Kind, reference: str) -> int | None:
    """The index of the entry for (kind, reference), if it has been logged."""
    index: int | None = await tx.scalar(
        select(log_references.c.index).where(
            log_references.c.kind == kind.value, log_references.c.reference == reference
        )
    )
    return index


async def draws_under_seal(tx: Transaction, draw_ids: Collection[str]) -> frozenset[str]:
    """Those of the draws whose commitment seals the list and whose opening the log has not recorded."""
    if not draw_ids:
        return frozenset()
    said = (
        select(log_references.c.kind, log_references.c.reference, log_entries.c.bytes)
        .join(log_entries, log_entries.c.index == log_references.c.index)
        .where(
            log_references.c.kind.in_([Kind.DRAW_COMMIT.value, Kind.DRAW_OPENED.value]),
            log_references.c.reference.in_(list(draw_ids)),
        )
    )
    rows = await tx.all(said)
    opened = {row["reference"] for row in rows if row["kind"] == Kind.DRAW_OPENED}
    sealed = {
        row["reference"] for row in rows if row["kind"] == Kind.DRAW_COMMIT and commits_to_seal(bytes(row["bytes"]))
    }
    return frozenset(sealed - opened)


async def save_entry(
    tx: Transaction, index: int, entry: Entry, encoded: bytes, leaf: bytes, nodes: dict[Node, bytes]
) -> None:
    """Write one entry and the nodes that it completes."""
    await tx.execute(
        insert(log_entries).values(
            index=index, kind=entry.kind.value, reference=entry.reference, bytes=encoded, leaf_hash=leaf, at=entry.at
        )
    )
    await tx.execute(insert(log_references).values(kind=entry.kind.value, reference=entry.reference, index=index))
    await tx.execute(
        insert(log_nodes), [{"level": n.level, "place": n.place, "hash": value} for n, value in nodes.items()]
    )


async def save_checkpoint(tx: Transaction, size: int, root: bytes, note: str, at: datetime) -> None:
    """Keep the signed head that an append made."""
    await tx.execute(insert(log_checkpoints).values(size=size, root=root, note=note, at=at))


async def load_nodes(tx: Transaction, nodes: Iterable[Node]) -> dict[Node, bytes]:
    """The stored hashes of complete subtrees, in one round trip."""
    wanted = list(nodes)
    if not wanted:
        return {}
    rows = await tx.all(
        select(log_nodes).where(tuple_(log_nodes.c.level, log_nodes.c.place).in_([tuple(node) for node in wanted]))
    )
    return {Node(row["level"], row["place"]): bytes(row["hash"]) for row in rows}


async def load_parts(tx: Transaction, parts: Sequence[Part]) -> list[bytes]:
    """The hash of each part of a proof."""
    hashes = await load_nodes(tx, {node for part in parts for node in part})
    return [folded(part, hashes) for part in parts]


async def latest_checkpoint(tx: Transaction) -> RowMapping | None:
    """The newest signed head: size, root, note, at."""
    return await tx.first(select(log_checkpoints).order_by(log_checkpoints.c.size.desc()).limit(1))


async def load_entry(tx: Transaction, index: int) -> RowMapping | None:
    """One entry: index, kind, reference, bytes, leaf_hash, at."""
    return await tx.first(select(log_entries).where(log_entries.c.index == index))


async def load_entries(tx: Transaction, start: int, end: int) -> Sequence[RowMapping]:
    """The entries [start, end)."""
    return await tx.all(
        select(log_entries).where(log_entries.c.index >= start, log_entries.c.index < end).order_by(log_entries.c.index)
    )


async def list_entries(
    tx: Transaction, *, kind: str, reference: str, limit: int, offset: int
) -> tuple[Sequence[RowMapping], int]:
    """One page of the entries, newest first, and how many there are."""
    where = []
    if kind:
        where.append(log_entries.c.kind == kind)
    if reference:
        where.append(log_entries.c.reference.contains(reference, autoescape=True))
    total = int(await tx.scalar(select(func.count()).select_from(log_entries).where(*where)))
    rows = await tx.all(
        select(log_entries).where(*where).order_by(log_entries.c.index.desc()).limit(limit).offset(offset)
    )
    return rows, total


async def count_by_kind(tx: Transaction) -> dict[str, int]:
    """How many entries there are of each kind."""
    rows = await tx.all(select(log_entries.c.kind, func.count().label("n")).group_by(log_entries.c.kind))
    return {row["kind"]: row["n"] for row in rows}
