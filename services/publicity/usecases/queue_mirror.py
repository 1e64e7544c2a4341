"""Hand a publication to the mirror: the exact bytes are fixed and kept before anything is sent."""

from datetime import datetime

from libs.common.canonical import sha256_hex
from libs.common.db.transaction import Transaction
from services.publicity.domain.publication import Publication
from services.publicity.domain.record import FILE, channel_of, payload_of, record_id_of
from services.publicity.store.mirror import insert_record, records_of


async def queue_mirror(
    tx: Transaction, publication: Publication, operation: str, asked_by: str, *, mirrored: bool, now: datetime
) -> str:
    """Write the record to be sent and return its id; without a platform (`mirrored` false) it goes as a file."""
    publication_id, content = publication.publication_id, publication.content
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
