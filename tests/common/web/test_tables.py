"""Lists: what an address may ask, and what the next address says."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.common.web.tables import Column, ListPage, ListQuery

COLUMNS = (Column("name", "检查对象", sortable=True), Column("uscc", "代码", code=True))


def read(*pairs: tuple[str, str]) -> ListQuery:
    return ListQuery.from_params(list(pairs), COLUMNS, filters=("q", "credit"), default_sort="name")


def test_only_declared_names_are_read() -> None:
    query = read(("q", " 劳务 "), ("password", "x"), ("sort", "uscc; drop table"), ("per_page", "1000000"))
    assert dict(query.filters) == {"q": ("劳务",)}
    assert (query.sort, query.per_page) == ("name", 50)


def test_a_column_that_is_not_sortable_is_not_sorted_by() -> None:
    assert read(("sort", "-uscc")).sort == "name"


@pytest.mark.parametrize("page", ["0", "-3", "x", "", "²", "9" * 40])
def test_a_bad_page_is_the_first(page: str) -> None:
    assert read(("page", page)).page == 1


def test_a_filter_may_have_several_values_and_empty_ones_are_none() -> None:
    query = read(("credit", "C"), ("credit", "D"), ("credit", "C"), ("q", " "))
    assert query.values("credit") == ("C", "D")
    assert query.value("q") == ""


@example(q="0\r\x00", page=1, sort="name", size=20)
@given(
    q=st.text(max_size=20),
    page=st.integers(1, 99),
    sort=st.sampled_from(["name", "-name"]),
    size=st.sampled_from([20, 50]),
)
def test_an_address_reads_back_as_the_same_query(q: str, page: int, sort: str, size: int) -> None:
    query = read(("q", q), ("sort", sort), ("per_page", str(size)))
    again = read(*parse_qsl(urlsplit(query.page_url("/list", page)).query))
    assert (again.filters, again.sort, again.descending, again.per_page, again.page) == (
        query.filters, query.sort, query.descending, query.per_page, page,
    )  # fmt: skip


def test_sorting_turns_round_and_starts_at_page_one() -> None:
    query = read(("sort", "name"), ("page", "4"), ("q", "a"))
    assert query.sort_url("/list", "name") == "/list?q=a&sort=-name"
    assert query.direction("name") == "ascending"


def test_export_has_the_filters_but_not_the_page() -> None:
    assert read(("q", "a"), ("page", "4")).export_url("/list") == "/list?q=a&sort=name&format=xlsx"


def test_page_numbers_show_the_ends_and_hide_no_single_page() -> None:
    def window(page: int, total: int) -> list[int | None]:
        return ListPage[int]([1], total, read(("page", str(page)))).window()

    assert window(1, 50) == [1]
    assert window(6, 1000) == [1, None, 4, 5, 6, 7, 8, None, 20]
    assert window(5, 500) == [1, 2, 3, 4, 5, 6, 7, None, 10]
    assert window(99, 100) == [1, 2]


def test_an_empty_page_counts_from_zero() -> None:
    page = ListPage[int]([], 0, read())
    assert (page.first, page.last, page.pages) == (0, 0, 1)
