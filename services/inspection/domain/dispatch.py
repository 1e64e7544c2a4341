"""What the draw handed over: one subject, its team, its items (细则第七条第三项)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject as it was in the frozen pool."""

    uscc: str
    name: str
    kind: str
    address: str
    legal_representative: str
    industry: str
    scale: str
    headcount: int
    insured_headcount: int
    inspections_this_year: int


@dataclass(frozen=True, slots=True)
class TeamMember:
    """An officer on the team; the first leads (主办)."""

    officer_id: str
    name: str
    certificate_number: str


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What the draw handed over; never changed afterwards."""

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
    subject: Subject
    officers: tuple[TeamMember, ...]
    assignment: str
    item_codes: tuple[str, ...]
    trigger_ids: tuple[str, ...]
    source: str
    urgent: bool
    finish_by: date
    dispatched_at: datetime
    sections: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()  # other departments that join the visit

    @property
    def officer_ids(self) -> tuple[str, ...]:
        """Who is on the team."""
        return tuple(officer.officer_id for officer in self.officers)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Dispatch":
        """Read what was stored as JSON."""
        return cls(
            **{
                **document,
                "subject": Subject(**document["subject"]),
                "officers": tuple(TeamMember(**officer) for officer in document["officers"]),
                "item_codes": tuple(document["item_codes"]),
                "trigger_ids": tuple(document["trigger_ids"]),
                "sections": tuple(document.get("sections", ())),  # a case of before they were told has none
                "participants": tuple(document.get("participants", ())),
                "finish_by": date.fromisoformat(document["finish_by"]),
                "dispatched_at": datetime.fromisoformat(document["dispatched_at"]),
            }
        )
