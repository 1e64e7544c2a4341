"""How often early warning is wrong, and what it finds, on made-up history: `python -m tests.benchmarks.warning`."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from libs.common.reference import CITY
from services.trigger.domain.warning import Finding, survey
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


def main() -> None:
    """Print the table."""
    print("| history | county × category × week | alarms | share | alarms a year, whole city | city-wide alarms |")  # noqa: T201
    for ratio in (1.0, 1.3, 1.6, 2.0):
        rate = false_alarms(ratio, 104)
        print(rate.line(f"variance {ratio} × mean"), flush=True)  # noqa: T201
    sys.stdout.flush()


if __name__ == "__main__":
    main()
