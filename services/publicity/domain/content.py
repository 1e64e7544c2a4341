"""What a publication states: the fields that the public sees, and nothing of who complained or why."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Final

from services.publicity.domain.results import (
    FOLLOW_UPS,
    METHODS,
    NON_COOPERATION,
    check_results,
    subject_result_name,
)

ITEM_LABEL: Final = "事项："


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """The result of one item."""

    code: str
    name: str
    result: str


@dataclass(frozen=True, slots=True)
class TaskServed:
    """Another task whose items were inspected in the same visit (细则第三条), and which items are its own."""

    draw_id: str
    task_id: str
    task_name: str
    plan_id: str
    plan_name: str
    directed: bool
    item_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """One result as it is published; officers appear by their public number, triggers not at all."""

    case_id: str
    draw_id: str
    task_id: str
    task_name: str
    plan_id: str
    plan_name: str
    directed: bool
    county: str
    unit_id: str
    unit_name: str
    uscc: str
    subject_name: str
    subject_kind: str
    methods: tuple[str, ...]
    started_on: date
    ended_on: date
    subject_result: str
    items: tuple[ItemOutcome, ...]
    non_cooperation: tuple[int, ...]
    officers: tuple[str, ...]
    follow_up: str
    record_sha256: str
    item_codes: tuple[str, ...] = ()  # the items of `task_id`, where the visit served further tasks
    further_tasks: tuple[TaskServed, ...] = ()

    @property
    def kind_of_draw(self) -> str:
        """定向 or 不定向 (细则第八条)."""
        return "定向" if self.directed else "不定向"

    @property
    def draw_ids(self) -> tuple[str, ...]:
        """Every draw that drew the subject for this visit."""
        return (self.draw_id, *(task.draw_id for task in self.further_tasks))

    def checked(self) -> "Content":
        """Itself, if its results can stand together. Raises ResultsContradict."""
        check_results(self.subject_result, [(item.name, item.result) for item in self.items])
        return self

    def document(self) -> dict[str, Any]:
        """As JSON, days as 2026-11-22; of one task alone, nothing is said of further ones."""
        document = asdict(self)
        if not self.further_tasks:
            del document["further_tasks"], document["item_codes"]
        else:
            document["item_codes"] = list(self.item_codes)
            document["further_tasks"] = [
                asdict(task) | {"item_codes": list(task.item_codes)} for task in self.further_tasks
            ]
        return document | {
            "methods": list(self.methods),
            "started_on": self.started_on.isoformat(),
            "ended_on": self.ended_on.isoformat(),
            "items": [asdict(item) for item in self.items],
            "non_cooperation": list(self.non_cooperation),
            "officers": list(self.officers),
        }

    def disclosed(self, mask: Callable[[str], str]) -> dict[str, Any]:
        """The document with a person's name masked, as log, pages and their JSON show it."""
        return self.document() | {"subject_name": mask(self.subject_name)}

    def lines(self, mask: Callable[[str], str]) -> list[tuple[str, str]]:
        """The public statement as (label, text), in the order of the page; corrections are compared by it."""
        return [
            ("检查对象", mask(self.subject_name)),
            ("信用代码", self.uscc),
            ("抽查计划", "；".join(dict.fromkeys(f"{one.plan_name}（{one.plan_id}）" for one in self.per_task()))),
            ("抽查任务", "；".join(f"{one.task_name}（{one.task_id}）" for one in self.per_task())),
            ("抽查类型", "、".join(dict.fromkeys(one.kind_of_draw for one in self.per_task()))),
            ("检查实施机关", self.unit_name),
            ("检查方式", "、".join(METHODS.get(code, code) for code in self.methods)),
            ("检查日期", f"{self.ended_on.year}年{self.ended_on.month}月{self.ended_on.day}日"),
            ("检查结果", subject_result_name(self.subject_result)),
            *((f"{ITEM_LABEL}{item.name}", item.result) for item in self.items),
            ("不配合情形", "；".join(NON_COOPERATION[n] for n in self.non_cooperation) or "无"),
            ("后续处置", FOLLOW_UPS.get(self.follow_up, self.follow_up)),
        ]

    def per_task(self) -> tuple["Content", ...]:
        """The same visit as each task's own result: its draw, its plan, its items; an item may be of several."""
        if not self.further_tasks:
            return (self,)
        own = replace(self, items=self._of(self.item_codes), item_codes=(), further_tasks=())
        return (
            own,
            *(
                replace(
                    own,
                    draw_id=task.draw_id,
                    task_id=task.task_id,
                    task_name=task.task_name,
                    plan_id=task.plan_id,
                    plan_name=task.plan_name,
                    directed=task.directed,
                    items=self._of(task.item_codes),
                )
                for task in self.further_tasks
            ),
        )

    def _of(self, codes: tuple[str, ...]) -> tuple[ItemOutcome, ...]:
        return tuple(item for item in self.items if item.code in codes)

    def amended(self, change: "Amendment") -> "Content":
        """The content with the amendment in place. Raises ResultsContradict."""
        items = tuple(replace(item, result=change.item_results.get(item.code, item.result)) for item in self.items)
        return replace(
            self,
            subject_name=change.subject_name or self.subject_name,
            subject_result=change.subject_result or self.subject_result,
            ended_on=change.ended_on or self.ended_on,
            follow_up=change.follow_up or self.follow_up,
            items=items,
        ).checked()


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a correction changes; an empty field stays as it is."""

    subject_name: str = ""
    subject_result: str = ""
    ended_on: date | None = None
    follow_up: str = ""
    item_results: Mapping[str, str] = field(default_factory=dict)  # item code → result


def content_from(document: Mapping[str, Any]) -> Content:
    """Read a content back from its document."""
    return Content(
        **{
            **document,
            "methods": tuple(document["methods"]),
            "started_on": date.fromisoformat(document["started_on"]),
            "ended_on": date.fromisoformat(document["ended_on"]),
            "items": tuple(ItemOutcome(**item) for item in document["items"]),
            "non_cooperation": tuple(document["non_cooperation"]),
            "officers": tuple(document["officers"]),
            "item_codes": tuple(document.get("item_codes", ())),
            "further_tasks": tuple(
                TaskServed(**{**task, "item_codes": tuple(task["item_codes"])})
                for task in document.get("further_tasks", ())
            ),
        }
    )
