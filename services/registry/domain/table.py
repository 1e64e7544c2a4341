"""A table as somebody handed it in: cells by column and row, and what is wrong with them, named by both."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Generic, TypeAlias, TypeVar

from libs.common.errors import FieldError
from services.registry.domain.counties import find_county
from services.registry.domain.errors import ColumnsMissing, FileUnreadable

Cell: TypeAlias = "str | int | float | bool | date | None"
T = TypeVar("T")

_EXACT: Final = 2**53  # a spreadsheet's number is exact up to here and not beyond
_EXCEL_DIGITS: Final = 15  # a spreadsheet keeps so many digits of a number
_HEADER_WITHIN: Final = 10  # titles may stand above the header
_LIST_SIGNS: Final = re.compile(r"[、,，;；\n|]+")
_DAY: Final = re.compile(r"(\d{4})(?:[-/.年]?)(\d{1,2})(?:[-/.月]?)(\d{1,2})日?(?:[ T]00:00(?::00)?)?")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")  # PostgreSQL keeps no NUL, and nobody sees the others
_FROM_NUMBER: Final = re.compile(r"\d+\.0+|\d+(\.\d+)?[eE]\+?\d+")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one kind of file: our key, then the headers it is known by, the first being the proper one."""

    names: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells as read, the first being number 1."""

    rows: Sequence[Sequence[Cell]]


@dataclass(slots=True)
class Parsed(Generic[T]):
    """What a file says, and what is wrong with it; the errors name row and column."""

    rows: list[T] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    warnings: list[FieldError] = field(default_factory=list)


class Row:
    """One row while it is read: every reading notes what is wrong instead of stopping."""

    def __init__(self, number: int, cells: Mapping[str, Cell], labels: Mapping[str, str], parsed: Parsed[T]) -> None:
        self.number = number
        self._cells = cells
        self._labels = labels
        self._errors = parsed.errors
        self._warnings = parsed.warnings
        self._before = len(parsed.errors)

    @property
    def good(self) -> bool:
        """Whether nothing was wrong so far."""
        return len(self._errors) == self._before

    def wrong(self, key: str, message: str) -> None:
        """Note an error of this row."""
        self._errors.append(FieldError(self._labels[key], message, self.number))

    def doubt(self, key: str, message: str) -> None:
        """Note a warning of this row: it is taken only when somebody says so."""
        self._warnings.append(FieldError(self._labels[key], message, self.number))

    def text(self, key: str, *, required: bool = False, longest: int = 300) -> str:
        """Words; spaces around them do not count."""
        value = self._cells.get(key)
        words = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value or "")
        words = " ".join(words.replace("\u3000", " ").split())
        if required and not words:
            self.wrong(key, "必填，请填写")
        if len(words) > longest:
            self.wrong(key, f"太长，至多 {longest} 个字符")
        if _CONTROL.search(words):
            self.wrong(key, "含有看不见的控制字符，请删除后重新填写")
        return words

    def code(self, key: str, *, required: bool = False) -> str:
        """A code or number that is a name: refused where a spreadsheet has turned it into an inexact number."""
        value = self._cells.get(key)
        if isinstance(value, bool | date):
            self.wrong(key, "应为编号，请将该列设为“文本”格式后重新填写")
            return ""
        if isinstance(value, int | float):
            if value == int(value) and abs(value) < _EXACT and len(str(int(abs(value)))) <= _EXCEL_DIGITS:
                return str(int(value))
            self.wrong(key, "被表格软件存成了数值，末几位已丢失；请将该列设为“文本”格式，按证照重新填写")
            return ""
        words = "".join(str(value or "").split()).upper()
        if _FROM_NUMBER.fullmatch(words):
            whole = words.partition(".")[0]
            if "E" not in words and len(whole) <= _EXCEL_DIGITS:
                return whole
            self.wrong(key, f"“{words}”被表格软件改成了数值，末几位已丢失；请将该列设为“文本”格式，按证照重新填写")
            return ""
        if required and not words:
            self.wrong(key, "必填，请填写")
        if _CONTROL.search(words):
            self.wrong(key, "含有看不见的控制字符，请删除后重新填写")
        return words

    def whole(self, key: str) -> int:
        """A count; nothing is none."""
        value = self._cells.get(key)
        if value is None or value == "":
            return 0
        words = str(value).replace(",", "").replace("，", "").strip().removesuffix("人")
        words = words.removesuffix(".0") if isinstance(value, float) else words
        if not (words.isascii() and words.isdigit() and len(words) <= 8):
            self.wrong(key, f"“{str(value)[:20]}”不是整数，请填写不小于 0 的整数")
            return 0
        return int(words)

    def day(self, key: str, *, required: bool = False) -> date | None:
        """A day."""
        value = self._cells.get(key)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        words = str(value or "").strip()
        if not words:
            if required:
                self.wrong(key, "必填，请填写日期，如 2026-11-22")
            return None
        if found := _DAY.fullmatch(words):
            try:
                return date(*(int(part) for part in found.groups()))
            except ValueError:
                pass
        self.wrong(key, f"“{words[:20]}”不是日期，请按 2026-11-22 的样式填写")
        return None

    def choice(self, key: str, meanings: Mapping[str, str], otherwise: str | None = None) -> str:
        """One of a list, by any word for it; `otherwise` stands for an empty cell, without it one is required."""
        words = self.text(key).removesuffix("类").removesuffix("型").removesuffix("级").upper()
        if not words and otherwise is not None:
            return otherwise
        if words in meanings:
            return meanings[words]
        allowed = "、".join(dict.fromkeys(value for value in meanings.values() if value))
        self.wrong(key, f"只能取：{allowed}" if not words else f"“{words[:20]}”不在代码表中，只能取：{allowed}")
        return ""

    def yes(self, key: str) -> bool:
        """Yes or no; nothing is no."""
        words = self.text(key).lower()
        if words in {"是", "y", "yes", "true", "1", "√"}:
            return True
        if words not in {"", "否", "n", "no", "false", "0", "×"}:
            self.wrong(key, "请填写“是”或“否”")
        return False

    def county(self, key: str, *, city: bool = False, otherwise: str = "") -> str:
        """The present code of a county, by name or code, old ones included; the city itself only where it may be."""
        words = self.text(key)
        if not words and otherwise:
            return otherwise
        code = find_county(words)
        if code is None or (code == "410300" and not city):
            self.wrong(key, f"“{words[:20]}”不是本市的县区，请填写县区名称或 6 位代码" if words else "必填，请填写县区")
            return ""
        return code

    def several(self, key: str) -> list[str]:
        """Words between commas or the like, without repetition."""
        return list(
            dict.fromkeys(part.strip() for part in _LIST_SIGNS.split(self.text(key, longest=4000)) if part.strip())
        )


def read_rows(table: Table, columns: Columns, read: Callable[[Row], T | None], key: Callable[[T], str]) -> Parsed[T]:
    """Read every row below the header; two rows of one key are an error. Raises ColumnsMissing, FileUnreadable."""
    start, places = _find_header(table, columns)
    labels = {name: str(table.rows[start][place]).strip() for name, place in places.items()}
    labels |= {name: words[0] for name, words in columns.names.items() if name not in labels}
    parsed: Parsed[T] = Parsed()
    seen: dict[str, int] = {}
    for number, cells in enumerate(table.rows[start + 1 :], start=start + 2):
        values = {name: cells[place] if place < len(cells) else None for name, place in places.items()}
        if all(value is None or value == "" for value in values.values()):
            continue
        row = Row(number, values, labels, parsed)
        thing = read(row)
        if thing is None or not row.good:
            continue
        if (name := key(thing)) in seen:
            row.wrong(columns.required[0], f"与第 {seen[name]} 行重复，请删除其中一行")
            continue
        seen[name] = number
        parsed.rows.append(thing)
    if not parsed.rows and not parsed.errors:
        raise FileUnreadable("文件中没有数据行，请在表头下填写数据后重新上传。")
    return parsed


def _find_header(table: Table, columns: Columns) -> tuple[int, dict[str, int]]:
    best: tuple[int, dict[str, int]] = (0, {})
    for index, cells in enumerate(table.rows[:_HEADER_WITHIN]):
        words = [_plain(cell) for cell in cells]
        places = {
            name: next(place for place, word in enumerate(words) if word in synonyms)
            for name, synonyms in columns.names.items()
            if any(word in synonyms for word in words)
        }
        if len(places) > len(best[1]):
            best = (index, places)
    missing = [name for name in columns.required if name not in best[1]]
    if missing:
        raise ColumnsMissing(
            fields=[
                FieldError(columns.names[name][0], f"缺少“{columns.names[name][0]}”列，请补上", best[0] + 1)
                for name in missing
            ]
        )
    return best


def _plain(cell: Cell) -> str:
    words = "".join(str(cell or "").replace("\ufeff", "").split())
    return words.strip("*\uff0a").partition("（")[0].partition("(")[0]
