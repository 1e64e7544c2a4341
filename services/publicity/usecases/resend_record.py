"""Send a refused record again, with the content as it is now and under a new id."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import RowMapping

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.publicity.domain.errors import NotRefused
from services.publicity.domain.mirror import Delivery
from services.publicity.domain.record import task_of
from services.publicity.store.mirror import records_of
from services.publicity.store.publications import Step, append_history, load_publication
from services.publicity.usecases.queue_mirror import queue_record


def by_task(records: Iterable[RowMapping]) -> dict[str, list[RowMapping]]:
    """The records of a publication by the task that each was sent for, oldest first."""
    sent: dict[str, list[RowMapping]] = {}
    for row in records:
        sent.setdefault(task_of(row["payload"]), []).append(row)
    return sent


def refused_tasks(records: Iterable[RowMapping]) -> list[str]:
    """The tasks of which the last record was refused."""
    return [task_id for task_id, rows in by_task(records).items() if rows[-1]["state"] == Delivery.REFUSED]


async def resend_record(tx: Transaction, publication_id: str, actor: Actor, *, mirrored: bool, now: datetime) -> str:
    """Return the new record's id. Raises NotRefused unless a task's last record was refused."""
    publication = await load_publication(tx, publication_id, to_change=True)
    actor.must_see(publication.content.county)
    records = await records_of(tx, publication_id)
    refused = refused_tasks(records)
    content = next((one for one in publication.content.per_task() if one.task_id in refused), None)
    if content is None:
        raise NotRefused
    tx.follow(publication.correlation_id)
    rows = by_task(records)[content.task_id]
    # What the platform has never accepted is still new to it.
    operation = "u" if any(row["state"] == Delivery.ACCEPTED for row in rows) else "i"
    why = f"平台回执代码 {rows[-1]['code'] or '无'}"
    await append_history(tx, publication, Step("重新报送", why, actor.account_id, actor.name, now))
    return await queue_record(tx, publication, content, operation, actor.account_id, mirrored=mirrored, now=now)
