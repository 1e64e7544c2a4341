"""检查通知书: what the subject is told, and the little that anybody may check of it by its code."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.inspection.domain.case import Case
from services.inspection.domain.check_table import CheckItem
from services.inspection.domain.codes import source_in_public

CODE_LENGTH = 24  # base32 signs: 120 bits


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as it was issued; its code is the key."""

    code: str
    case_id: str
    county: str
    issued_at: datetime
    content: dict[str, Any]

    @property
    def in_public(self) -> dict[str, Any]:
        """Exactly what a scan shows: that task and officers are real; never the subject."""
        return {
            "genuine": True,
            "task_name": self.content["task_name"],
            "unit_name": self.content["unit_name"],
            "issued_at": self.issued_at.isoformat(),
            "officers": [
                {"name": officer["name"], "certificate_number": officer["certificate_number"]}
                for officer in self.content["officers"]
            ],
        }


def issue(case: Case, table: tuple[CheckItem, ...], code: str, now: datetime) -> Notice:
    """The notice of a case; source of the task yes, informant never."""
    dispatch = case.dispatch
    return Notice(
        code=code,
        case_id=case.id,
        county=dispatch.county,
        issued_at=now,
        content={
            "task_name": dispatch.task_name,
            "unit_name": dispatch.unit_name,
            "subject_name": dispatch.subject.name,
            "uscc": dispatch.subject.uscc,
            "address": dispatch.subject.address,
            "source": source_in_public(dispatch.source),
            "directed": dispatch.directed,
            "assignment": dispatch.assignment,
            "urgent": dispatch.urgent,
            "inspections_this_year": dispatch.subject.inspections_this_year,
            "finish_by": dispatch.finish_by.isoformat(),
            "officers": [
                {"name": officer.name, "certificate_number": officer.certificate_number}
                for officer in dispatch.officers
            ],
            "items": [{"name": item.name, "legal_basis": item.legal_basis} for item in table],
            "materials": list(
                dict.fromkeys(material for item in table for point in item.check_points for material in point.materials)
            ),
        },
    )


def normal_code(text: str) -> str:
    """A code as people type it, in the form that it is kept in; nothing if it can't be one."""
    code = re.sub(r"[\s-]", "", text).upper()
    return code if re.fullmatch(rf"[A-Z2-7]{{{CODE_LENGTH}}}", code) else ""
