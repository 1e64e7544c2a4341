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
    """A notice as it was issued; its code is the key, and a new version is issued under the same code."""

    code: str
    case_id: str
    county: str
    issued_at: datetime
    content: dict[str, Any]
    version: int = 1
    because: str = ""  # why this version replaced the one before

    @property
    def task_names(self) -> list[str]:
        """Every task that the visit serves."""
        names: list[str] = self.content.get("task_names", [self.content["task_name"]])
        return names

    @property
    def participants(self) -> list[str]:
        """Other departments that join the visit."""
        names: list[str] = self.content.get("participants", [])
        return names

    @property
    def sources(self) -> list[str]:
        """Where the tasks come from."""
        names: list[str] = self.content.get("sources", [self.content["source"]])
        return names

    @property
    def in_public(self) -> dict[str, Any]:
        """Exactly what a scan shows: that task and officers are real; never the subject."""
        return {
            "genuine": True,
            "task_name": self.content["task_name"],
            "task_names": self.task_names,
            "participants": self.participants,
            "unit_name": self.content["unit_name"],
            "issued_at": self.issued_at.isoformat(),
            "version": self.version,
            "because": self.because,
            "officers": [
                {"name": officer["name"], "certificate_number": officer["certificate_number"]}
                for officer in self.content["officers"]
            ],
        }


def content_of(case: Case, table: tuple[CheckItem, ...]) -> dict[str, Any]:
    """What the notice of a case says as it is now; source of the task yes, informant never."""
    dispatch = case.dispatch
    sources = (dispatch.source, *(task.source for task in case.further))
    return {
        "task_name": dispatch.task_name,
        "task_names": list(case.task_names),
        "participants": list(dispatch.participants),
        "unit_name": dispatch.unit_name,
        "subject_name": dispatch.subject.name,
        "uscc": dispatch.subject.uscc,
        "address": dispatch.subject.address,
        "source": source_in_public(dispatch.source),
        "sources": list(dict.fromkeys(source_in_public(source) for source in sources)),
        "directed": dispatch.directed,
        "assignment": dispatch.assignment,
        "urgent": dispatch.urgent,
        "inspections_this_year": dispatch.subject.inspections_this_year,
        "finish_by": dispatch.finish_by.isoformat(),
        "officers": [
            {"name": officer.name, "certificate_number": officer.certificate_number} for officer in dispatch.officers
        ],
        "items": [{"name": item.name, "legal_basis": item.legal_basis} for item in table],
        "materials": list(
            dict.fromkeys(material for item in table for point in item.check_points for material in point.materials)
        ),
    }


def issue(case: Case, table: tuple[CheckItem, ...], code: str, now: datetime) -> Notice:
    """The first version of a case's notice."""
    return Notice(code, case.id, case.dispatch.county, now, content_of(case, table))


def issue_again(last: Notice, case: Case, table: tuple[CheckItem, ...], now: datetime) -> Notice:
    """The next version under the same code; `last` itself when nothing that it says has changed."""
    content = content_of(case, table)
    said = {**last.content, "task_names": last.task_names, "participants": last.participants, "sources": last.sources}
    changed = [words for name, words in _CHANGES.items() if said[name] != content[name]]
    if said == content:
        return last
    because = "、".join(changed) or "检查安排有变更"
    return Notice(last.code, case.id, last.county, now, content, last.version + 1, because)


_CHANGES = {
    "officers": "检查人员有更换",
    "items": "检查事项有变更",
    "participants": "联合检查部门有变更",
    "urgent": "改为紧急检查",
    "finish_by": "完成期限有变更",
}


def normal_code(text: str) -> str:
    """A code as people type it, in the form that it is kept in; nothing if it can't be one."""
    code = re.sub(r"[\s-]", "", text).upper()
    return code if re.fullmatch(rf"[A-Z2-7]{{{CODE_LENGTH}}}", code) else ""
