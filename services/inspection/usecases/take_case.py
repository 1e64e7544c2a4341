"""A drawn subject was handed to us: it becomes a case, once (细则第七条第三项)."""

from libs.common.db.transaction import Transaction
from libs.common.telemetry.context import correlation_id
from services.inspection.domain.case import Case
from services.inspection.domain.dispatch import Dispatch
from services.inspection.store import cases


async def take_case(tx: Transaction, dispatch: Dispatch) -> None:
    """Store the case; hearing of it again changes nothing."""
    if await cases.create(tx, Case(dispatch, correlation_id())):
        what = f"派发到{dispatch.unit_name}（{'随机抽取' if dispatch.assignment == 'random' else '直接选派'}执法人员）"
        await cases.remember(tx, dispatch.case_id, what, "抽查任务", "", dispatch.dispatched_at)
