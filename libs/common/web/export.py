"""Lists as files: an Excel workbook or a CSV that no spreadsheet program mistakes for formulas."""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO, Any, Final, TypeVar
from urllib.parse import quote

from starlette.responses import StreamingResponse

from libs.common.web.filters import local
from libs.common.web.spreadsheet import Spreadsheet
from libs.common.web.tables import Column

XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE: Final = "text/csv; charset=utf-8"
_IN_MEMORY: Final = 4 * 1024 * 1024
_BATCH: Final = 1_000  # rows between two breaths of the event loop
# What spreadsheets take for the start of a formula, full width as well where people write Chinese.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001

T = TypeVar("T")
Row = Sequence[Any] | Mapping[str, Any]


def xlsx(columns: Sequence[Column], rows: Iterable[Row], title: str) -> IO[bytes]:
    """Write rows to an Excel file and return it at its beginning; the caller closes it."""
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # closed by the caller
    sheet = Spreadsheet(columns, title)
    file.write(sheet.add_all(_in_order(row, columns) for row in rows))
    file.write(sheet.finish())
    file.seek(0)
    return file


async def export_response(
    kind: str, columns: Sequence[Column], rows: Iterable[Row] | AsyncIterable[Row], title: str
) -> StreamingResponse:
    """Answer a list's `format=xlsx` or `format=csv` with the file; rows may come from a database cursor."""
    if kind == "csv":
        return StreamingResponse(_csv_stream(columns, rows), media_type=CSV_TYPE, headers=_as_download(f"{title}.csv"))
    return StreamingResponse(
        _xlsx_stream(columns, rows, title), media_type=XLSX_TYPE, headers=_as_download(f"{title}.xlsx")
    )


async def in_windows(read: Callable[[int, int], Awaitable[Sequence[T]]], size: int = 2_000) -> AsyncIterator[T]:
    """The rows of a list some thousands at a time, for an export of a list of any length.

    `read(limit, offset)` reads each window in a transaction of its own, so that a slow reader holds nothing open.
    """
    offset = 0
    while window := await read(size, offset):
        for row in window:
            yield row
        if len(window) < size:
            return
        offset += size


async def _xlsx_stream(
    columns: Sequence[Column], rows: Iterable[Row] | AsyncIterable[Row], title: str
) -> AsyncIterator[bytes]:
    """The file while it is being written; a failure on the way ends it early, so that nobody takes it for whole."""
    sheet = Spreadsheet(columns, title)
    async for batch in _batches(rows):
        cells = [_in_order(row, columns) for row in batch]
        # In a thread: deflate lets go of the interpreter, and the loop has other people to serve.
        if ready := await asyncio.to_thread(sheet.add_all, cells):
            yield ready
    yield await asyncio.to_thread(sheet.finish)


async def _csv_stream(columns: Sequence[Column], rows: Iterable[Row] | AsyncIterable[Row]) -> AsyncIterator[str]:
    yield "\ufeff" + _csv_line([column.label for column in columns])
    async for batch in _batches(rows):
        yield "".join(_csv_line([_csv_cell(value) for value in _in_order(row, columns)]) for row in batch)


async def _batches(rows: Iterable[Row] | AsyncIterable[Row]) -> AsyncIterator[list[Row]]:
    batch: list[Row] = []
    async for row in _each(rows):
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _each(rows: Iterable[Row] | AsyncIterable[Row]) -> AsyncIterator[Row]:
    if isinstance(rows, AsyncIterable):
        async for row in rows:
            yield row
    else:
        for row in rows:
            yield row


def _in_order(row: Row, columns: Sequence[Column]) -> Sequence[Any]:
    return [row[column.key] for column in columns] if isinstance(row, Mapping) else row


def _csv_line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _csv_cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case int() | float() | Decimal():
            return str(value)
        case datetime():
            return local(value).isoformat(timespec="seconds")
        case _:
            text = str(value)
            return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _as_download(name: str) -> dict[str, str]:
    # RFC 6266: a Chinese name goes into filename*, old programs see the plain one.
    ending = name.rpartition(".")[2]
    return {
        "Content-Disposition": f"attachment; filename=\"export.{ending}\"; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "private, no-store",
    }
