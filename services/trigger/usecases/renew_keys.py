"""Make the keys anew by which names are found, where an older release made them."""

from libs.common.db import Transaction
from services.trigger.domain.matching import KEYED, keys_for
from services.trigger.store import subjects, unmatched

PORTION = 500


async def renew_keys(tx: Transaction) -> int:
    """A portion of the subjects and signals whose keys are old; returns how many, 0 at the end."""
    old = await subjects.outdated(tx, KEYED, PORTION)
    await subjects.save_keys(tx, [{"uscc": row["uscc"], **keys_for(row["name"])} for row in old])
    waiting = await unmatched.outdated(tx, KEYED, PORTION)
    fresh = []
    for row in waiting:
        keys = keys_for(row["name"])
        fresh.append({"signal_id": row["signal_id"], "sound_key": keys["sound_key"], "keyed": KEYED})
    await unmatched.save_keys(tx, fresh)
    return len(old) + len(waiting)
