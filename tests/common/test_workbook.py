"""A workbook is read whole, and no workbook can end the process that asks for it."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import pytest
import xlsxwriter

from libs.common.workbook import WorkbookUnreadable, read_first_sheet

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS = "http://schemas.openxmlformats.org/package/2006/relationships"


def crafted(*rows: str | Iterator[str], before: str = "") -> bytes:
    """An XLSX file with this XML for rows."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("_rels/.rels", f'<Relationships xmlns="{_PARTS}"><Relationship Id="r" '
                      f'Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>')  # fmt: skip
        book.writestr("xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>'
                      '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>')  # fmt: skip
        book.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_PARTS}"><Relationship Id="r1" '
                      f'Type="{_LINKS}/worksheet" Target="worksheets/s.xml"/></Relationships>')  # fmt: skip
        with book.open("xl/worksheets/s.xml", "w") as sheet:
            sheet.write(f'{before}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for part in rows:
                sheet.writelines(text.encode() for text in ([part] if isinstance(part, str) else part))
            sheet.write(b"</sheetData></worksheet>")
    return file.getvalue()


def _cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_cells_keep_their_kind_and_their_place() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(1, 1, ["名称", 3.5, True, date(2026, 11, 22)])
    assert read_first_sheet(file.getvalue()) == [["", "", "", "", ""], ["", "名称", 3.5, True, date(2026, 11, 22)]]


def test_a_crafted_sheet_is_read_as_it_is() -> None:
    assert read_first_sheet(crafted(f'<row r="1">{_cell("A1", "x")}</row>')) == [["x"]]


def test_a_cell_at_the_far_end_does_not_end_us() -> None:
    near, far = f'<row r="1">{_cell("A1", "x")}</row>', f'<row r="1048576">{_cell("XFD1048576", "x")}</row>'
    with pytest.raises(WorkbookUnreadable):
        read_first_sheet(crafted(near, far))


def test_a_small_file_that_unpacks_to_very_much_is_not_handed_over() -> None:
    row = f"<row>{_cell('', 'A' * 30_000)}</row>".replace(' r=""', "") * 100
    with pytest.raises(WorkbookUnreadable):
        read_first_sheet(crafted(row for _ in range(100)))


def test_entities_are_not_multiplied() -> None:
    names = "abcdefghij"
    entities = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise(names))
    laughs = f'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">{entities}]>'
    with pytest.raises(WorkbookUnreadable):
        read_first_sheet(crafted(f'<row r="1">{_cell("A1", "&j;")}</row>', before=laughs))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + b"x" * 600])
def test_what_is_no_workbook_is_unreadable(content: bytes) -> None:
    with pytest.raises(WorkbookUnreadable):
        read_first_sheet(content)
