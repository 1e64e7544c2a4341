"""File packages: export what waits for manual upload, and read the platform's receipt file back in."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from libs.common.canonical import sha256_hex
from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError
from libs.common.http.auth import Actor
from libs.common.ids import new_id
from services.publicity.domain.errors import NothingToExport, ReceiptFileWrong
from services.publicity.domain.mirror import Delivery, Receipt
from services.publicity.domain.note import Signer
from services.publicity.domain.record import FILE
from services.publicity.store.mirror import (
    insert_package,
    lock_delivery,
    lock_waiting_for_file,
    save_delivery,
)
from services.publicity.usecases.take_receipt import take_receipt

MOST_IN_A_PACKAGE = 2000

Rows = Sequence[RowMapping]


async def export_package(
    tx: Transaction, actor: Actor, *, as_json: Callable[[Rows], bytes], as_xlsx: Callable[[Rows], bytes], now: datetime
) -> str:
    """Make a package of everything that waits and return its id; its files are kept as handed out."""
    rows = await lock_waiting_for_file(tx, MOST_IN_A_PACKAGE)
    if not rows:
        raise NothingToExport
    package_id, json, xlsx = str(new_id()), as_json(rows), as_xlsx(rows)
    await insert_package(
        tx,
        {
            "package_id": package_id,
            "records": len(rows),
            "json": json,
            "json_sha256": sha256_hex(json),
            "xlsx": xlsx,
            "xlsx_sha256": sha256_hex(xlsx),
            "by": actor.account_id,
            "by_name": actor.name,
            "at": now,
        },
    )
    for row in rows:
        await save_delivery(tx, row, now, state=Delivery.EXPORTED, attempts=row["attempts"] + 1)
    return package_id


async def import_receipts(tx: Transaction, receipts: Sequence[Receipt], *, signer: Signer, now: datetime) -> int:
    """Take in a whole receipt file or nothing; return how many receipts told something new."""
    wrong = []
    for number, receipt in enumerate(receipts, start=2):  # row 1 is the heading
        row = await lock_delivery(tx, receipt.record_id)
        if row is None or row["channel"] != FILE:
            wrong.append(FieldError("file", f"记录编号 {receipt.record_id[:40]} 不是文件报送的记录，请核对。", number))
    if wrong:
        raise ReceiptFileWrong(fields=wrong[:200])
    taken = [await take_receipt(tx, item, signer=signer, wait=timedelta(days=1), now=now) for item in receipts]
    return sum(taken)
