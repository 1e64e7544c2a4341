"""The geometry of charts: numbers in, positions and words for screen readers out."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.reference import COUNTIES, county_name
from libs.common.web.filters import NONE, thousands

Number = int | float

SERIES_STYLES: Final = 4
SHADES: Final = 4
_MOST_LABELS: Final = 6
_TICKS: Final = 4

TILES: Final[Mapping[str, tuple[int, int]]] = {
    "410323": (1, 0),
    "410308": (3, 0),
    "410305": (1, 1),
    "410303": (2, 1),
    "410302": (3, 1),
    "410304": (4, 1),
    "410328": (0, 2),
    "410327": (1, 2),
    "410371": (2, 2),
    "410311": (3, 2),
    "410307": (4, 2),
    "410325": (1, 3),
    "410329": (3, 3),
    "410326": (4, 3),
    "410324": (0, 4),
}
"""Column and row of each county in the schematic map: neighbours stay neighbours, areas are not to scale."""

_SHORT_NAMES: Final = {"410304": "瀍河", "410371": "高新"}


def figure(value: Number | None) -> str:
    """Write a number of a chart: whole ones with thousands, others with one digit, none as a dash."""
    if value is None:
        return NONE
    return thousands(int(value)) if float(value).is_integer() else f"{value:.1f}"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its length in percent of the longest."""

    label: str
    length: float
    figure: str


def bars(values: Sequence[tuple[str, Number]]) -> list[Bar]:
    """Lay out horizontal bars; the longest fills the width, negative numbers have no length."""
    top = max((value for _, value in values), default=0) or 1
    return [Bar(label, round(100 * max(value, 0) / top, 2), figure(value)) for label, value in values]


