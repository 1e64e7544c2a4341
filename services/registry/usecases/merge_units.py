"""The rows of a file of units are put into the registry."""

from collections.abc import Sequence
from datetime import datetime

from libs.common.db.transaction import Transaction
from services.registry.domain.importing import Merge
from services.registry.domain.unit import Unit
from services.registry.store import units
from services.registry.usecases.announce import announce_units


async def merge_units(tx: Transaction, rows: Sequence[Unit], who: str, now: datetime, *, write: bool) -> Merge:
    """Compare, and with `write` take over."""
    known = await units.load_units(tx)
    merge, changed = Merge(), list[tuple[Unit, int]]()
    for row in rows:
        old = known.get(row.unit_id)
        merge.count(old is not None, old is not None and old[0] == row)
        if old is None or old[0] != row:
            changed.append((row, old[1] + 1 if old else 1))
    if write:
        await units.save_units(tx, changed, who, now)
        announce_units(tx, changed, now)
    return merge
