"""Hand a publication to the mirror: the exact bytes are fixed and kept before anything is sent."""

from datetime import datetime

from libs.common.canonical import sha256_hex
from libs.common.db.transaction import Transaction
from services.publicity.domain.content import Content
from services.publicity.domain.publication import Publication
from services.publicity.domain.record import FILE, channel_of, payload_of, record_id_of
from services.publicity.store.mirror import insert_record, records_of


async def queue_mirror(
    tx: Transaction, publication: Publication, operation: str, asked_by: str, *, mirrored: bool, now: datetime
) -> None:
    """Write the records to be sent, one a task, since the national record knows one task each."""
    for content in publication.content.per_task():
        await queue_record(tx, publication, content, operation, asked_by, mirrored=mirrored, now=now)


async def queue_record(
    tx: Transaction,
    publication: Publication,
    content: Content,
    operation: str,
    asked_by: str,
    *,
    mirrored: bool,
    now: datetime,
) -> str:
    """Write one task's record and return its id; without a platform (`mirrored` false) it goes as a file."""
    publication_id = publication.publication_id
    sequence = len(await records_of(tx, publication_id)) + 1
    record_id = record_id_of(publication_id, sequence)
    payload = payload_of(record_id, operation, content)
    record = {
        "publication_id": publication_id,
        "sequence": sequence,
        "record_id": record_id,
        "operation": operation,
        "channel": channel_of(content.uscc, content.subject_kind) if mirrored else FILE,
        "payload": payload,
        "payload_sha256": sha256_hex(payload),
        "asked_by": asked_by,
        "at": now,
    }
    await insert_record(tx, record, content.county, now)
    return record_id
