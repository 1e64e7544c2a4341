"""An Excel workbook as a stream of bytes: the first leave while the last rows are still being read.

A library that writes XLSX closes its file before anybody gets a byte of it. The format itself (ECMA-376) is a ZIP of
XML files, and both can be written from front to back: strings stand in their cells (`inlineStr`) instead of in a
table that is only known at the end, and ZIP puts a member's size behind it.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from libs.common.web.filters import local
from libs.common.web.tables import Column

ROWS_PER_SHEET: Final = 1_048_576  # the format's own limit
_BYTES_PER_SHEET: Final = 1_500_000_000  # a ZIP member without ZIP64 ends at 2 GB
_LINES: Final = 1_000  # rows compressed at once
_LONGEST_CELL: Final = 32_767  # the format's own limit, in characters
_EXACT_NUMBER: Final = 10**15  # Excel keeps 15 digits; a longer whole number is written as text
_LEVEL: Final = 1  # of deflate: half the time of the default, a tenth more bytes
_DAY_ZERO: Final = date(1899, 12, 30).toordinal()  # Excel's day 0
_SECONDS: Final = 86_400
_SPECIAL: Final = re.compile("[&<>\x00-\x08\x0b\x0c\x0e-\x1f\r\ufffe\uffff\ud800-\udfff]")
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_PLAIN, _HEAD, _TEXT, _DAY, _MOMENT = range(5)  # the cell formats in the order of styles.xml

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# Every further XML file is a worksheet: how many there will be is only known at the end.
_CONTENT_TYPES: Final = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>'
)
_ROOT: Final = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_STYLES: Final = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>'
    '</numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFEAF1FA"/></patternFill></fill></fills>'
    '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
    '<border><left/><right/><top/><bottom style="thin"><color auto="1"/></bottom><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="1" fillId="2" borderId="1" xfId="0" applyFont="1" applyFill="1" applyBorder="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class _Pipe(io.RawIOBase):
    """What the ZIP is written to: it can't go back, and gives up what it holds."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        held, self._held = self._held, []
        return b"".join(held)


class Spreadsheet:
    """Rows in, bytes out; codes stay text, nothing becomes a formula, times are those of the clock in China."""

    def __init__(self, columns: Sequence[Column], title: str) -> None:
        self._columns = columns
        self._letters = [_letters(index) for index in range(len(columns))]
        self._title = title
        self._pipe = _Pipe()
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self._sheets = 0
        self._next = 0  # number of the next row, from 1
        self._lines: list[str] = []  # rows not yet given to the ZIP
        for name, text in (("[Content_Types].xml", _CONTENT_TYPES), ("_rels/.rels", _ROOT), ("xl/styles.xml", _STYLES)):
            self._zip.writestr(name, text)
        self._open_sheet()

    def add_all(self, rows: Iterable[Sequence[Any]]) -> bytes:
        """Append rows, cells in the order of the columns, and return the bytes that are ready to leave."""
        for row in rows:
            if self._next > ROWS_PER_SHEET or self._written > _BYTES_PER_SHEET:
                self._close_sheet()
                self._open_sheet()
            self._lines.append(self._line(row))
            self._next += 1
            if len(self._lines) == _LINES:
                self._flush()
        self._flush()
        return self._pipe.take()

    def _flush(self) -> None:
        data = "".join(self._lines).encode()
        self._lines = []
        self._written += len(data)
        self._sheet.write(data)

    def finish(self) -> bytes:
        """Close the workbook and return its last bytes."""
        self._close_sheet()
        sheets = [(number, _sheet_name(self._title, number)) for number in range(1, self._sheets + 1)]
        listed = "".join(f'<sheet name="{_escaped(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in sheets)
        parts = "".join(
            f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n, _ in sheets
        )
        styles = f'<Relationship Id="rId{len(sheets) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        book = f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'
        links = f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{parts}{styles}</Relationships>'
        self._zip.writestr("xl/workbook.xml", book)
        self._zip.writestr("xl/_rels/workbook.xml.rels", links)
        self._zip.close()
        return self._pipe.take()

    def _open_sheet(self) -> None:
        self._sheets += 1
        # Without ZIP64, which Excel refuses where sizes stand behind the data: hence the bound on a sheet's bytes.
        self._sheet = self._zip.open(f"xl/worksheets/sheet{self._sheets}.xml", "w")
        self._written = 0
        widths = "".join(
            f'<col min="{n}" max="{n}" width="{column.width}" customWidth="1"/>'
            for n, column in enumerate(self._columns, 1)
        )
        head = "".join(
            f'<c r="{letter}1" t="inlineStr" s="{_HEAD}"><is><t>{_escaped(column.label)}</t></is></c>'
            for letter, column in zip(self._letters, self._columns, strict=True)
        )
        selected = ' tabSelected="1"' if self._sheets == 1 else ""
        self._sheet.write(
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView{selected} workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f'<cols>{widths}</cols><sheetData><row r="1">{head}</row>'.encode()
        )
        self._next = 2

    def _close_sheet(self) -> None:
        self._flush()
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()

    def _line(self, row: Sequence[Any]) -> str:
        number = self._next
        cells = "".join(
            _cell(f"{letter}{number}", value)
            for letter, value in zip(self._letters, row, strict=True)
            if value is not None and value != ""
        )
        return f'<row r="{number}">{cells}</row>'


def _cell(place: str, value: Any) -> str:
    match value:
        case bool():
            return _text(place, "是" if value else "否")
        case int() | float() | Decimal() if -_EXACT_NUMBER < value < _EXACT_NUMBER:
            return f'<c r="{place}"><v>{value}</v></c>'
        case datetime():
            here = local(value)
            seconds = here.hour * 3600 + here.minute * 60 + here.second
            return f'<c r="{place}" s="{_MOMENT}"><v>{here.toordinal() - _DAY_ZERO + seconds / _SECONDS}</v></c>'
        case date():
            return f'<c r="{place}" s="{_DAY}"><v>{value.toordinal() - _DAY_ZERO}</v></c>'
        case _:
            return _text(place, str(value)[:_LONGEST_CELL])


def _text(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr" s="{_TEXT}"><is><t xml:space="preserve">{_escaped(text)}</t></is></c>'


def _escaped(text: str) -> str:
    """Text for XML; what XML can't hold at all is left out."""
    return _SPECIAL.sub(lambda found: _ENTITIES.get(found[0], ""), text)


def _letters(index: int) -> str:
    """The name of a column, from 0: A … Z, AA …"""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def _sheet_name(title: str, number: int) -> str:
    # Excel refuses these signs in a sheet's name, quotes at its ends, and names longer than 31 characters.
    clean = "".join(" " if sign in "[]:*?/\\'" else sign for sign in title).strip()[:26] or "数据"
    return clean if number == 1 else f"{clean} {number}"
