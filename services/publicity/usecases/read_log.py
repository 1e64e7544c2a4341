"""What anybody may read of the public log: checkpoint, entries, proofs."""

from collections.abc import Sequence

from sqlalchemy import RowMapping

from libs.common.db.transaction import Transaction
from services.publicity.domain.errors import LogNotThatLong
from services.publicity.domain.note import Checkpoint, Signer
from services.publicity.domain.tree import consistency_parts, fold, inclusion_parts, nodes_of
from services.publicity.store.log import (
    latest_checkpoint,
    load_entries,
    load_entry,
    load_parts,
    size_of_log,
)

MOST_ENTRIES = 1000


async def read_checkpoint(tx: Transaction, signer: Signer) -> str:
    """The newest signed note; an empty log has one too."""
    row = await latest_checkpoint(tx)
    return row["note"] if row else signer.sign(Checkpoint(signer.verifier.name, 0, fold([])).text())


async def read_entries(tx: Transaction, start: int, end: int) -> Sequence[RowMapping]:
    """The entries [start, end), at most MOST_ENTRIES of them."""
    return await load_entries(tx, start, min(end, start + MOST_ENTRIES))


async def read_entry(tx: Transaction, index: int) -> RowMapping:
    """One entry. Raises LogNotThatLong."""
    row = await load_entry(tx, index)
    if row is None:
        raise LogNotThatLong
    return row


async def prove_inclusion(tx: Transaction, index: int, size: int | None) -> tuple[int, bytes, list[bytes]]:
    """Size, root and audit path of leaf `index`; without a size under the newest head. Raises LogNotThatLong."""
    size = await _size(tx, size)
    if not 0 <= index < size:
        raise LogNotThatLong
    path = await load_parts(tx, inclusion_parts(index, size))
    return size, (await load_parts(tx, [nodes_of(0, size)]))[0], path


async def prove_consistency(tx: Transaction, old: int, new: int | None) -> tuple[int, list[bytes]]:
    """Size and proof that the log of `new` entries extends the one of `old`. Raises LogNotThatLong."""
    size = await _size(tx, new)
    if not 0 < old <= size:
        raise LogNotThatLong
    return size, await load_parts(tx, consistency_parts(old, size))


async def _size(tx: Transaction, wanted: int | None) -> int:
    size = await size_of_log(tx)
    if wanted is not None and not 0 < wanted <= size:
        raise LogNotThatLong
    return size if wanted is None else wanted
