"""The draw takes a case back, or one of the tasks that joined it: its subject should not have been drawn."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from services.inspection.domain.case import OVER, Case, State
from services.inspection.domain.codes import withdrawal_reason
from services.inspection.store import cases
from services.inspection.usecases.extend_case import refuse
from services.inspection.usecases.issue_notice import issue_notice

WHO = "抽查任务"


async def withdraw_case(tx: Transaction, case_id: str, draw_id: str, reason: str, now: datetime) -> None:
    """End what has no result yet; a record that is handed in stays, and the page says so."""
    case = await cases.load(tx, case_id, lock=True)
    text = withdrawal_reason(reason)
    if draw_id != case.handed.draw_id:
        await _part(tx, case, draw_id, text, now)
    elif case.state in OVER:
        await cases.remember(tx, case_id, f"收到撤回通知（{text}），检查已经完成，结果保留", WHO, "", now)
    elif case.state is not State.WITHDRAWN:
        await cases.save(tx, case.withdraw(text, now))
        await cases.remember(tx, case_id, f"检查撤回：{text}", WHO, "", now)
        for task in case.further:  # they were drawn by themselves, and are inspected by themselves
            await refuse(tx, case, task, f"所并入的检查已撤回（{text}）", now)


async def _part(tx: Transaction, case: Case, draw_id: str, text: str, now: datetime) -> None:
    task = next((task for task in case.further if task.draw_id == draw_id), None)
    if task is None or case.state is State.WITHDRAWN:
        return
    if case.started_at:
        await cases.remember(
            tx, case.id, f"收到“{task.task_name}”的撤回通知（{text}），检查已经开始，其事项保留", WHO, "", now
        )
        return
    left = case.parted(draw_id)
    await cases.save(tx, left)
    await cases.remember(tx, case.id, f"“{task.task_name}”撤出本次检查：{text}", WHO, "", now)
    if left.state is State.APPROVED:
        await issue_notice(tx, left, now)
