"""A file becomes rows of cells: CSV in UTF-8 or GBK, or the first sheet of an Excel or ODS workbook."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from charset_normalizer import from_bytes

from libs.common.errors import Invalid
from libs.common.workbook import Cell, WorkbookUnreadable, read_first_sheet

LARGEST: Final = 20 * 1024 * 1024  # bytes
MOST_ROWS: Final = 200_000
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods are zips, xls is an OLE file

Rows = Sequence[Sequence[Cell]]


class SheetUnreadable(Invalid):
    """The file can't be read as a table; the detail says what to do."""

    detail = "文件无法读取，请另存为 XLSX 或 UTF-8 编码的 CSV 后重新上传。"


def read_sheet(content: bytes) -> Rows:
    """The cells of a file from its first row on; slow, so off the event loop. Raises SheetUnreadable."""
    if not content.strip():
        raise SheetUnreadable("文件是空的，请选择填写好的文件后重新上传。")
    if len(content) > LARGEST:
        raise SheetUnreadable("文件超过 20 MB，请拆成几个文件分别上传。")
    rows = _workbook(content) if content.startswith(_WORKBOOKS) else _csv(content)
    if len(rows) > MOST_ROWS:
        raise SheetUnreadable("文件超过 20 万行，请拆成几个文件分别上传。")
    return rows


def _workbook(content: bytes) -> Rows:
    try:
        return read_first_sheet(content)
    except WorkbookUnreadable:
        # Without its cause, which may quote the file.
        raise SheetUnreadable("Excel 文件打不开、已加密或过大，请另存为未加密的 XLSX 后重新上传。") from None


def _csv(content: bytes) -> Rows:
    text = _text(content)
    head = text[:4096].partition("\n")[0]
    delimiter = max(",\t;", key=head.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise SheetUnreadable("CSV 文件的引号不成对，请用表格软件打开后另存为 CSV 或 XLSX 再上传。") from None


def _text(content: bytes) -> str:
    try:
        # GBK text of any length is hardly ever valid UTF-8, so this needs no guess.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    best = from_bytes(content[:65_536], cp_isolation=["gb18030", "utf_16", "utf_16_le", "utf_16_be"]).best()
    try:
        return content.decode(best.encoding if best else "gb18030").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise SheetUnreadable("文件编码无法识别，请另存为 UTF-8 编码的 CSV 或 XLSX 后重新上传。") from None
