"""Lists: filter, sort, page and export, all read from the address, so they work without JavaScript."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Generic, Protocol, TypeVar, runtime_checkable
from urllib.parse import urlencode

PER_PAGE: Final = 50
PER_PAGE_CHOICES: Final = (20, 50, 100, 200)
FORMATS: Final = ("xlsx", "csv")
_LONGEST_VALUE: Final = 200
_LAST_PAGE: Final = 1_000_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list: `key` names it in the address and in exports, `label` on the page."""

    key: str
    label: str
    sortable: bool = False
    numeric: bool = False
    code: bool = False
    width: int = 16  # of an Excel column, in characters


@runtime_checkable
class Params(Protocol):
    """Query parameters with repeated names, as starlette's `QueryParams` and `FormData` are."""

    def multi_items(self) -> list[tuple[str, str]]:
        """Return every name with every value, in order."""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a user asked of a list; holds only names that the page has declared."""

    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False
    page: int = 1
    per_page: int = PER_PAGE
    format: str = ""  # "" for the page, else one of FORMATS
    sortable: frozenset[str] = frozenset()

    @classmethod
    def from_params(
        cls,
        params: Params | Mapping[str, str] | Iterable[tuple[str, str]],
        columns: Sequence[Column],
        *,
        filters: Sequence[str] = (),
        default_sort: str = "",
        per_page: int = PER_PAGE,
    ) -> "ListQuery":
        """Read a list's query: unknown names are dropped, bad numbers fall back; `-name` sorts downwards."""
        items = _items(params)
        sortable = frozenset(column.key for column in columns if column.sortable)
        sort = _last(items, "sort")
        if sort.removeprefix("-") not in sortable:
            sort = default_sort
        size = _whole(_last(items, "per_page"), per_page)
        kind = _last(items, "format")
        return cls(
            filters={name: values for name in filters if (values := _values(items, name))},
            sort=sort.removeprefix("-"),
            descending=sort.startswith("-"),
            page=min(max(_whole(_last(items, "page"), 1), 1), _LAST_PAGE),
            per_page=size if size in PER_PAGE_CHOICES else per_page,
            format=kind if kind in FORMATS else "",
            sortable=sortable,
        )

    @property
    def limit(self) -> int:
        """Rows to load."""
        return self.per_page

    @property
    def offset(self) -> int:
        """Rows to skip."""
        return (self.page - 1) * self.per_page

    def value(self, name: str) -> str:
        """First value of a filter, or nothing."""
        return next(iter(self.filters.get(name, ())), "")

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a filter that may be ticked several times."""
        return self.filters.get(name, ())

    def pairs(self) -> list[tuple[str, str]]:
        """Filters, sort and page size as names and values, without page and format."""
        return [
            *((name, value) for name, values in self.filters.items() for value in values),
            *self.arrangement(),
        ]

    def arrangement(self) -> list[tuple[str, str]]:
        """Sort and page size alone, which a new filter keeps."""
        sort = [("sort", f"-{self.sort}" if self.descending else self.sort)] if self.sort else []
        return [*sort, ("per_page", str(self.per_page))] if self.per_page != PER_PAGE else sort

    def page_url(self, path: str, page: int) -> str:
        """Address of another page of the same list."""
        return _url(path, [*self.pairs(), *([("page", str(page))] if page > 1 else [])])

    def sort_url(self, path: str, key: str) -> str:
        """Address of the list sorted by a column, the other way round if it already is; from page 1."""
        turned = replace(self, sort=key, descending=self.sort == key and not self.descending)
        return _url(path, turned.pairs())

    def per_page_url(self, path: str, per_page: int) -> str:
        """Address of the list with another page size, from page 1."""
        return _url(path, replace(self, per_page=per_page).pairs())

    def export_url(self, path: str, kind: str = "xlsx") -> str:
        """Address of the whole filtered list as a file."""
        return _url(path, [*self.pairs(), ("format", kind)])

    def direction(self, key: str) -> str:
        """Value of `aria-sort` for a column."""
        if key != self.sort:
            return "none"
        return "descending" if self.descending else "ascending"


@dataclass(frozen=True)  # no slots: on Python 3.11 they refuse the name that `ListPage[Row](…)` sets
class ListPage(Generic[T]):
    """One page of a list with the total, as the store found it for the query; `more`: there are more than `total`."""

    rows: Sequence[T]
    total: int
    query: ListQuery
    more: bool = False  # the list ends here because nobody goes through so many: a filter finds what one looks for

    def __iter__(self) -> Iterator[T]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def pages(self) -> int:
        """Number of pages, at least one."""
        return max(-(-self.total // self.query.per_page), 1)

    @property
    def first(self) -> int:
        """Number of the first row shown, from 1; 0 when there is none."""
        return self.query.offset + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Number of the last row shown."""
        return self.query.offset + len(self.rows)

    def window(self) -> list[int | None]:
        """Page numbers to show: the ends, and two around the present; None is a gap."""
        here = min(self.query.page, self.pages)
        shown = sorted({1, self.pages, *range(max(1, here - 2), min(self.pages, here + 2) + 1)})
        result: list[int | None] = []
        for number in shown:
            if result and result[-1] is not None and number - result[-1] > 1:
                # A gap of one page is that page: "…" would hide it and save nothing.
                result.append(number - 1 if number - result[-1] == 2 else None)
            result.append(number)
        return result


def _items(params: Params | Mapping[str, str] | Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    if isinstance(params, Params):
        return params.multi_items()
    if isinstance(params, Mapping):
        return list(params.items())
    return list(params)


def _values(items: list[tuple[str, str]], name: str) -> tuple[str, ...]:
    found = (value.replace("\x00", "").strip()[:_LONGEST_VALUE].strip() for key, value in items if key == name)
    return tuple(dict.fromkeys(value for value in found if value))


def _last(items: list[tuple[str, str]], name: str) -> str:
    return next((value for key, value in reversed(items) if key == name), "")


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else otherwise


def _url(path: str, pairs: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path
