"""检查事项表: the items of a case with their check points, merged into one visit (细则第三条、第七条第三项)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from libs.common import clock
from libs.common.errors import FieldError
from services.inspection.domain.errors import ItemsNotReady


@dataclass(frozen=True, slots=True)
class CheckPoint:
    """One 检查要点 with 操作方法与要领 and the materials to ask for."""

    text: str
    method: str
    materials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One 抽查事项 as it was published when the table was made."""

    code: str
    version: int
    category: str
    name: str
    level: str
    methods: tuple[str, ...]
    legal_basis: str
    section: str
    valid_from: date
    valid_to: date | None
    published_at: datetime
    check_points: tuple[CheckPoint, ...]

    def objection(self, now: datetime) -> str:
        """Why this item may not be carried out now, or nothing."""
        day = clock.china_date(now)
        if self.published_at > now:
            return f"事项“{self.name}”尚未公布，不得实施检查"
        if day < self.valid_from or (self.valid_to is not None and day > self.valid_to):
            return f"事项“{self.name}”不在有效期内，请业务科室更新事项清单"
        if not self.legal_basis.strip():
            return f"事项“{self.name}”缺少法律依据，请业务科室补充（细则第七条第三项）"
        return ""

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            **asdict(self),
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
            "published_at": self.published_at.isoformat(),
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "CheckItem":
        """Read what was stored as JSON."""
        names = cls.__dataclass_fields__
        return cls(
            **{
                **{name: document[name] for name in names},
                "methods": tuple(document["methods"]),
                "valid_from": date.fromisoformat(document["valid_from"]),
                "valid_to": date.fromisoformat(document["valid_to"]) if document["valid_to"] else None,
                "published_at": datetime.fromisoformat(document["published_at"]),
                "check_points": tuple(
                    CheckPoint(point["text"], point["method"], tuple(point["materials"]))
                    for point in document["check_points"]
                ),
            }
        )


def build(codes: Sequence[str], known: Mapping[str, CheckItem], now: datetime) -> tuple[CheckItem, ...]:
    """The table for `codes`, each once, by section; raises ItemsNotReady naming every item that is not ready."""
    wanted = list(dict.fromkeys(codes))
    reasons = []
    for code in wanted:
        item = known.get(code)
        reason = item.objection(now) if item else f"名录库中没有已公布的事项 {code}，不得实施检查"
        if reason:
            reasons.append(FieldError("", reason))
    if reasons or not wanted:
        raise ItemsNotReady(fields=reasons)
    return arranged(known[code] for code in wanted)


def arranged(items: Iterable[CheckItem]) -> tuple[CheckItem, ...]:
    """Grouped by the section that wrote them, as the lead section puts them together, then by category."""
    return tuple(sorted(items, key=lambda item: (item.section, item.category, item.code)))
