"""Send a result back to whoever entered it, and take it in again."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.publicity.domain.publication import Publication
from services.publicity.store.publications import Step, append_history, load_publication, save_publication
from services.publicity.usecases.persons import person


async def return_publication(
    tx: Transaction, publication_id: str, reason: str, actor: Actor, now: datetime
) -> Publication:
    """退回: the reviewer found something wrong before it was public."""
    before = await load_publication(tx, publication_id, to_change=True)
    actor.must_see(before.content.county)
    after = before.returned(person(actor), reason)
    return await _save(tx, after, Step("退回录入", reason.strip(), actor.account_id, actor.name, now))


async def hand_in_again(
    tx: Transaction, publication_id: str, statement: str, actor: Actor, now: datetime
) -> Publication:
    """重新提交: what was returned has been checked; whoever says so can't review it any more."""
    before = await load_publication(tx, publication_id, to_change=True)
    actor.must_see(before.content.county)
    after = before.handed_in_again(person(actor), statement)
    return await _save(tx, after, Step("重新提交", statement.strip(), actor.account_id, actor.name, now))


async def _save(tx: Transaction, publication: Publication, step: Step) -> Publication:
    tx.follow(publication.correlation_id)
    await save_publication(tx, publication)
    await append_history(tx, publication, step)
    return publication
