"""Exports hold what the list holds: codes whole, nothing a formula, dates as dates."""

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from libs.common.web import spreadsheet
from libs.common.web.export import export_response, in_windows, xlsx
from libs.common.web.tables import Column

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COLUMNS = (
    Column("name", "检查对象"),
    Column("code", "统一社会信用代码", code=True),
    Column("count", "人数", numeric=True),
    Column("on", "日期"),
    Column("at", "时间"),
    Column("ok", "合格"),
)
ROWS: list[list[Any]] = [
    ['=HYPERLINK("http://x","点")', "91410300MA3X1A2B3C", 12, date(2026, 11, 22), None, True],
    ["@SUM(A1)", "041030020261122000", 3.5, None, datetime(2026, 11, 22, 7, 4, tzinfo=UTC), False],
    ["-1+2", "https://example.org/", 410300202611220001, None, None, None],
]


def sheet(data: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def test_a_workbook_keeps_text_as_text_and_numbers_as_numbers() -> None:
    with xlsx(COLUMNS, ROWS, "检查对象[名录]: 全市/各县区 2026年第四季度") as file:
        data = file.read()
    head, first, second, third = sheet(data)
    assert head == ["检查对象", "统一社会信用代码", "人数", "日期", "时间", "合格"]
    assert first[:4] == [*ROWS[0][:3], date(2026, 11, 22)]
    assert second[0] == "@SUM(A1)"
    assert second[1] == "041030020261122000"
    assert second[4] == datetime(2026, 11, 22, 15, 4)  # noqa: DTZ001 - Excel has no zones; this is Shanghai's
    assert third[:3] == ["-1+2", "https://example.org/", "410300202611220001"]
    assert b"<f>" not in data


async def rows() -> AsyncIterator[dict[str, Any]]:
    for row in ROWS:
        yield dict(zip((column.key for column in COLUMNS), row, strict=True))


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
async def test_a_database_cursor_is_exported_under_a_chinese_name(kind: str) -> None:
    response = await export_response(kind, COLUMNS, rows(), "检查对象名录")
    chunks = [chunk async for chunk in response.body_iterator]
    data = b"".join(chunk.encode() if isinstance(chunk, str) else bytes(chunk) for chunk in chunks)
    assert "filename*=UTF-8''%E6%A3%80%E6%9F%A5" in response.headers["content-disposition"]
    assert response.headers["cache-control"] == "private, no-store"
    if kind == "xlsx":
        assert len(sheet(data)) == 4
    else:
        assert data.startswith(b"\xef\xbb\xbf")


async def test_a_csv_cell_never_starts_a_formula() -> None:
    response = await export_response("csv", COLUMNS, ROWS, "x")
    text = "".join([str(chunk) async for chunk in response.body_iterator]).removeprefix("\ufeff")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "2026-11-22T15:04:00+08:00" in cells


async def test_no_sign_starts_a_formula_in_any_width() -> None:
    signs = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001
    rows = [[f"{sign}cmd|' /C calc'!A0"] for sign in signs]
    response = await export_response("csv", [Column("name", "名称")], rows, "x")
    text = "".join([str(chunk) async for chunk in response.body_iterator])
    cells = [row[0] for row in csv.reader(io.StringIO(text, newline=""))]
    assert cells[1:] == [f"'{row[0]}" for row in rows]
    with xlsx([Column("name", "名称")], rows, "x") as file, zipfile.ZipFile(file) as book:
        [path] = [name for name in book.namelist() if "sheet1" in name]
        assert not list(ElementTree.fromstring(book.read(path)).iter(f"{MAIN}f"))  # noqa: S314 - just written


async def test_a_long_export_lets_others_be_served() -> None:
    breaths = 0

    async def breathe() -> None:
        nonlocal breaths
        while True:
            await asyncio.sleep(0)
            breaths += 1

    other = asyncio.create_task(breathe())
    response = await export_response("xlsx", COLUMNS, (ROWS[1] for _ in range(5_000)), "x")
    data = b"".join([bytes(chunk) async for chunk in response.body_iterator if not isinstance(chunk, str)])
    during = breaths
    other.cancel()
    assert during > 5
    assert len(sheet(data)) == 5_001


async def test_the_first_bytes_leave_before_the_last_rows_are_read() -> None:
    read = 0

    async def endless() -> AsyncIterator[list[Any]]:
        nonlocal read
        while True:
            read += 1
            yield ROWS[1]

    stream = aiter((await export_response("xlsx", COLUMNS, endless(), "x")).body_iterator)
    assert bytes(await anext(stream)).startswith(b"PK")  # type: ignore[arg-type]
    assert read < 10_000


def test_more_rows_than_a_sheet_holds_go_on_in_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "ROWS_PER_SHEET", 3)
    with xlsx(COLUMNS, [ROWS[0]] * 5, "名录") as file:
        book = CalamineWorkbook.from_filelike(file)
    assert book.sheet_names == ["名录", "名录 2", "名录 3"]
    assert [len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names] == [3, 3, 2]


def test_a_workbook_has_a_frozen_head_and_nothing_that_excel_refuses() -> None:
    row = ["a & b < c \x01\x0b\ud800 > \r\n", "x", float("nan"), None, None, None]
    with xlsx(COLUMNS, [row], "名录") as file, zipfile.ZipFile(file) as book:
        parts = {name: ElementTree.fromstring(book.read(name)) for name in book.namelist()}  # noqa: S314 - our own
        assert all(member.extract_version < 45 for member in book.infolist())  # no ZIP64
    head = next(parts["xl/worksheets/sheet1.xml"].iter(f"{MAIN}pane"))
    assert (head.get("ySplit"), head.get("state")) == ("1", "frozen")
    told = [text.text for text in parts["xl/worksheets/sheet1.xml"].iter(f"{MAIN}t")]
    assert told[6:] == ["a & b < c  > \r\n", "x", "nan"]


async def test_a_list_of_any_length_is_exported_window_by_window() -> None:
    asked: list[tuple[int, int]] = []

    async def read(limit: int, offset: int) -> list[int]:
        asked.append((limit, offset))
        return list(range(offset, min(offset + limit, 25)))

    assert [row async for row in in_windows(read, 10)] == list(range(25))
    assert asked == [(10, 0), (10, 10), (10, 20)]
    assert [row async for row in in_windows(read, 25)] == list(range(25))  # a full last window is followed by none
    assert asked[-2:] == [(25, 0), (25, 25)]
