"""What changes a visit between dispatch and start: other tasks join it (细则第三条), officers are replaced."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from services.inspection.domain.dispatch import Dispatch, TeamMember


@dataclass(frozen=True, slots=True)
class FurtherTask:
    """Another task whose items are inspected in the same visit (一次抽查、全面体检)."""

    draw_id: str
    task_id: str
    task_name: str
    plan_id: str
    plan_name: str
    directed: bool
    item_codes: tuple[str, ...]
    sections: tuple[str, ...]
    participants: tuple[str, ...]
    trigger_ids: tuple[str, ...]
    source: str
    urgent: bool
    finish_by: date
    extended_at: datetime

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"finish_by": self.finish_by.isoformat(), "extended_at": self.extended_at.isoformat()}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "FurtherTask":
        """Read what was stored as JSON."""
        lists = ("item_codes", "sections", "participants", "trigger_ids")
        return cls(
            **{
                **document,
                **{name: tuple(document[name]) for name in lists},
                "finish_by": date.fromisoformat(document["finish_by"]),
                "extended_at": datetime.fromisoformat(document["extended_at"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Replacement:
    """One officer of the team gave way to another, by the draw's own rule."""

    out: str
    incoming: TeamMember
    reason: str
    at: datetime

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"at": self.at.isoformat()}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Replacement":
        """Read what was stored as JSON."""
        return cls(
            document["out"],
            TeamMember(**document["incoming"]),
            document["reason"],
            datetime.fromisoformat(document["at"]),
        )


def _merged(*lists: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for values in lists for value in values))


def as_it_is_now(handed: Dispatch, further: Iterable[FurtherTask], replaced: Iterable[Replacement]) -> Dispatch:
    """What was handed over with everything that joined: all items, the earliest deadline, the present team."""
    tasks, team = tuple(further), list(handed.officers)
    for one in replaced:
        team = [one.incoming if member.officer_id == one.out else member for member in team]
    return replace(
        handed,
        officers=tuple(team),
        item_codes=_merged(handed.item_codes, *(task.item_codes for task in tasks)),
        sections=_merged(handed.sections, *(task.sections for task in tasks)),
        participants=_merged(handed.participants, *(task.participants for task in tasks)),
        urgent=handed.urgent or any(task.urgent for task in tasks),
        finish_by=min([handed.finish_by, *(task.finish_by for task in tasks)]),
    )
