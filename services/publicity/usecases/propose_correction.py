"""Ask for a correction of what is public (细则第十六条)."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.publicity.domain.content import Amendment
from services.publicity.domain.correction import Correction, propose
from services.publicity.store.corrections import insert_correction, load_corrections
from services.publicity.store.publications import Step, append_history, load_publication
from services.publicity.usecases.persons import person


async def propose_correction(
    tx: Transaction, publication_id: str, change: Amendment, reason: str, actor: Actor, now: datetime
) -> Correction:
    """Write a correction that another person must confirm; nothing public changes yet."""
    publication = await load_publication(tx, publication_id, to_change=True)
    actor.must_see(publication.content.county)
    earlier = await load_corrections(tx, publication_id)
    correction = propose(
        publication,
        change,
        reason,
        person(actor),
        now,
        already_proposed=len(earlier),
        one_is_open=any(item.confirmed is None for item in earlier),
    )
    tx.follow(publication.correlation_id)
    await insert_correction(tx, publication_id, correction)
    step = Step(f"提出更正（第 {correction.number} 次）", correction.reason, actor.account_id, actor.name, now)
    await append_history(tx, publication, step)
    return correction
