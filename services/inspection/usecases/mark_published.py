"""The result of a case became public (细则第十四条)."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from services.inspection.domain.case import State
from services.inspection.store import cases


async def mark_published(tx: Transaction, case_id: str, address: str, at: datetime) -> None:
    """Show the case as published; hearing of it again changes nothing."""
    case = await cases.load(tx, case_id, lock=True)
    published = case.publish(address, at)
    if published.state is State.PUBLISHED and not case.published_at:
        await cases.save(tx, published)
        await cases.remember(tx, case_id, "检查结果已公示", "结果公示", "", at)
