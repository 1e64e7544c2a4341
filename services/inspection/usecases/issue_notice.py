"""The check table is frozen and the notice gets its code; what changes before the start gives a new version."""

import base64
import secrets
from dataclasses import replace
from datetime import datetime

from libs.common.db.transaction import Transaction
from services.inspection.domain.case import Case
from services.inspection.domain.check_table import CheckItem, arranged, build
from services.inspection.domain.notice import issue, issue_again
from services.inspection.store import notices, records, reference

CODE_BYTES = 15  # 120 bits, 24 signs of base32: nobody guesses one


async def issue_notice(tx: Transaction, case: Case, now: datetime) -> Case:
    """The case with its notice as the visit is now; raises ItemsNotReady while an item has no legal basis."""
    table = await _freeze_table(tx, case, now)
    if case.notice_code:
        last = await notices.load(tx, case.notice_code)
        newest = issue_again(last, case, table, now)
        if newest is not last:
            await notices.save(tx, newest)
        return case
    code = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode()
    await notices.save(tx, issue(case, table, code, now))
    return replace(case, notice_code=code)


async def _freeze_table(tx: Transaction, case: Case, now: datetime) -> tuple[CheckItem, ...]:
    """The table with every item of the visit: what was approved before stays as it was (细则第七条第三项)."""
    wanted = case.dispatch.item_codes
    frozen = {item.code: item for item in await records.load_check_table(tx, case.id)}
    lacking = [code for code in wanted if code not in frozen]
    added = build(lacking, await reference.load_items(tx, lacking), now) if lacking or not frozen else ()
    dropped = [code for code in frozen if code not in wanted]
    if added or dropped:
        await records.save_check_table(tx, case.id, added, dropped, now)
    return arranged([item for item in frozen.values() if item.code in wanted] + list(added))
