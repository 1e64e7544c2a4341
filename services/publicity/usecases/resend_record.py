"""Send a refused record again, with the content as it is now and under a new id."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.publicity.domain.errors import NotRefused
from services.publicity.domain.mirror import Delivery
from services.publicity.store.mirror import records_of
from services.publicity.store.publications import Step, append_history, load_publication
from services.publicity.usecases.queue_mirror import queue_mirror


async def resend_record(tx: Transaction, publication_id: str, actor: Actor, *, mirrored: bool, now: datetime) -> str:
    """Return the new record's id. Raises NotRefused unless the last record of the publication was refused."""
    publication = await load_publication(tx, publication_id, to_change=True)
    actor.must_see(publication.content.county)
    sent = await records_of(tx, publication_id)
    if not sent or sent[-1]["state"] != Delivery.REFUSED:
        raise NotRefused
    tx.follow(publication.correlation_id)
    # What the platform has never accepted is still new to it.
    operation = "u" if any(row["state"] == Delivery.ACCEPTED for row in sent) else "i"
    why = f"平台回执代码 {sent[-1]['code'] or '无'}"
    await append_history(tx, publication, Step("重新报送", why, actor.account_id, actor.name, now))
    return await queue_mirror(tx, publication, operation, actor.account_id, mirrored=mirrored, now=now)
