"""Another task joins a visit that has not begun, or is told that it can't (细则第三条: 一次抽查、全面体检)."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from services.inspection.domain.case import Case, State
from services.inspection.domain.visit import FurtherTask
from services.inspection.events.published import ExtensionRefused
from services.inspection.store import cases


async def extend_case(tx: Transaction, case_id: str, uscc: str, task: FurtherTask, now: datetime) -> None:
    """Take the items in; hearing of it again changes nothing."""
    case = await cases.load(tx, case_id, lock=True)
    if any(known.draw_id == task.draw_id for known in case.further):
        return
    if reason := case.closed_to_more(uscc):
        await refuse(tx, case, task, reason, now)
        return
    joined = case.joined(task)
    await cases.save(tx, joined)
    again = case.state is State.APPROVED
    what = f"“{task.task_name}”的 {len(task.item_codes)} 个事项并入本次检查（细则第三条）"
    await cases.remember(tx, case_id, what + ("，须重新审批" if again else ""), "抽查任务", "", now)


async def refuse(tx: Transaction, case: Case, task: FurtherTask, reason: str, now: datetime) -> None:
    """Tell draw that the task needs a case of its own."""
    tx.emit(
        ExtensionRefused(case_id=case.id, draw_id=task.draw_id, task_id=task.task_id, reason=reason, refused_at=now),
        aggregate=f"case/{case.id}",
        county=case.dispatch.county,
        at=now,
    )
    await cases.remember(tx, case.id, f"“{task.task_name}”未并入本次检查：{reason}", "抽查任务", "", now)
