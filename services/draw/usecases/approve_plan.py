"""Approve and publish a plan, or send it back; approval opens its task (细则第七条第一项、第八条)."""

from datetime import datetime

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from libs.common.errors import OutOfOrder
from libs.common.http.auth import Actor
from services.draw.domain.task import Task, open_task, task_id
from services.draw.events.published import PlanPublished, TaskPublished
from services.draw.settings import DrawSettings
from services.draw.store.plans import PlanRecord, TaskRecord, add_task, load_plan, next_number, save_plan
from services.draw.store.reference import items_of_categories


class NoItemsPublished(OutOfOrder):
    """A task without published items may not be carried out."""


async def approve_plan(
    tx: Transaction,
    settings: DrawSettings,
    plan_id: str,
    document_number: str,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
) -> TaskRecord:
    """Approve, publish, and open the plan's task; `seen` is the version that was looked at, None the newest.

    Raises PlanNeedsAnotherApprover, PlanChangedMeanwhile, NoItemsPublished and others.
    """
    record = await load_plan(tx, plan_id, to_change=True)
    actor.must_see(record.county)
    if seen is not None:
        record.plan.must_be(seen)
    plan = record.plan.approve(actor.account_id, now)
    plan = plan.publish(actor.account_id, now, document_number.strip() or None)
    task = await _task_of(tx, record, now)
    open_task(plan, task.task)
    await save_plan(tx, plan)
    await add_task(tx, task)
    tx.emit(
        PlanPublished(
            plan_id=plan.plan_id,
            name=plan.title,
            year=record.year,
            kind=record.kind,
            document_number=plan.document_number or "",
            authority=settings.authority,
            county=record.county,
            scope=record.scope,
            ratio=record.ratio,
            trigger_ids=list(plan.triggers),
            approved_at=now,
        ),
        aggregate=f"plan/{plan.plan_id}",
        county=record.county,
    )
    tx.emit(
        TaskPublished(
            task_id=task.task.task_id,
            plan_id=plan.plan_id,
            name=task.task.title,
            directed=task.task.directed,
            county=record.county,
            item_codes=list(task.task.items),
            finish_by=task.task.deadline,
        ),
        aggregate=f"task/{task.task.task_id}",
        county=record.county,
    )
    return task


async def _task_of(tx: Transaction, record: PlanRecord, now: datetime) -> TaskRecord:
    proposal, day = record.proposal, china_date(now)
    found = await items_of_categories(tx, proposal.item_categories, day)
    if not found:
        wanted = "、".join(proposal.item_categories) or "任何类别"
        raise NoItemsPublished(
            f"抽查事项清单中没有“{wanted}”的有效事项，不能开展检查：请先在名录库公布事项清单（细则第二条）。"
        )
    number = await next_number(tx, f"task/{record.county}{day:%Y%m%d}")
    task = Task(
        task_id=task_id(record.county, day, number),
        plan_id=record.plan.plan_id,
        title=proposal.title,
        items=tuple(row["code"] for row in found),
        directed=bool(proposal.filter),
        filter=proposal.filter,
        sections=tuple(sorted({row["section"] for row in found})),
        deadline=proposal.deadline,
        cells=proposal.cells,
        order_only=proposal.order_only,
        participants=proposal.participants,
    )
    return TaskRecord(task, record.county, proposal.urgent, now, record.correlation_id)


async def reject_plan(tx: Transaction, plan_id: str, reason: str, actor: Actor, now: datetime) -> None:
    """Send a plan back with a reason. Raises PlanNeedsAnotherApprover, RejectionNeedsReason."""
    record = await load_plan(tx, plan_id, to_change=True)
    actor.must_see(record.county)
    await save_plan(tx, record.plan.reject(actor.account_id, now, reason))
