"""Beacon and seal of a draw in its row: what was chosen, handed over, refused, sealed and opened."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Table, and_, or_, select, update

from libs.common.db.transaction import Transaction
from services.draw.domain.ceremony import SeedChoice, choice_from
from services.draw.domain.draw import BeaconEntry, Draw, DrawState
from services.draw.domain.plan import Signature
from services.draw.domain.receipt import receipt_from
from services.draw.domain.seal import Opening, Sealing
from services.draw.store.tables import case_tasks, cases, certificates, draws

NOTES = 20  # different notes kept of a beacon that does not come
AWAITING = (DrawState.LOGGED.value, DrawState.REVEALING.value, DrawState.WAITING.value)


@dataclass(frozen=True, slots=True)
class BeaconNote:
    """What was handed over in vain or why nothing came; when first and last, and how often in a row."""

    text: str
    first: datetime
    last: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What surrounds a draw's seed beside the draw itself; `attempts` counts the relay's failures."""

    choice: SeedChoice
    notes: tuple[BeaconNote, ...]
    attempts: int
    next_at: datetime | None


def kept(draw: Draw) -> dict[str, Any]:
    """The columns of a draw's beacon and seal."""
    named = draw.commitment.sources.beacon if draw.commitment else None
    return {
        "beacon_due": named.due if named else None,
        "beacon": {"signature": draw.beacon.signature, "entered": _signed(draw.beacon.entered)}
        if draw.beacon
        else None,
        "sealing": _reasoned(draw.sealing),
        "result_receipt": draw.result_receipt.document() if draw.result_receipt else None,
        "opening": _reasoned(draw.opening),
    }


def beacon_and_seal(row: RowMapping) -> dict[str, Any]:
    """The fields of a draw that `kept` wrote."""
    beacon, sealing, opening = row["beacon"], row["sealing"], row["opening"]
    return {
        "beacon": BeaconEntry(beacon["signature"], _signature(beacon["entered"])) if beacon else None,
        "sealing": Sealing(sealing["reason"], _signature(sealing["entered"])) if sealing else None,
        "result_receipt": receipt_from(row["result_receipt"]) if row["result_receipt"] else None,
        "opening": Opening(opening["reason"], _signature(opening["entered"])) if opening else None,
    }


def ceremony_of(row: RowMapping) -> Ceremony:
    """What surrounds the seed of a draw's row."""
    notes = tuple(
        BeaconNote(
            note["text"], datetime.fromisoformat(note["first"]), datetime.fromisoformat(note["last"]), note["times"]
        )
        for note in row["beacon_notes"]
    )
    return Ceremony(choice_from(row["choice"]), notes, row["beacon_attempts"], row["beacon_next_at"])


def under_seal() -> ColumnElement[bool]:
    """Whether the list of a row of `draws` is kept inside still; an aborted attempt has none."""
    return and_(draws.c.sealing.is_not(None), draws.c.opening.is_(None), draws.c.state != DrawState.ABORTED.value)


def to_be_seen(table: Table) -> ColumnElement[bool]:
    """Whether a row's draw is not under seal.

    What is published of a later draw (who may be drawn, how much officers have had, who must stand aside) is made of
    such rows alone: whom a sealed draw drew must not be read from it.
    """
    return table.c.draw_id.not_in(select(draws.c.draw_id).where(under_seal()))


async def save_choice(tx: Transaction, draw_id: str, choice: SeedChoice) -> None:
    """Keep how the lead lets the seed come about."""
    await tx.execute(update(draws).where(draws.c.draw_id == draw_id).values(choice=choice.document()))


async def claim_awaiting(tx: Transaction, now: datetime, lease: timedelta) -> str | None:
    """One draw whose round is due, leased so that others leave it alone; a killed worker's is free after the lease."""
    row = await tx.first(
        select(draws.c.draw_id)
        .where(
            draws.c.state.in_(AWAITING),
            draws.c.beacon_due <= now,
            draws.c.problem.is_(None),
            or_(draws.c.beacon_next_at.is_(None), draws.c.beacon_next_at <= now),
        )
        .order_by(draws.c.beacon_due, draws.c.draw_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    draw_id: str = row["draw_id"]
    await tx.execute(update(draws).where(draws.c.draw_id == draw_id).values(beacon_next_at=now + lease))
    return draw_id


async def claim_inspected(tx: Transaction) -> str | None:
    """One sealed draw that was handed out and has no case left to inspect, locked; others skip it."""
    open_cases = select(cases.c.case_id).where(cases.c.ended_on.is_(None), cases.c.withdrawn.is_(None))
    shared = select(case_tasks.c.case_id).where(
        case_tasks.c.draw_id == draws.c.draw_id,
        case_tasks.c.parted_at.is_(None),
        case_tasks.c.case_id.in_(open_cases.scalar_subquery()),
    )
    row = await tx.first(
        select(draws.c.draw_id)
        .where(
            draws.c.sealing.is_not(None),
            draws.c.opening.is_(None),
            draws.c.state == DrawState.DISPATCHED.value,
            ~open_cases.where(cases.c.draw_id == draws.c.draw_id).correlate(draws).exists(),
            ~shared.correlate(draws).exists(),
        )
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return None if row is None else str(row["draw_id"])


async def complete_certificate(tx: Transaction, draw_id: str, document: bytes, sha256: str) -> None:
    """Put the certificate with the receipt for its result in the place of the one that nobody outside has seen."""
    await tx.execute(
        update(certificates)
        .where(certificates.c.draw_id == draw_id, certificates.c.edition == 1)
        .values(document=document, sha256=sha256)
    )


async def note_beacon(
    tx: Transaction, draw_id: str, notes: Sequence[BeaconNote], text: str, now: datetime, again: datetime | None
) -> None:
    """Add to the notes of a draw that the caller has locked; the same one in a row is counted.

    `again` is when the relay is asked next; None when a person handed it over, which puts nothing off.
    """
    last = notes[-1] if notes else None
    if last and last.text == text:
        changed = [*notes[:-1], BeaconNote(text, last.first, now, last.times + 1)]
    else:
        changed = [*notes, BeaconNote(text, now, now, 1)][-NOTES:]
    documents = [{**asdict(note), "first": note.first.isoformat(), "last": note.last.isoformat()} for note in changed]
    values: dict[str, Any] = {"beacon_notes": documents}
    if again is not None:
        values |= {"beacon_next_at": again, "beacon_attempts": draws.c.beacon_attempts + 1}
    await tx.execute(update(draws).where(draws.c.draw_id == draw_id).values(**values))


def _reasoned(step: Sealing | Opening | None) -> dict[str, Any] | None:
    return {"reason": step.reason, "entered": _signed(step.entered)} if step else None


def _signed(signature: Signature) -> dict[str, str]:
    return {"by": signature.by, "at": signature.at.isoformat()}


def _signature(document: dict[str, str]) -> Signature:
    return Signature(document["by"], datetime.fromisoformat(document["at"]))
