"""Lists as files: an Excel workbook or a CSV that no spreadsheet program mistakes for formulas."""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import TracebackType
from typing import IO, Any, Final
from urllib.parse import quote

import xlsxwriter
from starlette.responses import StreamingResponse

from libs.common.web.filters import local
from libs.common.web.tables import Column

XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE: Final = "text/csv; charset=utf-8"
_ROWS_PER_SHEET: Final = 1_048_576  # the format's own limit
_LONGEST_CELL: Final = 32_767  # the format's own limit, in characters
_EXACT_NUMBER: Final = 10**15  # Excel keeps 15 digits; a longer whole number is written as text
_IN_MEMORY: Final = 4 * 1024 * 1024
_BATCH: Final = 1_000  # rows between two breaths of the event loop
_CHUNK: Final = 64 * 1024
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")

Row = Sequence[Any] | Mapping[str, Any]


class Workbook:
    """An Excel file written row by row in constant memory; codes stay text and nothing becomes a formula."""

    def __init__(self, columns: Sequence[Column], title: str) -> None:
        self._columns = columns
        self._title = title
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # closed by the reader
        self._book = xlsxwriter.Workbook(
            self._file,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        )
        self._head = self._book.add_format({"bold": True, "bottom": 1, "bg_color": "#EAF1FA"})
        self._text = self._book.add_format({"num_format": "@"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._sheets = 0
        self._open_sheet()

    def __enter__(self) -> "Workbook":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._book.close()
            self._file.close()

    def add(self, row: Row) -> None:
        """Append one row; a mapping is read by the columns' keys, a sequence in their order."""
        if self._next == _ROWS_PER_SHEET:
            self._open_sheet()
        for index, value in enumerate(_in_order(row, self._columns)):
            self._write(index, value)
        self._next += 1

    def add_all(self, rows: Iterable[Row]) -> None:
        """Append rows in their order."""
        for row in rows:
            self.add(row)

    def finish(self) -> IO[bytes]:
        """Close the workbook and return it as a file at its beginning; the caller closes it."""
        self._book.close()
        self._file.seek(0)
        return self._file

    def _open_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet(_sheet_name(self._title, self._sheets))
        self._sheet.freeze_panes(1, 0)
        for index, column in enumerate(self._columns):
            self._sheet.set_column(index, index, column.width)
            self._sheet.write_string(0, index, column.label, self._head)
        self._next = 1

    def _write(self, index: int, value: Any) -> None:
        sheet, row = self._sheet, self._next
        match value:
            case None | "":
                pass
            case bool():
                sheet.write_string(row, index, "是" if value else "否")
            case int() | float() | Decimal() if -_EXACT_NUMBER < value < _EXACT_NUMBER:
                sheet.write_number(row, index, value)
            case datetime():
                sheet.write_datetime(row, index, local(value).replace(tzinfo=None), self._moment)
            case date():
                sheet.write_datetime(row, index, value, self._day)
            case _:
                sheet.write_string(row, index, str(value)[:_LONGEST_CELL], self._text)


def xlsx(columns: Sequence[Column], rows: Iterable[Row], title: str) -> IO[bytes]:
    """Write rows to an Excel file and return it at its beginning; the caller closes it."""
    with Workbook(columns, title) as book:
        book.add_all(rows)
        return book.finish()


async def export_response(
    kind: str, columns: Sequence[Column], rows: Iterable[Row] | AsyncIterable[Row], title: str
) -> StreamingResponse:
    """Answer a list's `format=xlsx` or `format=csv` with the file; rows may come from a database cursor."""
    if kind == "csv":
        return StreamingResponse(_csv_stream(columns, rows), media_type=CSV_TYPE, headers=_as_download(f"{title}.csv"))
    with Workbook(columns, title) as book:
        # In a thread: a hundred thousand rows take seconds, and the loop has other people to serve.
        async for batch in _batches(rows):
            await asyncio.to_thread(book.add_all, batch)
        file = await asyncio.to_thread(book.finish)
    return StreamingResponse(_chunks(file), media_type=XLSX_TYPE, headers=_as_download(f"{title}.xlsx"))


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


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _in_order(row: Row, columns: Sequence[Column]) -> Sequence[Any]:
    return [row[column.key] for column in columns] if isinstance(row, Mapping) else row


def _sheet_name(title: str, number: int) -> str:
    # Excel refuses these signs in a sheet's name, and names longer than 31 characters.
    clean = "".join(" " if sign in "[]:*?/\\'" else sign for sign in title).strip()[:26] or "数据"
    return clean if number == 1 else f"{clean} {number}"


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
