"""The draw has put another officer in the place of one, by its own rule; the notice is issued anew."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from services.inspection.domain.case import CLOSED, Case, State
from services.inspection.domain.visit import FurtherTask, Replacement
from services.inspection.store import cases, reference
from services.inspection.usecases.extend_case import refuse
from services.inspection.usecases.issue_notice import issue_notice

WHO = "抽查任务"
REASONS = {"recusal_requested": "检查对象申请回避", "not_available": "不能到场"}


async def replace_officer(tx: Transaction, case_id: str, draw_id: str, replacement: Replacement, now: datetime) -> None:
    """Change the team before the start; later it is refused and the page says so. Twice is once."""
    case = await cases.load(tx, case_id, lock=True)
    team = {member.officer_id: member.name for member in case.dispatch.officers}
    incoming = replacement.incoming
    if incoming.officer_id in team and replacement.out not in team:
        return
    names = f"{team.get(replacement.out, replacement.out)}更换为{incoming.name}"
    why = REASONS.get(replacement.reason, replacement.reason)
    objection = _objection(case, draw_id, replacement, set(team))
    if objection:
        await cases.remember(tx, case_id, f"检查人员{names}（{why}）未采用：{objection}", WHO, "", now)
        return
    case = case.with_officer(replacement)
    await cases.remember(tx, case_id, f"检查人员{names}：{why}", WHO, "", now)
    for task in await _beyond(tx, case, incoming.officer_id):
        case = case.parted(task.draw_id)
        await refuse(tx, case, task, f"更换后的检查人员{incoming.name}的执法事项范围不含其事项", now)
    if case.notice_code and case.state is State.APPROVED:
        case = await issue_notice(tx, case, now)
    await cases.save(tx, case)


def _objection(case: Case, draw_id: str, replacement: Replacement, team: set[str]) -> str:
    if case.state in CLOSED:
        return f"检查{case.state.chinese}"
    if case.started_at:
        return "检查已经开始"
    if draw_id != case.handed.draw_id:
        return "检查人员由另一次抽取确定"
    return "" if replacement.out in team else f"{replacement.out} 不是本次检查的承办人员"


async def _beyond(tx: Transaction, case: Case, officer_id: str) -> list[FurtherTask]:
    """Tasks that joined and of whose items the new officer may not inspect some."""
    entry = (await reference.load_officers(tx, [officer_id])).get(officer_id)
    if entry is None:
        return []
    items = await reference.load_items(tx, [code for task in case.further for code in task.item_codes])
    return [
        task
        for task in case.further
        if not entry.may_inspect({items[code].category for code in task.item_codes if code in items})
    ]
