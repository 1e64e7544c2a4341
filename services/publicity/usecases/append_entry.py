"""Append one entry to the public log and announce it with its proof; the same (kind, reference) once."""

from libs.common.db.transaction import Transaction
from libs.common.merkle import leaf_hash
from services.publicity.domain.log import Entry, Logged
from services.publicity.domain.note import Checkpoint, Signer
from services.publicity.domain.tree import completed_by, fold, inclusion_parts, nodes_of
from services.publicity.events.published import EntryLogged
from services.publicity.store.log import (
    find_reference,
    load_nodes,
    lock_log,
    save_checkpoint,
    save_entry,
    size_of_log,
)


async def append_entry(tx: Transaction, entry: Entry, signer: Signer, county: str) -> Logged | None:
    """Log `entry` under a new signed checkpoint; None when it has been logged before."""
    await lock_log(tx)
    if await find_reference(tx, entry.kind, entry.reference) is not None:
        return None
    index = await size_of_log(tx)
    encoded = entry.encoded()
    leaf = leaf_hash(encoded)
    hashes = await load_nodes(tx, nodes_of(0, index))
    done = completed_by(index, leaf, hashes)
    hashes |= done
    size = index + 1
    root = fold([hashes[node] for node in nodes_of(0, size)])
    path = tuple(fold([hashes[node] for node in part]) for part in inclusion_parts(index, size))
    note = signer.sign(Checkpoint(signer.verifier.name, size, root).text())
    await save_entry(tx, index, entry, encoded, leaf, done)
    await save_checkpoint(tx, size, root, note, entry.at)
    logged = Logged(index, entry.kind, entry.reference, encoded, leaf, size, root, note, path, entry.at)
    tx.emit(_announcement(logged), aggregate=f"log/{index}", county=county, at=entry.at)
    return logged


def _announcement(logged: Logged) -> EntryLogged:
    return EntryLogged(
        index=logged.index,
        kind=logged.kind.value,
        reference=logged.reference,
        entry_sha256=logged.entry_sha256,
        leaf_hash=logged.leaf_hash.hex(),
        tree_size=logged.size,
        root_hash=logged.root.hex(),
        checkpoint=logged.checkpoint,
        inclusion=[node.hex() for node in logged.inclusion],
        logged_at=logged.at,
        entry=logged.entry.decode(),
    )