@dataclass(frozen=True, slots=True)
class Mark:
    """A point or label at a place of the drawing, x from the left and y from the top, both in percent."""

    x: float
    y: float
    text: str = ""
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its runs between gaps as SVG points of a 100 by 100 box, its points, its style from 1."""

    name: str
    style: int
    runs: list[str]
    points: list[Mark]


@dataclass(frozen=True, slots=True)
class LineChart:
    """A line chart with its grid, its labels, the sentence that describes it and the rows of its table."""

    grid: list[Mark]
    labels: list[Mark]
    lines: list[Line]
    words: str
    table: list[list[str]]


def lines(labels: Sequence[str], series: Sequence[tuple[str, Sequence[Number | None]]], unit: str = "") -> LineChart:
    """Lay out lines over one axis from zero; a None breaks a line, and a series has one for each label."""
    for name, values in series:
        if len(values) != len(labels):
            raise ValueError(f"series {name!r} has {len(values)} values for {len(labels)} labels")
    known = [value for _, values in series for value in values if value is not None]
    step = tick_step(max(known, default=0))
    top = max(math.ceil(max(known, default=0) / step), 1) * step
    last = max(len(labels) - 1, 1)

    def place(index: int, value: Number) -> Mark:
        return Mark(round(100 * index / last, 2), round(100 - 100 * value / top, 2), figure(value))

    return LineChart(
        grid=[Mark(0, place(0, i * step).y, figure(i * step)) for i in range(round(top / step) + 1)],
        labels=_axis_labels(labels),
        lines=[
            Line(
                name,
                order % SERIES_STYLES + 1,
                [" ".join(f"{mark.x},{mark.y}" for mark in run) for run in _runs(values, place)],
                [place(i, value) for i, value in enumerate(values) if value is not None],
            )
            for order, (name, values) in enumerate(series)
        ],
        words="；".join(_in_words(name, labels, values, unit) for name, values in series),
        table=[[label, *(figure(values[i]) for _, values in series)] for i, label in enumerate(labels)],
    )


@dataclass(frozen=True, slots=True)
class Strip:
    """One row of a strip chart: the place of every value on the common scale, in percent, and a summary."""

    name: str
    ticks: list[float]
    count: int
    lowest: str
    middle: str
    highest: str


@dataclass(frozen=True, slots=True)
class StripChart:
    """Rows of ticks on one scale, with an optional mark across all of them (a limit, a threshold)."""

    strips: list[Strip]
    scale: list[Mark]
    mark: Mark | None
    words: str


def strips(
    rows: Sequence[tuple[str, Sequence[Number]]],
    *,
    low: Number = 0,
    high: Number | None = None,
    mark: tuple[Number, str] | None = None,
    unit: str = "",
) -> StripChart:
    """Lay out one row of ticks per group between `low` and `high` (default: a round number)."""
    largest = max((value for _, values in rows for value in values), default=low)
    step = tick_step((largest if high is None else high) - low)
    end = max(high, low + 1) if high is not None else low + max(math.ceil((largest - low) / step), 1) * step

    def x(value: Number) -> float:
        return round(100 * (min(max(value, low), end) - low) / (end - low), 2)

    laid = [
        Strip(
            name,
            [x(value) for value in values],
            len(values),
            figure(min(values, default=None)),
            figure(_median(values)),
            figure(max(values, default=None)),
        )
        for name, values in rows
    ]
    marks = [low + i * step for i in range(int((end - low) / step) + 1)]
    return StripChart(
        strips=laid,
        scale=[Mark(x(value), 0, figure(value), _anchor(x(value))) for value in marks],
        mark=Mark(x(mark[0]), 0, mark[1], "end" if x(mark[0]) > 50 else "start") if mark else None,
        words="；".join(
            f"{s.name} {s.count} 个，最小 {s.lowest}{unit}，中位 {s.middle}{unit}，最大 {s.highest}{unit}" for s in laid
        ),
    )


@dataclass(frozen=True, slots=True)
class Tile:
    """One county of the map: its cell, its shade 1–4, or 0 where there is no number."""

    adcode: str
    name: str
    short: str
    column: int
    row: int
    shade: int
    figure: str


@dataclass(frozen=True, slots=True)
class TileMap:
    """The schematic map with its legend: shade and the range of numbers it stands for."""

    tiles: list[Tile]
    legend: list[tuple[int, str]]
    words: str


def tile_map(values: Mapping[str, Number | None], unit: str = "") -> TileMap:
    """Shade the counties by the quartile their number (by adcode) falls in; equal numbers share a shade."""
    known = sorted(value for code in TILES if (value := values.get(code)) is not None)

    def shade(value: Number | None) -> int:
        if value is None:
            return 0
        return min(SHADES * sum(other < value for other in known) // len(known), SHADES - 1) + 1

    tiles = [
        Tile(
            area.adcode,
            area.name,
            _SHORT_NAMES.get(area.adcode, area.name[:2]),
            *TILES[area.adcode],
            shade(values.get(area.adcode)),
            figure(values.get(area.adcode)),
        )
        for area in COUNTIES
    ]
    legend = []
    for level in range(1, SHADES + 1):
        inside = [value for value in known if shade(value) == level]
        if inside:
            ends = sorted({min(inside), max(inside)})
            legend.append((level, "–".join(figure(end) for end in ends) + unit))
    if len(known) < len(TILES):
        legend.append((0, "无数据"))
    ranked = sorted(TILES, key=lambda code: -(values.get(code) or 0))
    most = [f"{county_name(code)} {figure(values[code])}{unit}" for code in ranked[:3] if values.get(code)]
    return TileMap(tiles, legend, f"最多的是{'、'.join(most)}" if most else "没有数据")


def tick_step(span: Number) -> Number:
    """Return the round step (1, 2 or 5 times a power of ten, never below 1) that cuts a span into four."""
    rough = max(span / _TICKS, 1)
    power = 10 ** math.floor(math.log10(rough))
    return int(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough))


def _axis_labels(labels: Sequence[str]) -> list[Mark]:
    last = len(labels) - 1
    every = max(math.ceil(last / (_MOST_LABELS - 1)), 1)
    # Counted from the end, because the latest label is the one people look for.
    places = [(round(100 * i / max(last, 1), 2), label) for i, label in enumerate(labels) if (last - i) % every == 0]
    return [Mark(x, 0, label, _anchor(x)) for x, label in places]


def _anchor(x: float) -> str:
    return "start" if x == 0 else "end" if x == 100 else "middle"


def _runs(values: Sequence[Number | None], place: Callable[[int, Number], Mark]) -> list[list[Mark]]:
    runs: list[list[Mark]] = [[]]
    for index, value in enumerate(values):
        if value is not None:
            runs[-1].append(place(index, value))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _in_words(name: str, labels: Sequence[str], values: Sequence[Number | None], unit: str) -> str:
    known = [(value, label) for value, label in zip(values, labels, strict=True) if value is not None]
    if not known:
        return f"{name}没有数据"
    (low, low_at), (high, high_at) = min(known), max(known)
    last, last_at = known[-1]
    return (
        f"{name}最低 {figure(low)}{unit}（{low_at}），最高 {figure(high)}{unit}（{high_at}），"
        f"最近 {figure(last)}{unit}（{last_at}）"
    )


def _median(values: Sequence[Number]) -> Number | None:
    if not values:
        return None
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
