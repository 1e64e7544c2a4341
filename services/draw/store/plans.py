"""Plans and their tasks, in and out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, literal, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db.transaction import Transaction
from libs.common.errors import NotFound
from services.draw.domain.plan import Plan, PlanState, Signature
from services.draw.domain.rule import Filter, Quota, Ratio, parse_filter
from services.draw.domain.task import Task, TaskState
from services.draw.store.tables import draws, plan_versions, plans, sequences, tasks


class PlanUnknown(NotFound):
    """No such plan."""

    detail = "没有这个抽查计划，请核对计划编号。"


class TaskUnknown(NotFound):
    """No such task."""

    detail = "没有这个抽查任务，请核对任务编号。"


@dataclass(frozen=True, slots=True)
class Proposal:
    """The task that a plan will open when it is approved."""

    title: str
    filter: Filter
    item_categories: tuple[str, ...]
    deadline: date
    urgent: bool
    participants: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    order_only: bool = False

    def document(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "title": self.title,
            "filter": [condition.document() for condition in self.filter],
            "item_categories": list(self.item_categories),
            "deadline": self.deadline.isoformat(),
            "urgent": self.urgent,
            "participants": list(self.participants),
            "cells": list(self.cells),
            "order_only": self.order_only,
        }


def proposal_from(document: dict[str, Any]) -> Proposal:
    """Read a kept proposal back."""
    return Proposal(
        title=document["title"],
        filter=parse_filter(document["filter"]),
        item_categories=tuple(document["item_categories"]),
        deadline=date.fromisoformat(document["deadline"]),
        urgent=document["urgent"],
        participants=tuple(document.get("participants", ())),  # a plan proposed before there were any has none
        cells=tuple(document.get("cells", ())),
        order_only=document.get("order_only", False),
    )


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """A plan with what surrounds its decision."""

    plan: Plan
    county: str
    year: int
    kind: str
    scope: str
    reason: str
    source: str
    policy: str
    quota: Quota
    spare_a: bool
    proposal: Proposal
    correlation_id: str

    @property
    def ratio(self) -> dict[str, list[int]]:
        """The ratios as whole numbers, by class."""
        return ratios_document(self.quota)


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task with what surrounds it."""

    task: Task
    county: str
    urgent: bool
    opened_at: datetime
    correlation_id: str


def ratios_document(quota: Quota) -> dict[str, list[int]]:
    """Ratios as they are kept and said."""
    return {name: [ratio.num, ratio.den] for name, ratio in quota.ratio.items()}


def quota_from(row: RowMapping) -> Quota:
    """Ratios, minimum and rounding of a plan or a policy."""
    ratios = {name: Ratio(*ratio) for name, ratio in row["ratio"].items()}
    return Quota(ratios, row["minimum"], row["rounding"])


async def next_number(tx: Transaction, name: str) -> int:
    """The next number of a sequence, from 1, without gaps even when a transaction fails."""
    statement = upsert(sequences).values(name=name, last=1)
    number: int = await tx.scalar(
        statement.on_conflict_do_update(index_elements=["name"], set_={"last": sequences.c.last + 1}).returning(
            sequences.c.last
        )
    )
    return number


async def find_same(tx: Transaction, title: str, by: str, reason: str, proposal: Proposal, policy: str) -> str | None:
    """The id of the plan that this person has proposed in the same words and that waits; one looks at a time."""
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"proposes/{by}", 1))))
    plan_id: str | None = await tx.scalar(
        select(plans.c.plan_id).where(
            plans.c.state == PlanState.PROPOSED.value,
            plans.c.proposed_by == by,
            plans.c.title == title,
            plans.c.reason == reason,
            plans.c.proposal == proposal.document(),
            plans.c.policy == policy,
        )
    )
    return plan_id


async def add_plan(tx: Transaction, record: PlanRecord) -> None:
    """Keep a new plan."""
    await tx.execute(
        insert(plans).values(
            plan_id=record.plan.plan_id,
            year=record.year,
            kind=record.kind,
            lead_section=record.plan.lead_section,
            source=record.source,
            triggers=list(record.plan.triggers),
            correlation_id=record.correlation_id,
            **_proposed(record),
            **_decision(record.plan),
        )
    )


async def load_plan(tx: Transaction, plan_id: str, *, to_change: bool = False) -> PlanRecord:
    """The plan, locked if it is going to change. Raises PlanUnknown."""
    statement = select(plans).where(plans.c.plan_id == plan_id)
    row = await tx.first(statement.with_for_update() if to_change else statement)
    if row is None:
        raise PlanUnknown
    tx.follow(row["correlation_id"])
    return _plan(row)


async def save_plan(tx: Transaction, plan: Plan) -> None:
    """Keep what was decided about a plan."""
    await tx.execute(update(plans).where(plans.c.plan_id == plan.plan_id).values(**_decision(plan)))


async def keep_revision(tx: Transaction, record: PlanRecord) -> None:
    """Keep a new version of a proposal; what the plan said before stays in `plan_versions`."""
    plan = record.plan
    before = select(
        plans.c.plan_id,
        plans.c.version,
        func.to_jsonb(literal_column("plans")),
        literal(plan.proposed.by),
        literal(plan.proposed.at),
    ).where(plans.c.plan_id == plan.plan_id)
    await tx.execute(insert(plan_versions).from_select([column.name for column in plan_versions.columns], before))
    await tx.execute(
        update(plans).where(plans.c.plan_id == plan.plan_id).values(**_proposed(record), **_decision(plan))
    )


