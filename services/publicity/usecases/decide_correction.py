"""Confirm or reject a correction; a confirmed one is public, logged and sent as `u` (细则第十六条)."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from libs.common.web.filters import masked_name
from services.publicity.domain.correction import Correction, may_decide
from services.publicity.domain.errors import NoOpenCorrection
from services.publicity.domain.log import Entry, Kind
from services.publicity.domain.note import Signer
from services.publicity.domain.publication import Publication
from services.publicity.events.published import ResultCorrected
from services.publicity.store.corrections import insert_decision, load_corrections
from services.publicity.store.publications import Step, append_history, load_publication, save_publication
from services.publicity.usecases.append_entry import append_entry
from services.publicity.usecases.persons import person
from services.publicity.usecases.queue_mirror import queue_mirror


async def confirm_correction(
    tx: Transaction, publication_id: str, number: int, actor: Actor, *, signer: Signer, mirrored: bool, now: datetime
) -> Publication:
    """Put the correction in force; confirming it twice changes nothing."""
    publication, correction, confirmed = await _load(tx, publication_id, number, actor)
    if confirmed:
        return publication
    if confirmed is not None:
        raise NoOpenCorrection
    may_decide(correction, publication, person(actor))
    publication = publication.corrected(correction.after)
    await _decide(tx, publication, correction, actor, now, confirmed=True)
    await save_publication(tx, publication)
    county = publication.content.county
    entry = Entry(Kind.CORRECTION, f"{publication_id}/{number}", now, _entry_data(publication, correction))
    await append_entry(tx, entry, signer, county)
    await queue_mirror(tx, publication, "u", actor.account_id, mirrored=mirrored, now=now)
    event = ResultCorrected(
        publication_id=publication_id,
        case_id=publication.content.case_id,
        county=county,
        correction=number,
        reason=correction.reason,
        corrected_at=now,
    )
    tx.emit(event, aggregate=f"publication/{publication_id}", county=county)
    return publication


async def reject_correction(
    tx: Transaction, publication_id: str, number: int, actor: Actor, now: datetime
) -> Publication:
    """Leave what is public as it is; the proposal stays in the history."""
    publication, correction, confirmed = await _load(tx, publication_id, number, actor)
    if confirmed is None:
        may_decide(correction, publication, person(actor))
        await _decide(tx, publication, correction, actor, now, confirmed=False)
    elif confirmed:
        raise NoOpenCorrection
    return publication


async def _load(
    tx: Transaction, publication_id: str, number: int, actor: Actor
) -> tuple[Publication, Correction, bool | None]:
    publication = await load_publication(tx, publication_id, to_change=True)
    actor.must_see(publication.content.county)
    for item in await load_corrections(tx, publication_id):
        if item.correction.number == number:
            tx.follow(publication.correlation_id)
            return publication, item.correction, item.confirmed
    raise NoOpenCorrection


async def _decide(
    tx: Transaction, publication: Publication, correction: Correction, actor: Actor, now: datetime, *, confirmed: bool
) -> None:
    publication_id, number = publication.publication_id, correction.number
    await insert_decision(
        tx, publication_id, number, confirmed=confirmed, by=actor.account_id, by_name=actor.name, at=now
    )
    action = f"{'确认' if confirmed else '驳回'}更正（第 {number} 次）"
    await append_history(tx, publication, Step(action, correction.reason, actor.account_id, actor.name, now))


def _entry_data(publication: Publication, correction: Correction) -> dict[str, object]:
    return {
        "publication_id": publication.publication_id,
        "correction": correction.number,
        "reason": correction.reason,
        "before": correction.before.disclosed(masked_name),
        "after": correction.after.disclosed(masked_name),
    }
