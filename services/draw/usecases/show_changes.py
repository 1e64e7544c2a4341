"""What became of a drawn list: the present list, its editions with who asked and who decided, and what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from libs.common.db.transaction import Transaction
from services.draw.domain.amendment import OPEN, Amendment
from services.draw.domain.replacement import Entry, Fresh, Reserve, Void
from services.draw.store.amendments import amendments_of, editions_of
from services.draw.store.draws import DrawRecord
from services.draw.store.reference import officers_by_id, subjects_by_code
from services.draw.store.visits import visits_of_draw
from services.draw.usecases.open_certificate import OpenCertificate, open_certificate


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition after the first: what changed, by whom, and where the public log announces it."""

    edition: int
    entry: Entry
    made_at: datetime
    sha256: str
    previous_sha256: str
    log_index: int | None
    asked: str  # role
    decided: str  # role

    def document(self) -> dict[str, Any]:
        """The edition as JSON values, without accounts."""
        return {
            "edition": self.edition,
            "entry": self.entry.document(),
            "made_at": self.made_at.isoformat(),
            "certificate_sha256": self.sha256,
            "previous_sha256": self.previous_sha256,
            "log_index": self.log_index,
            "asked_by_role": self.asked,
            "decided_by_role": self.decided,
        }


async def editions_after_the_first(tx: Transaction, opened: OpenCertificate) -> list[Edition]:
    """What changed and who asked for it, the first change first; each edition has one entry more."""
    draw_id = opened.record.draw.draw_id
    rows = await editions_of(tx, draw_id)
    by_edition = {one.edition: one for one in await amendments_of(tx, draw_id) if one.edition}
    found = []
    for before, row, entry in zip(rows, rows[1:], opened.standing.entries, strict=False):
        request = by_edition.get(row["edition"])
        found.append(
            Edition(
                edition=row["edition"],
                entry=entry,
                made_at=row["made_at"],
                sha256=row["sha256"],
                previous_sha256=before["sha256"],
                log_index=row["log_index"],
                asked=request.proposed_role if request else "",
                decided=(request.decided_role if request else None) or "",
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Changes:
    """All that the page of changes shows."""

    opened: OpenCertificate
    rows: list[dict[str, Any]]
    editions: list[Edition]
    requests: list[Amendment]

    @property
    def waiting(self) -> list[Amendment]:
        """Requests that are still open, and the blocked ones."""
        return [one for one in self.requests if one.state in OPEN]


async def changes_of(tx: Transaction, record: DrawRecord) -> Changes:
    """The present list of a draw and how it came to be. Raises NothingDrawnYet."""
    opened = await open_certificate(tx, record)
    requests = await amendments_of(tx, record.draw.draw_id)
    rows = await _rows(tx, opened)
    return Changes(opened, rows, await editions_after_the_first(tx, opened), requests)


async def _rows(tx: Transaction, opened: OpenCertificate) -> list[dict[str, Any]]:
    standing = opened.standing
    subjects = await subjects_by_code(tx, list(standing.known))
    officers = await officers_by_id(tx, {number for team in standing.teams.values() for number in team})
    visits = await visits_of_draw(tx, opened.record.draw.draw_id)
    states = _states(standing.entries)
    return [
        {
            "place": place,
            "uscc": uscc,
            "name": subjects[uscc]["name"] if uscc in subjects else "",
            "county": subjects[uscc]["county"] if uscc in subjects else "",
            "state": states.get(uscc, "drawn"),
            "officers": [
                {"number": number, "name": officers[number]["name"] if number in officers else number}
                for number in standing.teams.get(uscc, ())
            ],
            "case_id": visits[uscc]["case_id"] if uscc in visits else "",
            "ended": bool(uscc in visits and visits[uscc]["result"] is not None),
        }
        for uscc, place in opened.places.items()
    ]


def _states(entries: Sequence[Entry]) -> dict[str, str]:
    """How each subject that is not simply drawn stands: void, reserve or fresh."""
    states: dict[str, str] = {}
    for entry in entries:
        match entry:
            case Void():
                states[entry.subject] = "void"
            case Reserve():
                states[entry.taken.id] = "reserve"
            case Fresh():
                states.update({one.id: "fresh" for one in entry.taken})
            case _:
                pass
    return states
