"""The rows of a file of subjects are put into the registry; only what differs is written and announced."""

from collections.abc import Sequence
from datetime import datetime

from libs.common.db.transaction import Transaction
from services.registry.domain.importing import Merge
from services.registry.domain.subject import KnownSubject, Subject, Visits
from services.registry.store import subjects
from services.registry.usecases.announce import announce_subjects


async def merge_subjects(tx: Transaction, rows: Sequence[Subject], who: str, now: datetime, *, write: bool) -> Merge:
    """Compare, and with `write` take over; a subject that the file leaves out stays as it is."""
    known = await subjects.load_subjects(tx, [row.uscc for row in rows])
    merge, changed = Merge(), list[tuple[KnownSubject, str]]()
    for row in rows:
        old = known.get(row.uscc)
        same = old is not None and old.subject == row
        merge.count(old is not None, same)
        if old is None:
            changed.append((KnownSubject(row, 1, Visits()), ""))
        elif not same:
            changed.append((KnownSubject(row, old.version + 1, old.visits), old.subject.county))
    if write:
        await subjects.save_subjects(tx, [one for one, _ in changed], who, now)
        announce_subjects(tx, changed, now)
    return merge
