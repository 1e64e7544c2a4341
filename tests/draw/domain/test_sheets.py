"""Sheets give what the plain oracle gives, row for row, and name what it refuses."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common import merkle
from services.draw.domain.pool import Freezing, PoolNotSorted, PoolPageInvalid, PoolRow, PoolRowInvalid, mask_page
from services.draw.domain.rule import In, Prefix
from services.draw.domain.sheets import Cutter, Stack, examine, pages_of, published_pages

MASTER = bytes(range(32))
SHEET = 16_384


@st.composite
def pools(draw: st.DrawFn) -> list[PoolRow]:
    size = draw(st.integers(1, 900))
    texts = st.sampled_from(["", "C3011", "小", "有限责任公司", "é", "A B"])
    cells = draw(st.lists(texts, min_size=3, max_size=3))
    kinds = draw(st.lists(st.sampled_from("ABCDU"), min_size=size, max_size=size))
    able = draw(st.lists(st.sampled_from("110"), min_size=size, max_size=size))
    ids = sorted(f"91410300{n:0{10 + n % 3}d}" for n in range(size))
    return [
        PoolRow(ids[n], ("410302", "410311")[n % 2], cells[0], cells[1], cells[2], kinds[n], able[n])
        for n in range(size)
    ]


def bytes_of(rows: Sequence[PoolRow]) -> bytes:
    return b"".join(row.line for row in rows)


def stacked(data: bytes, master: bytes | None, piece: int, sheet_rows: int) -> tuple[Stack, list[bytes]]:
    cutter, stack, sheets = Cutter(sheet_rows), Stack(), []

    def take(sheet: bytes) -> None:
        stack.add(examine(sheet, stack.rows + 1, (), master))
        sheets.append(sheet)

    for start in range(0, len(data), piece):
        for sheet in cutter.feed(data[start : start + piece]):
            take(sheet)
    for sheet in cutter.rest():
        take(sheet)
    return stack, sheets


@pytest.mark.article(5)
@settings(max_examples=60, deadline=None)
@given(pools(), st.sampled_from([None, MASTER]), st.integers(1, 70_000))
def test_a_pool_cut_from_any_pieces_has_the_root_and_the_counts_of_the_oracle(
    rows: list[PoolRow], master: bytes | None, piece: int
) -> None:
    oracle = Freezing((), master)
    pages = list(oracle.pages(rows))
    # 512 rows: two pages a sheet, so that small pools have several sheets.
    stack, sheets = stacked(bytes_of(rows), master, piece, 512)
    assert (stack.root, stack.rows, stack.pages) == (oracle.root, oracle.rows, len(pages))
    assert stack.eligible == dict(oracle.eligible)
    assert stack.by_county == {county: dict(classes) for county, classes in oracle.eligible_by_county.items()}
    assert [page for sheet in sheets for page in pages_of(sheet)] == pages
    published = [mask_page(page, MASTER) for page in pages]
    assert [page for sheet in sheets for page in published_pages(sheet, MASTER)] == published
    kept = [examine(sheet, 1, (), master).published for sheet in sheets]
    assert kept == [b"".join(published_pages(sheet, master)) if master else None for sheet in sheets]


@pytest.mark.parametrize("leaves", [1, 63, 64, 65, 128, 129, 1000])
def test_subtrees_of_64_pages_have_the_root_of_all_pages(leaves: int) -> None:
    hashes = [hashlib.sha256(bytes([n % 256, n // 256])).digest() for n in range(leaves)]
    nodes = [merkle.root(hashes[start : start + 64]) for start in range(0, leaves, 64)]
    assert merkle.root(nodes) == merkle.root(hashes)
    for page in {0, leaves // 2, leaves - 1}:
        sheet, place = divmod(page, 64)
        path = merkle.inclusion_path(place, hashes[sheet * 64 : sheet * 64 + 64]) + merkle.inclusion_path(sheet, nodes)
        assert path == merkle.inclusion_path(page, hashes)


GOOD = PoolRow("91410300MA00000001", "410302", "C3011", "小", "有限责任公司", "A", "1")
BAD = [
    ({"id": "91410300ma"}, "id"),
    ({"id": "9141"}, "id"),
    ({"county": "41030"}, "county"),
    ({"credit_class": "E"}, "class"),
    ({"eligible": "2"}, "eligible"),
    ({"industry": "C\\t"}, "industry"),
    ({"size": "小\x01"}, "size"),
    ({"type": "e\u0301"}, "type"),
    ({"type": "\u0085"}, "type"),
    ({"type": "\u2028"}, "type"),
    ({"industry": "\\N"}, "industry"),
]


@pytest.mark.article(5)
@pytest.mark.parametrize(("change", "column"), BAD)
def test_a_row_that_breaks_the_format_is_named_with_its_column(change: dict[str, str], column: str) -> None:
    rows = [GOOD._replace(id=f"91410300MA{n:08d}") for n in range(300)]
    rows[270] = rows[270]._replace(**change)
    with pytest.raises(PoolRowInvalid, match="第 1271 行") as refused:
        examine(bytes_of(rows), 1001)
    assert refused.value.fields[0].field == column


@pytest.mark.article(8)
def test_a_row_outside_the_filter_is_named() -> None:
    rows = [GOOD, GOOD._replace(id="91410300MA00000002", industry="I6110")]
    for condition in (Prefix("industry", ("C",)), In("industry", ("C3011",))):
        with pytest.raises(PoolRowInvalid, match=r"第 2 行.*抽取条件"):
            examine(bytes_of(rows), 1, (condition,))


def test_rows_that_repeat_or_go_back_are_refused_within_a_sheet_and_between_two() -> None:
    with pytest.raises(PoolNotSorted, match="第 2 行"):
        examine(bytes_of([GOOD, GOOD]), 1)
    stack = Stack()
    stack.add(examine(GOOD.line, 1))
    with pytest.raises(PoolNotSorted, match="第 2 行"):
        stack.add(examine(GOOD.line, 2))


@pytest.mark.parametrize(
    "data", [b"", b"a\tb\n", GOOD.line[:-1], GOOD.line + b"\n", GOOD.line[:-3] + b"\n" + GOOD.line]
)
def test_what_is_no_sheet_is_refused(data: bytes) -> None:
    with pytest.raises(PoolPageInvalid):
        examine(data, 1)


def test_full_sheets_have_16384_rows() -> None:
    cutter = Cutter()
    data = b"x\n" * (2 * SHEET + 5)
    assert [sheet.count(b"\n") for sheet in cutter.feed(data)] == [SHEET, SHEET]
    assert list(cutter.rest()) == [b"x\n" * 5]
