"""Review a result and make it public: logged, announced, handed to the mirror (细则第七条第六项、第十四条)."""

from datetime import datetime
from typing import Any

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from libs.common.web.filters import masked_name
from services.publicity.domain.log import Entry, Kind, utc_text
from services.publicity.domain.note import Signer
from services.publicity.domain.publication import Publication
from services.publicity.events.published import ResultPublished
from services.publicity.store.log import draws_under_seal
from services.publicity.store.publications import Step, append_history, load_publication, save_publication
from services.publicity.usecases.append_entry import append_entry
from services.publicity.usecases.persons import person
from services.publicity.usecases.queue_mirror import queue_mirror


async def publish_result(
    tx: Transaction, publication_id: str, opinion: str, actor: Actor, *, signer: Signer, mirrored: bool, now: datetime
) -> Publication:
    """Publish once; a second click finds it published and changes nothing. Raises DrawUnderSeal and others."""
    publication = await load_publication(tx, publication_id, to_change=True)
    actor.must_see(publication.content.county)
    if publication.state.public:
        return publication
    sealed = await draws_under_seal(tx, publication.content.draw_ids)
    publication = publication.published(person(actor), now, sealed)
    tx.follow(publication.correlation_id)
    await save_publication(tx, publication)
    why = opinion.strip() or "审核通过"
    await append_history(tx, publication, Step("审核公示", why, actor.account_id, actor.name, now))
    entry = Entry(Kind.PUBLICATION, publication_id, now, _entry_data(publication))
    await append_entry(tx, entry, signer, publication.content.county)
    await queue_mirror(tx, publication, "i", actor.account_id, mirrored=mirrored, now=now)
    tx.emit(_announcement(publication), aggregate=f"publication/{publication_id}", county=publication.content.county)
    return publication


def _entry_data(publication: Publication) -> dict[str, Any]:
    assert publication.published_at is not None  # noqa: S101 - it has just been published
    return {
        "publication_id": publication.publication_id,
        "content": publication.content.disclosed(masked_name),
        "published_at": utc_text(publication.published_at),
        "due": publication.deadline.due.isoformat(),
        "in_time": publication.in_time,
    }


def _announcement(publication: Publication) -> ResultPublished:
    assert publication.published_at is not None  # noqa: S101 - it has just been published
    return ResultPublished(
        publication_id=publication.publication_id,
        case_id=publication.content.case_id,
        county=publication.content.county,
        uscc=publication.content.uscc,
        trigger_ids=list(publication.trigger_ids),
        published_at=publication.published_at,
        in_time=bool(publication.in_time),
        address=publication.address,
    )
