"""How often early warning is wrong, and what it finds: `python -m tests.benchmarks.warning` writes it into the docs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from libs.common.reference import CITY
from services.trigger.domain.warning import Finding, judge, monday_of, survey
from tests.benchmarks.warning_compared import measured, tables
from tests.trigger.warning.history import Surge, history

FIRST = date(2024, 12, 1)
WARM_UP = 30  # weeks that are only past

Series = Mapping[tuple[str, str], Mapping[date, int]]


@dataclass(frozen=True, slots=True)
class Rate:
    """What was judged and what stood out; an alarm is one county, category and week, however often found."""

    weeks: int
    judged: int
    alarms: int
    city_alarms: int

    def line(self, name: str) -> str:
        """As a line of the table in docs/early-warning.md."""
        share = self.alarms / self.judged
        a_year = self.alarms / self.weeks * 52
        return f"| {name} | {self.judged} | {self.alarms} | {share:.4%} | {a_year:.0f} | {self.city_alarms} |"


def made_up(weeks: int, ratio: float, seed: str = "", surges: tuple[Surge, ...] = ()) -> Series:
    """Counts by county and category from FIRST on."""
    series: dict[tuple[str, str], dict[date, int]] = {}
    for county, category, day, number in history(FIRST, 7 * weeks, ratio=ratio, seed=seed, surges=surges):
        series.setdefault((county, category), {})[day] = number
    return series


def looks(series: Series, weeks: int, warm_up: int = WARM_UP) -> Iterator[Finding]:
    """What a look each Monday finds, from the end of the warm-up on: each day and week is judged."""
    for week in range(warm_up, weeks + 1):
        yield from survey(series, FIRST + timedelta(weeks=week), FIRST, CITY.adcode)


def false_alarms(ratio: float, weeks: int, seed: str = "", warm_up: int = WARM_UP) -> Rate:
    """Alarms on a history in which nothing happened but season, holidays and chance (variance = ratio × mean)."""
    series = made_up(weeks, ratio, seed)
    alarms = {(one.county, one.category, one.week) for one in looks(series, weeks, warm_up)}
    city = sum(county == CITY.adcode for county, _, _ in alarms)
    return Rate(weeks - warm_up, len(series) * (weeks - warm_up), len(alarms) - city, city)


def limits() -> list[str]:
    """The count at which a week becomes an alarm where an even number of complaints came before."""
    week = monday_of(FIRST) + timedelta(weeks=60)
    usual = ((0.5, (0, 1)), (1, (1, 1)), (2, (2, 2)), (4, (4, 4)), (8, (8, 8)), (16, (16, 16)), (32, (32, 32)))
    found = []
    for _, pair in usual:
        past = {week - timedelta(weeks=n): pair[n % 2] for n in range(60)}
        verdict = judge("week", week, past, None, FIRST)
        assert verdict is not None
        found.append(str(verdict.limit))
    heads = ["usual a week", *(f"{level:g}" for level, _ in usual)]
    return [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads), f"| {' | '.join(['limit', *found])} |"]


def rates() -> list[str]:
    """False alarms by how clustered complaints are."""
    heads = "| history | county × category × week | alarms | share | alarms a year, whole city | city-wide alarms |"
    lines = [false_alarms(ratio, 104).line(f"variance {ratio} × mean") for ratio in (1.0, 1.3, 1.6, 2.0)]
    return [heads, "| --- | --- | --- | --- | --- | --- |", *lines]


def compared() -> list[str]:
    """Ours beside published methods, where complaints are somewhat clustered."""
    lines: list[str] = []
    for ratio in (1.3,):
        lines += [f"### Variance {ratio} × mean", "", *tables(measured(ratio)), ""]
    return lines[:-1]


PAGE = Path(__file__).parents[2] / "docs" / "early-warning.md"


def write(text: str, name: str, lines: list[str]) -> str:
    """The page with these lines between the marks of this name."""
    pattern = re.compile(rf"(?<=<!-- measured: {name} -->\n).*?(?=<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        message = f"{PAGE} has no place for {name}"
        raise ValueError(message)
    return pattern.sub(lambda _: "\n".join(["", *lines, "", ""]), text, count=1)


def main() -> None:
    """Measure and write the tables."""
    for name, made in (("limits", limits), ("rates", rates), ("compared", compared)):
        lines = made()
        PAGE.write_text(write(PAGE.read_text("utf-8"), name, lines), "utf-8")


if __name__ == "__main__":
    main()
