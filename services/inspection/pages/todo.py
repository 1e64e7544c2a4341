"""HTML: the fragment of the desk that says which inspections wait for the reader."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from libs.common import clock
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role
from libs.common.http.pages import page
from libs.common.web.filters import day
from libs.common.workdays import workdays_left
from services.inspection.domain.case import State
from services.inspection.pages.show import Reader
from services.inspection.store import lists
from services.inspection.usecases.access import scope_of

router = APIRouter(prefix="/inspection", include_in_schema=False)

SHOWN = 8
SOON = 3  # working days
_VERBS = {
    State.AWAITING_APPROVAL: "审批",
    State.APPROVED: "检查",
    State.INSPECTING: "填写记录：",
    State.READY: "提交记录：",
}


def _mine(actor: Actor) -> lists.Wanted:
    """What waits for this role: approvals, own visits, or whatever is late."""
    if actor.role is Role.OFFICER:
        return lists.Wanted(states=(State.APPROVED, State.INSPECTING, State.READY, State.WITHDRAWN), not_past=True)
    if actor.role in {Role.LEAD, Role.UNIT}:
        return lists.Wanted(states=(State.AWAITING_APPROVAL,))
    return lists.Wanted(due="overdue")


def _item(row: dict[str, Any], today: date) -> dict[str, str]:
    left = workdays_left(today, row["finish_by"])
    if row["state"] is State.WITHDRAWN:
        return {
            "text": f"不要前往：{row['subject_name']}",
            "href": f"/inspection/cases/{row['case_id']}",
            "hint": "检查已撤回",
            "status": "已撤回",
            "tone": "bad",
        }
    status = f"逾期 {-left} 个工作日" if left < 0 else f"剩 {left} 个工作日"
    return {
        "text": f"{_VERBS.get(row['state'], '查看')}{row['subject_name']}",
        "href": f"/inspection/cases/{row['case_id']}",
        "hint": f"{row['task_name']}，期限 {day(row['finish_by'])}",
        "status": status,
        "tone": "bad" if row["finish_by"] < today else "warn" if left <= SOON else "",
    }


def _asked(row: dict[str, Any]) -> dict[str, str]:
    return {
        "text": f"答复回避申请：{row['subject_name']}",
        "href": f"/inspection/cases/{row['case_id']}#recusals",
        "hint": f"申请{row['officer_name']}回避，{day(row['requested_at'])}",
        "status": "待答复",
        "tone": "bad",
    }


@router.get("/todo")
async def todo(request: Request, db: Db, actor: Reader) -> HTMLResponse:
    """At most SHOWN inspections, the most urgent first, and what is late beyond them."""
    today = clock.china_date(clock.now())
    async with db.transaction() as tx:
        rows, total = await lists.find(tx, scope_of(actor), _mine(actor), today, limit=SHOWN)
        numbers = await lists.counts(tx, scope_of(actor), today)
        decides = actor.role in {Role.LEAD, Role.UNIT}
        asked = await lists.open_recusals(tx, scope_of(actor)) if decides else []
    items = [_asked(row) for row in asked[:SHOWN]]
    items += [_item(row, today) for row in rows]
    if total > SHOWN:
        items.append({"text": f"还有 {total - SHOWN} 件", "href": "/inspection/", "status": "待办", "tone": ""})
    if actor.role is Role.UNIT and numbers["follow_up"]:
        late = numbers["follow_up_late"]
        items.append(
            {
                "text": "办结后续监管",
                "href": "/inspection/?due=follow_up",
                "status": f"逾期 {late} 件" if late else f"{numbers['follow_up']} 件",
                "tone": "bad" if late else "",
            }
        )
    return page(request, "todo.html", actor=actor, title="现场检查", items=items)
