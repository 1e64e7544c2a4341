"""A subject has been inspected: when last, and how often this year."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from libs.common.db.transaction import Transaction
from services.registry.store import subjects
from services.registry.usecases.announce import announce_subjects


@dataclass(frozen=True, slots=True)
class NoteInspection:
    """A finished inspection."""

    case_id: str
    uscc: str
    ended_on: date
    result: str


async def note_inspection(tx: Transaction, command: NoteInspection, now: datetime) -> bool:
    """Count the case once and tell the others; False when it was counted, or the subject is not in the registry."""
    if not await subjects.note_inspection(tx, command.uscc, command.case_id, command.ended_on, command.result):
        return False
    known = (await subjects.load_subjects(tx, [command.uscc])).get(command.uscc)
    if known is None:
        return False
    after = replace(known, version=known.version + 1, visits=known.visits.and_one(command.ended_on))
    await subjects.set_visits(tx, after, now)
    announce_subjects(tx, [(after, "")], now)
    return True
