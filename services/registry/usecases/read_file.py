"""A file becomes a table: CSV in UTF-8 or GBK, or the first sheet of an Excel or ODS workbook."""

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

from charset_normalizer import from_bytes

from libs.common.workbook import WorkbookUnreadable, read_first_sheet
from services.registry.domain.errors import FileUnreadable
from services.registry.domain.importing import FileKind
from services.registry.domain.table import Cell, Parsed, Table

LARGEST: Final = 20 * 1024 * 1024
MOST_ROWS: Final = 200_000
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods are zips, xls is an OLE file


def parse_file(kind: FileKind, content: bytes) -> Parsed[Any]:
    """Read and judge a whole file; slow (0.1 ms a row), so off the event loop. Raises FileUnreadable."""
    return kind.read(read_table(content))


def read_table(content: bytes) -> Table:
    """The cells of a file. Raises FileUnreadable with what to do."""
    if not content.strip():
        raise FileUnreadable("文件是空的，请选择填写好的文件后重新上传。")
    if len(content) > LARGEST:
        raise FileUnreadable("文件超过 20 MB，请拆成几个文件分别上传。")
    rows = _workbook(content) if content.startswith(_WORKBOOKS) else _csv(content)
    if len(rows) > MOST_ROWS:
        raise FileUnreadable("文件超过 20 万行，请拆成几个文件分别上传。")
    return Table(rows)


def _workbook(content: bytes) -> Sequence[Sequence[Cell]]:
    try:
        return read_first_sheet(content)
    except WorkbookUnreadable as error:
        raise FileUnreadable("Excel 文件打不开、已加密或过大，请另存为未加密的 XLSX 后重新上传。") from error


def _csv(content: bytes) -> Sequence[Sequence[Cell]]:
    text = _text(content)
    head = text[:4096].partition("\n")[0]
    delimiter = max(",\t;", key=head.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise FileUnreadable("CSV 文件的引号不成对，请用表格软件打开后另存为 CSV 或 XLSX 再上传。") from error


def _text(content: bytes) -> str:
    try:
        # GBK text of any length is hardly ever valid UTF-8, so this needs no guess.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    best = from_bytes(content[:65_536], cp_isolation=["gb18030", "utf_16", "utf_16_le", "utf_16_be"]).best()
    try:
        return content.decode(best.encoding if best else "gb18030").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise FileUnreadable("文件编码无法识别，请另存为 UTF-8 编码的 CSV 或 XLSX 后重新上传。") from error
