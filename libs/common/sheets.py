"""A file becomes rows of cells: CSV in UTF-8 or GBK, or one sheet of an Excel or ODS workbook."""

import csv
import io
from collections.abc import Collection, Sequence
from typing import Final

from charset_normalizer import from_bytes

from libs.common.errors import Invalid
from libs.common.table import HEADER_WITHIN, LOST, Cell, Sheet
from libs.common.workbook import WorkbookUnreadable, read_best_sheet

LARGEST: Final = 20 * 1024 * 1024  # bytes
MOST_ROWS: Final = 200_000
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods are zips, xls is an OLE file
_WEB_PAGES: Final = ("<", "MIME-Version:")
_LOST_AT_MOST: Final = 50  # one in so many characters that are not ASCII; with more it is another encoding, or no text

Rows = Sequence[Sequence[Cell]]


class SheetUnreadable(Invalid):
    """The file can't be read as a table; the detail says what to do."""

    detail = "文件无法读取，请另存为 XLSX 或 UTF-8 编码的 CSV 后重新上传。"


def read_sheet(content: bytes) -> Rows:
    """The cells of a file from its first row on; slow, so off the event loop. Raises SheetUnreadable."""
    return find_sheet(content).rows


def find_sheet(content: bytes, headers: Collection[str] = ()) -> Sheet:
    """The sheet with most of these headers, else the first that shows anything; slow. Raises SheetUnreadable.

    A character that the file has lost is LOST.
    """
    if not content.strip():
        raise SheetUnreadable("文件是空的，请选择填写好的文件后重新上传。")
    if len(content) > LARGEST:
        raise SheetUnreadable("文件超过 20 MB，请拆成几个文件分别上传。")
    sheet = _workbook(content, headers) if content.startswith(_WORKBOOKS) else Sheet(_csv(content))
    if len(sheet.rows) > MOST_ROWS:
        raise SheetUnreadable("文件超过 20 万行，请拆成几个文件分别上传。")
    return sheet


def _workbook(content: bytes, headers: Collection[str]) -> Sheet:
    try:
        return read_best_sheet(content, headers)
    except WorkbookUnreadable:
        # Without its cause, which may quote the file.
        raise SheetUnreadable("Excel 文件打不开、已加密或过大，请另存为未加密的 XLSX 后重新上传。") from None


def _csv(content: bytes) -> list[list[Cell]]:
    text = _text(content)
    if text.lstrip().startswith(_WEB_PAGES):  # as many systems export, and name it .xls
        raise SheetUnreadable("文件其实是网页格式，请用表格软件打开后另存为 XLSX 再上传。")
    rows, line = list[list[Cell]](), 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for row in reader:
            rows.append([*row])
            line = reader.line_num + 1
    except csv.Error:
        told = f"CSV 文件第 {line} 行的引号不成对，请用表格软件打开后另存为 XLSX 再上传。"
        raise SheetUnreadable(told) from None
    return rows


def _delimiter(text: str) -> str:
    """What the first line is divided by that is divided at all: titles stand above the header."""
    for line in text[:16_384].splitlines()[:HEADER_WITHIN]:
        delimiter = max(",\t;", key=line.count)
        if line.count(delimiter) > 1:
            return delimiter
    return max(",\t;", key=text[:16_384].count)


def _text(content: bytes) -> str:
    # GBK text of any length is hardly ever valid UTF-8, so this needs no guess.
    if (text := _decoded(content, "utf-8-sig")) is not None:
        return text
    best = from_bytes(content[:65_536], cp_isolation=["gb18030", "utf_16", "utf_16_le", "utf_16_be"]).best()
    try:
        return content.decode(best.encoding if best else "gb18030").removeprefix("\ufeff")
    except UnicodeDecodeError:
        pass
    if (text := _decoded(content, "gb18030")) is None:
        raise SheetUnreadable("文件编码无法识别，请另存为 UTF-8 编码的 CSV 或 XLSX 后重新上传。")
    return text


def _decoded(content: bytes, encoding: str) -> str | None:
    """The text, a few characters of which may be lost: exports cut a long text in the middle of a character."""
    text = content.decode(encoding, errors="replace")
    lost, strange = text.count(LOST), len(text) - len(text.encode("ascii", "ignore"))
    return text if lost * _LOST_AT_MOST <= strange else None
