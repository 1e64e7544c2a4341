"""A plan as a person drafts it, checked field by field before it becomes a proposal (细则第七条第一项、第八条)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from libs.common.errors import FieldError, Invalid
from services.draw.domain.cells import CELL_COLUMNS
from services.draw.domain.pool import CLASSES, is_plain
from services.draw.domain.rule import Condition, Filter, In, Prefix

SCALES = ("大", "中", "小", "微")
MOST_PARTICIPANTS = 10
LONGEST_PARTICIPANT = 40  # characters of a department's name
_INDUSTRY = re.compile(r"[A-T][0-9]{0,4}")  # GB/T 4754: a letter and up to four digits


class DraftInvalid(Invalid):
    """Some fields of the draft need mending."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed; empty lists set no condition, and no condition at all is an undirected draw (不定向)."""

    title: str
    reason: str
    counties: tuple[str, ...]
    industries: tuple[str, ...]
    scales: tuple[str, ...]
    types: tuple[str, ...]
    classes: tuple[str, ...]
    categories: tuple[str, ...]
    finish_by: date | None
    urgent: bool = False
    participants: tuple[str, ...] = ()  # other departments that join the visit (部门联合)
    policy: str = ""  # version of the ratio policy; empty: the one in force
    cells: tuple[str, ...] = ()  # spread evenly over these columns
    order_only: bool = False  # everybody is inspected; the tickets decide the order

    def filter(self) -> Filter:
        """The conditions of the draw. Raises DraftInvalid that names every wrong field."""
        errors = list(self._wrong_conditions())
        if errors:
            raise DraftInvalid(fields=errors)
        conditions: list[Condition] = []
        for col, values in (
            ("county", self.counties),
            ("size", self.scales),
            ("type", self.types),
            ("class", self.classes),
        ):
            if values:
                conditions.append(In(col, tuple(sorted(set(values)))))
        if self.industries:
            conditions.insert(1 if self.counties else 0, Prefix("industry", tuple(sorted(set(self.industries)))))
        return tuple(conditions)

    def check(self, today: date, known_counties: Iterable[str], known_categories: Iterable[str]) -> date:
        """Return the day by which to finish. Raises DraftInvalid that names every wrong field."""
        errors = list(self._wrong_conditions())
        if not self.title.strip() or not is_plain(self.title):
            errors.append(FieldError("title", "请填写计划名称，不能含控制字符或反斜杠"))
        if not self.reason.strip():
            errors.append(FieldError("reason", "请写明提出计划的依据和理由（细则第七条第一项）"))
        if set(self.counties) - set(known_counties):
            errors.append(FieldError("county", "县区代码不认识，请从列表中选择"))
        if not self.categories or set(self.categories) - set(known_categories):
            errors.append(FieldError("category", "请至少选择一类已公布的抽查事项（细则第二条）"))
        if self.finish_by is None or self.finish_by <= today:
            errors.append(FieldError("finish_by", "检查完成期限应为今天以后的日期，如 2027-03-31"))
        errors.extend(self._wrong_participants())
        if errors or self.finish_by is None:
            raise DraftInvalid(fields=errors)
        return self.finish_by

    def _wrong_participants(self) -> Iterable[FieldError]:
        if len(self.participants) > MOST_PARTICIPANTS or any(
            not is_plain(name) or len(name) > LONGEST_PARTICIPANT for name in self.participants
        ):
            yield FieldError(
                "participants",
                f"联合部门至多 {MOST_PARTICIPANTS} 个，各 {LONGEST_PARTICIPANT} 字以内，用顿号分开（细则第三条）",
            )

    def _wrong_conditions(self) -> Iterable[FieldError]:
        wrong = [value for value in self.industries if not _INDUSTRY.fullmatch(value)]
        if wrong:
            yield FieldError("industry", f"行业代码 {'、'.join(wrong)} 无效：应为字母 A–T 加至多 4 位数字，如 C30、E47")
        if set(self.scales) - set(SCALES):
            yield FieldError("size", "经营规模只能是大、中、小、微")
        if set(self.classes) - set(CLASSES):
            yield FieldError("class", "信用风险分类只能是 A、B、C、D 或 U（未分类）")
        if set(self.cells) - set(CELL_COLUMNS):
            yield FieldError("cells", "均衡分布只能按地理区域、所属行业、经营规模或企业类型")
        if self.cells and self.order_only:
            yield FieldError("cells", "全部检查、只抽顺序时没有取舍，不需要均衡分布，请取消其中一项")
        if any(not is_plain(value) for value in self.types):
            yield FieldError("type", "企业类型不能含控制字符或反斜杠")
