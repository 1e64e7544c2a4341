"""What an uploaded file has to say: its header, of one line or two, and the rows below."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.table import HEADER_WITHIN, Sheet
from services.trigger.domain import cells
from services.trigger.domain.cells import Cell
from services.trigger.domain.errors import NothingToImport, TooManyColumns
from services.trigger.domain.upload_columns import KINDS, Kind

MOST_COLUMNS: Final = 80


@dataclass(frozen=True, slots=True)
class Line:
    """A row below the header: its number in the file, from 1, and its cells."""

    number: int
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """A file's header and rows; `sheet` says which of several sheets they are from."""

    headers: list[str]
    lines: list[Line]
    sheet: str


def read_table(sheet: Sheet, kind: str) -> Table:
    """The header and what stands below it, blank rows left out; slow. Raises NothingToImport, TooManyColumns."""
    rows = [[cells.kept(cell) for cell in row] for row in sheet.rows[:HEADER_WITHIN]]
    place, headers = _find_header(rows, KINDS[kind])
    if len(headers) > MOST_COLUMNS:
        raise TooManyColumns(f"文件有 {len(headers)} 列，至多 {MOST_COLUMNS} 列；请删去不需要的列后重新上传。")
    lines = []
    for number, row in enumerate(sheet.rows[place:], place + 1):
        told = [cells.kept(cell) for cell in row[:MOST_COLUMNS]]
        while told and told[-1] in {None, ""}:
            told.pop()
        if told:
            lines.append(Line(number, told))
    if not lines:
        raise NothingToImport
    headers += [""] * (max(len(line.cells) for line in lines) - len(headers))  # columns without a header
    return Table(headers, lines, f"“{sheet.name}”，文件共有 {sheet.of} 个工作表" if sheet.of > 1 else "")


def _find_header(rows: Sequence[Sequence[Cell]], kind: Kind) -> tuple[int, list[str]]:
    """How many rows end with the header, and what it says.

    It is the one of the first rows with most of our headers, else the first with words; of two lines where merged
    cells stand above single ones.
    """
    told = [_headers(row) for row in rows]
    known = [len(kind.guess(headers, {})) for headers in told]
    most = max(known, default=0)
    place = known.index(most) if most else next((n for n, headers in enumerate(told) if any(headers)), 0)
    if place + 1 < len(told):
        upper, lower = told[place], told[place + 1]
        width = max(len(upper), len(lower))
        above, below = ([*each, *[""] * (width - len(each))] for each in (upper, lower))
        both = [down or up for up, down in zip(above, below, strict=True)]
        under = {n for n in kind.guess(below, {}).values() if below[n] not in above}
        # Below a cell over several columns only: a row of data fills the columns of what is needed.
        needed = {n for field, n in kind.guess(above, {}).items() if field in kind.required}
        if under and not any(below[n] for n in needed) and len(kind.guess(both, {})) > most:
            return place + 2, both
    return place + 1, told[place] if told else []


def _headers(row: Sequence[Cell]) -> list[str]:
    headers = [cells.words(cell) for cell in row]
    while headers and not headers[-1]:
        headers.pop()
    return headers
