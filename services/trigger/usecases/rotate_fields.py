"""Re-encrypt protected values under the newest key, a portion at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidTag

from libs.common.db import Transaction
from services.trigger.store import sealed
from services.trigger.store.sealed import SealedColumn
from services.trigger.store.vault import Sealed, Vault

BATCH: Final = 500  # values a transaction


@dataclass(frozen=True, slots=True)
class Portion:
    """What one transaction did: where it ended (None: nothing was left), how many values, how many did not open."""

    after: Sequence[Any] | None
    done: int
    broken: int


async def rotate_portion(
    tx: Transaction, column: SealedColumn, vault: Vault, after: Sequence[Any] | None, limit: int = BATCH
) -> Portion:
    """Re-encrypt the next values of a column; one that does not open stays as it is. Repeating is harmless."""
    rows = await sealed.to_rotate(tx, column, vault.newest, after, limit)
    anew, broken = [], 0
    for row in rows:
        owner, field = column.bound_to(dict(row))
        try:
            text = vault.open(owner, field, Sealed(row[column.key], bytes(row[column.data])))
        except (InvalidTag, KeyError):
            broken += 1
            continue
        anew.append((row, vault.seal(owner, field, text)))
    await sealed.save(tx, column, anew)
    return Portion(sealed.place(column, rows[-1]) if rows else None, len(rows) - broken, broken)