async def versions_of(tx: Transaction, plan_id: str) -> Sequence[RowMapping]:
    """What a proposal said before it was changed, the newest first."""
    earlier = select(plan_versions).where(plan_versions.c.plan_id == plan_id)
    return await tx.all(earlier.order_by(plan_versions.c.version.desc()))


def _proposed(record: PlanRecord) -> dict[str, Any]:
    return {
        "title": record.plan.title,
        "county": record.county,
        "scope": record.scope,
        "reason": record.reason,
        "policy": record.policy,
        "ratio": record.ratio,
        "rounding": record.quota.rounding,
        "minimum": record.quota.minimum,
        "spare_a": record.spare_a,
        "version": record.plan.version,
        "proposal": record.proposal.document(),
        "proposed_by": record.plan.proposed.by,
        "proposed_at": record.plan.proposed.at,
    }


def _decision(plan: Plan) -> dict[str, Any]:
    return {
        "state": plan.state.value,
        "decided_by": plan.decided.by if plan.decided else None,
        "decided_at": plan.decided.at if plan.decided else None,
        "rejected_because": plan.rejected_because,
        "document_number": plan.document_number,
        "published_by": plan.published.by if plan.published else None,
        "published_at": plan.published.at if plan.published else None,
    }


def _plan(row: RowMapping) -> PlanRecord:
    plan = Plan(
        plan_id=row["plan_id"],
        title=row["title"],
        lead_section=row["lead_section"],
        triggers=tuple(row["triggers"]),
        proposed=Signature(row["proposed_by"], row["proposed_at"]),
        state=PlanState(row["state"]),
        decided=Signature(row["decided_by"], row["decided_at"]) if row["decided_by"] else None,
        rejected_because=row["rejected_because"],
        document_number=row["document_number"],
        published=Signature(row["published_by"], row["published_at"]) if row["published_by"] else None,
        version=row["version"],
    )
    return PlanRecord(
        plan=plan,
        county=row["county"],
        year=row["year"],
        kind=row["kind"],
        scope=row["scope"],
        reason=row["reason"],
        source=row["source"],
        policy=row["policy"],
        quota=quota_from(row),
        spare_a=row["spare_a"],
        proposal=proposal_from(row["proposal"]),
        correlation_id=row["correlation_id"],
    )


async def add_task(tx: Transaction, record: TaskRecord) -> None:
    """Keep a new task."""
    task = record.task
    await tx.execute(
        insert(tasks).values(
            task_id=task.task_id,
            plan_id=task.plan_id,
            title=task.title,
            county=record.county,
            items=list(task.items),
            directed=task.directed,
            filter=[condition.document() for condition in task.filter],
            sections=list(task.sections),
            participants=list(task.participants),
            deadline=task.deadline,
            seats=task.seats,
            cells=list(task.cells),
            order_only=task.order_only,
            urgent=record.urgent,
            state=task.state.value,
            opened_at=record.opened_at,
            correlation_id=record.correlation_id,
        )
    )


async def load_task(tx: Transaction, task_id: str, *, to_change: bool = False) -> TaskRecord:
    """The task, locked if it is going to change. Raises TaskUnknown."""
    statement = select(tasks).where(tasks.c.task_id == task_id)
    row = await tx.first(statement.with_for_update() if to_change else statement)
    if row is None:
        raise TaskUnknown
    tx.follow(row["correlation_id"])
    return TaskRecord(
        task=Task(
            task_id=row["task_id"],
            plan_id=row["plan_id"],
            title=row["title"],
            items=tuple(row["items"]),
            directed=row["directed"],
            filter=parse_filter(row["filter"]),
            sections=tuple(row["sections"]),
            deadline=row["deadline"],
            seats=row["seats"],
            state=TaskState(row["state"]),
            draw_id=row["draw_id"],
            cancelled_because=row["cancelled_because"],
            cells=tuple(row["cells"]),
            order_only=row["order_only"],
            participants=tuple(row["participants"]),
        ),
        county=row["county"],
        urgent=row["urgent"],
        opened_at=row["opened_at"],
        correlation_id=row["correlation_id"],
    )


async def save_task(tx: Transaction, task: Task) -> None:
    """Keep how far a task has come."""
    await tx.execute(
        update(tasks)
        .where(tasks.c.task_id == task.task_id)
        .values(state=task.state.value, draw_id=task.draw_id, cancelled_because=task.cancelled_because)
    )


async def tasks_of_plan(tx: Transaction, plan_id: str) -> Sequence[RowMapping]:
    """The tasks under a plan with their last attempt."""
    attempt = select(draws.c.task_id, func.max(draws.c.attempt).label("attempts")).group_by(draws.c.task_id).subquery()
    return await tx.all(
        select(tasks, attempt.c.attempts)
        .outerjoin(attempt, attempt.c.task_id == tasks.c.task_id)
        .where(tasks.c.plan_id == plan_id)
        .order_by(tasks.c.task_id)
    )
