"""What comes of a file: all of it or nothing, and the same file twice changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from libs.common.errors import FieldError
from services.registry.domain.item import read_items
from services.registry.domain.officer import read_officers
from services.registry.domain.subject import read_subjects
from services.registry.domain.table import Parsed, Table
from services.registry.domain.unit import read_units

SHOWN_ERRORS: Final = 200
KEPT_ERRORS: Final = 5_000


class FileKind(StrEnum):
    """What a file holds."""

    SUBJECTS = "subjects"
    OFFICERS = "officers"
    ITEMS = "items"
    UNITS = "units"

    @property
    def chinese(self) -> str:
        """The word on the pages."""
        return {"subjects": "检查对象", "officers": "执法人员", "items": "抽查事项", "units": "单位"}[self.value]

    @property
    def read(self) -> Callable[[Table], Parsed[Any]]:
        """How its rows are read."""
        readers: dict[str, Callable[[Table], Parsed[Any]]] = {
            "subjects": read_subjects,
            "officers": read_officers,
            "items": read_items,
            "units": read_units,
        }
        return readers[self.value]


class ImportState(StrEnum):
    """How far a file has come."""

    PREVIEWED = "previewed"
    APPLIED = "applied"
    REFUSED = "refused"

    @property
    def chinese(self) -> str:
        """The word on the pages."""
        return {"previewed": "待确认", "applied": "已导入", "refused": "有错误"}[self.value]


@dataclass(slots=True)
class Merge:
    """How a file's rows stand to what is known: counts, and errors that only the registry can find."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: list[FieldError] = field(default_factory=list)

    def count(self, known: bool, same: bool) -> None:
        """Count one row."""
        if not known:
            self.new += 1
        elif same:
            self.unchanged += 1
        else:
            self.changed += 1


@dataclass(frozen=True, slots=True)
class ImportReport:
    """A file that was handed in, with what came of it."""

    import_id: UUID
    kind: FileKind
    filename: str
    sha256: str
    state: ImportState
    rows_total: int
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    error_count: int
    errors: tuple[FieldError, ...]
    warning_count: int
    warnings: tuple[FieldError, ...]
    uploaded_at: datetime
    uploaded_by: str
    applied_at: datetime | None = None
    applied_by: str = ""
