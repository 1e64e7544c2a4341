"""Take in what the national platform answered about one record, once."""

from datetime import datetime, timedelta

from libs.common.canonical import sha256_hex
from libs.common.db.transaction import Transaction
from services.publicity.domain.log import Entry, Kind
from services.publicity.domain.mirror import Delivery, Receipt, next_attempt
from services.publicity.domain.note import Signer
from services.publicity.events.published import MirrorReceipted
from services.publicity.store.mirror import append_receipt, lock_delivery, save_delivery
from services.publicity.usecases.append_entry import append_entry


async def take_receipt(tx: Transaction, receipt: Receipt, *, signer: Signer, wait: timedelta, now: datetime) -> bool:
    """Keep the receipt, log a final one and announce it; False when it is unknown or tells nothing new."""
    row = await lock_delivery(tx, receipt.record_id)
    if row is None or Delivery(row["state"]).final:
        return False
    if receipt.status == "pending":
        again = next_attempt(row["attempts"] or 1, now, wait)
        state = Delivery.PENDING if row["channel"] == "http" else Delivery.EXPORTED
        await save_delivery(
            tx, row, now, state=state, code=receipt.code, message=receipt.message, next_attempt_at=again
        )
        if row["state"] == Delivery.PENDING:
            return False
    else:
        state = Delivery(receipt.status)
        await save_delivery(tx, row, now, state=state, code=receipt.code, message=receipt.message)
    tx.follow(row["correlation_id"])
    await append_receipt(tx, row, receipt)
    if state.final:
        data = {
            "publication_id": row["publication_id"],
            "record_id": receipt.record_id,
            "operation": row["operation"],
            "payload_sha256": row["payload_sha256"],
            "status": receipt.status,
            "code": receipt.code,
            "message_sha256": sha256_hex(receipt.message.encode()),
        }
        entry = Entry(Kind.MIRROR_RECEIPT, receipt.record_id, now, data)
        await append_entry(tx, entry, signer, row["county"])
    event = MirrorReceipted(
        publication_id=row["publication_id"],
        case_id=row["case_id"],
        county=row["county"],
        status=receipt.status,
        code=receipt.code,
        receipted_at=receipt.at,
    )
    tx.emit(event, aggregate=f"publication/{row['publication_id']}", county=row["county"])
    return True
