"""The committed rule of a draw: a filter that hides nothing and a quota for every stratum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from libs.common.errors import Invalid

# 细则第八条: 企业类型, 经营规模, 所属行业, 地理区域; 第六条: the credit class. Never a firm's name.
FILTER_COLUMNS = ("county", "industry", "size", "type", "class")


class FilterInvalid(Invalid):
    """A filter may only use what the notice allows."""


class RuleInvalid(Invalid):
    """A ratio, a minimum or a rounding makes no sense."""


class HasCells(Protocol):
    """What a filter looks at."""

    @property
    def county(self) -> str: ...  # noqa: D102 - a cell of the pool row, as are the four below
    @property
    def industry(self) -> str: ...  # noqa: D102
    @property
    def size(self) -> str: ...  # noqa: D102
    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def credit_class(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class In:
    """The cell is one of these."""

    col: str
    values: tuple[str, ...]

    def accepts(self, cell: str) -> bool:
        """Say whether the cell is listed."""
        return cell in self.values

    def document(self) -> dict[str, object]:
        """The condition as in the commitment."""
        return {"col": self.col, "in": sorted(self.values)}


@dataclass(frozen=True, slots=True)
class Prefix:
    """The cell starts with one of these."""

    col: str
    values: tuple[str, ...]

    def accepts(self, cell: str) -> bool:
        """Say whether the cell starts with a listed text."""
        return cell.startswith(self.values)

    def document(self) -> dict[str, object]:
        """The condition as in the commitment."""
        return {"col": self.col, "prefix": sorted(self.values)}


@dataclass(frozen=True, slots=True)
class Between:
    """The cell, compared as text by code points, is at least `ge` and at most `le`."""

    col: str
    ge: str
    le: str

    def accepts(self, cell: str) -> bool:
        """Say whether the cell lies in the closed range."""
        return self.ge <= cell <= self.le

    def document(self) -> dict[str, object]:
        """The condition as in the commitment."""
        return {"col": self.col, "ge": self.ge, "le": self.le}


Condition: TypeAlias = In | Prefix | Between
Filter: TypeAlias = tuple[Condition, ...]


def matches(filter_: Filter, row: HasCells) -> bool:
    """Say whether a subject fulfils every condition; no condition lets everybody in."""
    return all(condition.accepts(_cell(row, condition.col)) for condition in filter_)


def _cell(row: HasCells, col: str) -> str:
    return str(getattr(row, "credit_class" if col == "class" else col))


def parse_filter(document: Sequence[Mapping[str, object]]) -> Filter:
    """Read a filter from its JSON form. Raises FilterInvalid."""
    return tuple(_parse_condition(entry) for entry in document)


def _parse_condition(entry: Mapping[str, object]) -> Condition:
    col, shape = entry.get("col"), set(entry) - {"col"}
    if not isinstance(col, str) or col not in FILTER_COLUMNS:
        raise FilterInvalid(
            f"不能按“{col}”设定抽取条件：只能按地理区域、所属行业、经营规模、企业类型和信用风险分类（细则第六条、第八条）。"
        )
    ge, le = entry.get("ge"), entry.get("le")
    if shape == {"ge", "le"} and isinstance(ge, str) and isinstance(le, str) and ge <= le:
        return Between(col, ge, le)
    for name, kind in (("in", In), ("prefix", Prefix)):
        values = entry.get(name)
        if (
            shape == {name}
            and isinstance(values, list | tuple)
            and values
            and all(isinstance(value, str) and value for value in values)
        ):
            return kind(col, tuple(sorted(set(values))))
    raise FilterInvalid(f"“{col}”的条件不完整：请给出取值列表、前缀列表或起止范围（起不大于止）。")


@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact share: `num` of `den`."""

    num: int
    den: int

    def __post_init__(self) -> None:
        if self.den < 1 or not 0 <= self.num <= self.den:
            raise RuleInvalid(f"抽查比例 {self.num}/{self.den} 无效，应在 0 与 1 之间（细则第二条）。")


CEIL = "ceil"  # 不低于
FLOOR = "floor"  # 不高于


@dataclass(frozen=True, slots=True)
class Quota:
    """How many are drawn from a stratum of any size."""

    ratio: Mapping[str, Ratio]
    minimum: int = 1
    rounding: str = CEIL

    def __post_init__(self) -> None:
        if self.minimum < 0 or self.rounding not in {CEIL, FLOOR} or not self.ratio:
            raise RuleInvalid(f"抽取规则无效：最少数 {self.minimum}、取整方式“{self.rounding}”，请核对抽查比例方案。")

    def of(self, stratum: str, n: int) -> int:
        """Return how many of `n` eligible subjects are drawn. Raises RuleInvalid for an unknown class."""
        if stratum not in self.ratio:
            raise RuleInvalid(f"信用风险分类 {stratum} 没有规定抽查比例，请先补全比例方案（细则第六条）。")
        if n == 0:
            return 0
        ratio = self.ratio[stratum]
        share = -(-n * ratio.num // ratio.den) if self.rounding == CEIL else n * ratio.num // ratio.den
        return min(n, max(self.minimum, share))

    def strata(self, eligible: Mapping[str, int]) -> tuple[tuple[str, int, int], ...]:
        """Return (stratum, n, k) of every stratum with a ratio, by name. Raises RuleInvalid."""
        names = sorted({*self.ratio, *(name for name, n in eligible.items() if n)})
        return tuple((name, n := eligible.get(name, 0), self.of(name, n)) for name in names)
