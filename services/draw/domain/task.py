"""The task (抽查任务): which items, whom it may reach, how many officers, and how far it has come."""

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NoReturn

from libs.common.errors import Invalid, OutOfOrder
from services.draw.domain.commitment import MIN_OFFICERS
from services.draw.domain.plan import Plan, PlanState
from services.draw.domain.rule import Filter

_TASK_ID = re.compile(r"[0-9]{6}[0-9]{8}[0-9]{4}")


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    DRAWN = "drawn"
    DISPATCHED = "dispatched"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The state for people."""
        return {"open": "待抽取", "drawn": "已抽取", "dispatched": "已派发", "cancelled": "已取消"}[self]


class TaskInvalid(Invalid):
    """A task lacks something or contradicts the notice."""


class PlanNotPublished(OutOfOrder):
    """A task needs a published plan."""


class TaskNotOpen(OutOfOrder):
    """The task has been drawn, dispatched or cancelled already."""


class TaskNotDrawn(OutOfOrder):
    """The task has nothing to dispatch yet."""


@dataclass(frozen=True, slots=True)
class Task:
    """One draw's work under a plan; undirected (不定向) means an empty filter (细则第八条)."""

    task_id: str
    plan_id: str
    title: str
    items: tuple[str, ...]
    directed: bool
    filter: Filter
    sections: tuple[str, ...]
    deadline: date
    seats: int = MIN_OFFICERS
    state: TaskState = TaskState.OPEN
    draw_id: str | None = None
    cancelled_because: str | None = None
    participants: tuple[str, ...] = ()  # other departments that join the visit (部门联合)
    cells: tuple[str, ...] = ()  # spread evenly over these columns; empty: the tickets alone decide
    order_only: bool = False  # everybody is inspected; the tickets decide the order (重点检查事项)

    def __post_init__(self) -> None:
        if not _TASK_ID.fullmatch(self.task_id):
            raise TaskInvalid(f"任务编号 {self.task_id} 应为行政区划代码 6 位、日期 8 位、序号 4 位。")
        if not self.title.strip() or not self.items or len(set(self.items)) != len(self.items):
            raise TaskInvalid(f"任务 {self.task_id} 应有名称和至少一个不重复的抽查事项（细则第七条第三项）。")
        if self.directed != bool(self.filter):
            raise TaskInvalid(f"任务 {self.task_id}：定向抽查必须有抽取条件，不定向抽查不得有抽取条件（细则第八条）。")
        if self.seats < MIN_OFFICERS:
            raise TaskInvalid(f"任务 {self.task_id} 每户检查人员不得少于 {MIN_OFFICERS} 人（细则第十条）。")

    def drawn(self, draw_id: str) -> "Task":
        """Return the task with its finished draw. Raises TaskNotOpen."""
        self._must_be_open("登记抽取结果")
        if draw_id.rpartition("-")[0] != self.task_id:
            raise TaskInvalid(f"抽取 {draw_id} 不属于任务 {self.task_id}。")
        return replace(self, state=TaskState.DRAWN, draw_id=draw_id)

    def dispatched(self) -> "Task":
        """Return the task whose lists went to the units (细则第七条第三项). Raises TaskNotDrawn."""
        if self.state is not TaskState.DRAWN:
            _refuse(TaskNotDrawn, self, "派发", "须先完成抽取")
        return replace(self, state=TaskState.DISPATCHED)

    def cancel(self, reason: str) -> "Task":
        """Return the task given up before its draw. Raises TaskNotOpen, TaskInvalid."""
        self._must_be_open("取消")
        if not reason.strip():
            raise TaskInvalid(f"取消任务 {self.task_id} 必须写明理由。")
        return replace(self, state=TaskState.CANCELLED, cancelled_because=reason)

    def _must_be_open(self, step: str) -> None:
        if self.state is not TaskState.OPEN:
            _refuse(TaskNotOpen, self, step, "只有待抽取的任务可以")


def _refuse(error: type[OutOfOrder], task: Task, step: str, missing: str) -> NoReturn:
    raise error(f"任务 {task.task_id}{task.state.label}，不能{step}：{missing}（细则第七条）。")


def open_task(plan: Plan, task: Task) -> Task:
    """Return a new task under its published plan. Raises PlanNotPublished, TaskInvalid."""
    if plan.state is not PlanState.PUBLISHED:
        raise PlanNotPublished(
            f"计划 {plan.plan_id}{plan.state.label}，不能建立任务：须先审批并公布计划（细则第七条第一项）。"
        )
    if task.plan_id != plan.plan_id:
        raise TaskInvalid(f"任务 {task.task_id} 写明的计划是 {task.plan_id}，不是 {plan.plan_id}。")
    return task


def task_id(adcode: str, day: date, sequence: int) -> str:
    """Return a task's id: adcode6 + yyyymmdd + seq4. Raises TaskInvalid when the number is out of range."""
    if not 1 <= sequence <= 9999 or not re.fullmatch(r"[0-9]{6}", adcode):
        raise TaskInvalid(f"任务编号无法生成：区划 {adcode}、序号 {sequence}（应为 1 至 9999）。")
    return f"{adcode}{day:%Y%m%d}{sequence:04d}"
