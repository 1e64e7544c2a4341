"""The check table is frozen and the notice gets its code (细则第七条第三项)."""

import base64
import secrets
from dataclasses import replace
from datetime import datetime

from libs.common.db.transaction import Transaction
from services.inspection.domain.case import Case
from services.inspection.domain.check_table import build
from services.inspection.domain.notice import issue
from services.inspection.store import notices, records, reference

CODE_BYTES = 15  # 120 bits, 24 signs of base32: nobody guesses one


async def issue_notice(tx: Transaction, case: Case, now: datetime) -> Case:
    """The case with its notice; raises ItemsNotReady while an item is unknown or has no legal basis."""
    if case.notice_code:
        return case
    known = await reference.load_items(tx, case.dispatch.item_codes)
    table = build(case.dispatch.item_codes, known, now)
    code = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode()
    await records.save_check_table(tx, case.id, table)
    await notices.save(tx, issue(case, table, code, now))
    return replace(case, notice_code=code)
