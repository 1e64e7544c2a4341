"""Early warning: whether a count stands out against its own past, by EARS C2 with limits for small counts.

Sources:
- Reference periods with a gap before the present, so that a slow rise does not hide itself: EARS C2. Hutwagner,
  Thompson, Seeman, Treadwell, J. Urban Health 80 (2003), i89–i96.
- Worked days against worked days, the others against the others, and expectations scaled by what came in elsewhere
  at the same time, which takes season, holidays and a platform's outage out: Tokars et al., Emerging Infectious
  Diseases 15 (2009), 533–539.
- Past peaks weigh less (Anscombe residuals above 2.58), the limit is a quantile of the negative binomial
  distribution, and five signals in four weeks are the least for an alarm: Noufaily et al., Statistics in Medicine 32
  (2013), 1206–1222, and Farrington et al., J. R. Statist. Soc. A 159 (1996), 547–563.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Final, Literal

from libs.common.workdays import is_workday

Grain = Literal["day", "week"]
GRAINS: Final[Mapping[Grain, str]] = {"day": "按日", "week": "按周"}

REFERENCES: Final[Mapping[Grain, int]] = {"day": 28, "week": 26}  # comparable periods that are looked at
FEWEST: Final[Mapping[Grain, int]] = {"day": 14, "week": 12}  # with fewer there is no judgement
GAP: Final = 2  # periods between the references and the present (C2)
LIMIT: Final[Mapping[Grain, float]] = {"day": 0.0003, "week": 0.003}  # of so many or more by chance alone

LEAST_SIGNALS: Final = 5  # within LEAST_WITHIN; Farrington et al. 1996, section 3.7
LEAST_WITHIN: Final = timedelta(weeks=4)

# Complaints come in clusters (one firm, several workers), and few references understate it: the variance is taken to
# be at least this multiple of the mean.
LEAST_DISPERSION: Final = 1.5
_PEAK: Final = 2.58
_SHRINK: Final = 10.0  # signals elsewhere that count as "as usual": a handful elsewhere moves nothing
_FAR: Final = 10.0  # standard deviations below the mean at which a distribution begins
_NOTHING: Final = 1e-15
_LOOK_BACK: Final = 120  # days in which enough comparable days lie, also around Spring Festival

Counts = Mapping[date, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one count: expected and limit are numbers of signals; `chance` is P(as many or more)."""

    count: int
    expected: float
    limit: int
    chance: float
    references: int

    @property
    def outstanding(self) -> bool:
        """Whether the count reaches the limit."""
        return self.count >= self.limit


@lru_cache(maxsize=1024)
def monday_of(day: date) -> date:
    """The Monday of the week of `day`."""
    return day - timedelta(days=day.weekday())


def by_week(counts: Counts) -> dict[date, int]:
    """Counts by week, each under its Monday."""
    weeks: dict[date, int] = {}
    for day, number in counts.items():
        weeks[monday_of(day)] = weeks.get(monday_of(day), 0) + number
    return weeks


@lru_cache(maxsize=256)  # all counties and categories ask for the same ones
def references(grain: Grain, period: date, since: date) -> tuple[date, ...]:
    """The periods with which `period` is compared, latest first, none before `since`, the first day of all counts."""
    if grain == "week":
        first = monday_of(since + timedelta(days=6))  # a week cut by the beginning is no measure
        weeks = [period - timedelta(weeks=GAP + n) for n in range(1, REFERENCES[grain] + 1)]
        return tuple(week for week in weeks if week >= first)
    worked = is_workday(period)[0]
    days = (period - timedelta(days=GAP + n) for n in range(1, _LOOK_BACK + 1))
    return tuple(day for day in days if day >= since and is_workday(day)[0] == worked)[: REFERENCES[grain]]


def able_from(grain: Grain, since: date) -> date:
    """The first day on which there can be a judgement where counts begin with `since`: a working day, or a week."""
    period = since if grain == "day" else monday_of(since)
    step = timedelta(days=1 if grain == "day" else 7)
    while len(references(grain, period, since)) < FEWEST[grain]:
        period += step
    return period + step  # it is over then


def judge(grain: Grain, period: date, counts: Counts, elsewhere: Counts | None, since: date) -> Verdict | None:
    """The verdict on `counts[period]` (absent days or weeks are 0), or None while there is too little past.

    `counts` and `elsewhere` are by day or by Monday, as the grain says. `elsewhere`: the same category in the other
    counties, by which the expectation is scaled; None leaves it as it is.
    """
    compared = references(grain, period, since)
    if len(compared) < FEWEST[grain]:
        return None
    past = [counts.get(day, 0) for day in compared]
    level, dispersion = _level(past)
    factor, doubt = (1.0, 0.0) if elsewhere is None else _factor(period, compared, elsewhere)
    expected = level * factor
    variance = dispersion * expected + expected**2 * (dispersion / (level * len(past)) + doubt)
    tail = _Tail(expected, max(variance, expected))
    count = counts.get(period, 0)
    return Verdict(count, expected, tail.limit(LIMIT[grain]), tail.at_least(count), len(compared))


def enough(day: date, by_day: Counts) -> bool:
    """Whether the four weeks up to `day` hold enough signals for an alarm to be worth anybody's time."""
    recent = (by_day.get(day - timedelta(days=n), 0) for n in range(LEAST_WITHIN.days))
    return sum(recent) >= LEAST_SIGNALS


def _level(past: Sequence[int]) -> tuple[float, float]:
    """Mean and dispersion of past counts; the mean is never 0, since half a signal is added to the sum (Jeffreys).

    Past peaks weigh less in the mean, as Noufaily et al. do. The dispersion is taken of all counts, which widens the
    limits a little where there were peaks, and keeps them true where there were none.
    """
    size = len(past)
    mean = (sum(past) + 0.5) / size
    dispersion = max(LEAST_DISPERSION, sum((number - mean) ** 2 for number in past) / (size - 1) / mean)
    weights = [_weight(number, mean, dispersion, size) for number in past]
    whole = sum(weights)
    return (sum(w * number for w, number in zip(weights, past, strict=True)) + 0.5) / whole, dispersion


def _weight(number: int, mean: float, dispersion: float, size: int) -> float:
    residual = 1.5 * (number ** (2 / 3) * mean ** (-1 / 6) - mean**0.5) / math.sqrt(dispersion * (1 - 1 / size))
    return residual**-2 if residual > _PEAK else 1.0


def _factor(period: date, compared: Sequence[date], elsewhere: Counts) -> tuple[float, float]:
    """How much more than usual came in elsewhere, drawn towards 1 where little comes in, and its relative variance."""
    past = [elsewhere.get(day, 0) for day in compared]
    level, dispersion = _level(past)
    now = elsewhere.get(period, 0)
    return (now + _SHRINK) / (level + _SHRINK), dispersion * level / (level + _SHRINK) ** 2


class _Tail:
    """The negative binomial distribution with this mean and variance, or Poisson's if they agree, from far below on."""

    def __init__(self, mean: float, variance: float) -> None:
        wide = math.sqrt(variance)
        self._first = max(0, int(mean - _FAR * wide))
        size = mean**2 / (variance - mean) if variance > mean * (1 + 1e-9) else math.inf
        chances = [_chance(self._first, mean, size)]
        number = self._first
        while number <= mean or chances[-1] > _NOTHING:
            step = mean if size == math.inf else (size + number) * mean / (size + mean)
            number += 1
            chances.append(chances[-1] * step / number)
        self._tails = list(accumulate(reversed(chances)))[::-1]

    def at_least(self, number: int) -> float:
        """P(as many or more)."""
        place = number - self._first
        if place <= 0:
            return 1.0
        return min(1.0, self._tails[place]) if place < len(self._tails) else 0.0

    def limit(self, chance: float) -> int:
        """The least number, from 1, that is reached less often than `chance`."""
        return max(1, self._first + bisect_right(self._tails, -chance, key=lambda tail: -tail))


def _chance(number: int, mean: float, size: float) -> float:
    if size == math.inf:
        return math.exp(number * math.log(mean) - mean - math.lgamma(number + 1))
    head = math.lgamma(size + number) - math.lgamma(size) - math.lgamma(number + 1)
    return math.exp(head - size * math.log1p(mean / size) + number * math.log(mean / (size + mean)))


@dataclass(frozen=True, slots=True)
class Finding:
    """A count of one county and category that stands out, and the week by which it is one alarm."""

    county: str
    category: str
    grain: Grain
    period: date
    verdict: Verdict

    @property
    def week(self) -> date:
        """The Monday of the week."""
        return monday_of(self.period)


Series = Mapping[tuple[str, str], Counts]
"""Counts by day, by county and category."""

DAYS_AGAIN: Final = 7  # complete days judged each time, since orders come late
WEEKS_AGAIN: Final = 2


def survey(series: Series, today: date, since: date, city: str) -> list[Finding]:
    """What stands out in the last complete days and weeks before `today`: each county, and the city as a whole.

    A rise in all counties at once moves no county's expectation apart from the others', so the city's own sums are
    judged as they are.
    """
    whole: dict[str, dict[date, int]] = {}
    for (_, category), counts in series.items():
        sums = whole.setdefault(category, {})
        for day, number in counts.items():
            sums[day] = sums.get(day, 0) + number
    found: list[Finding] = []
    for (county, category), counts in sorted(series.items()):
        if county != city:
            rest = {day: number - counts.get(day, 0) for day, number in whole[category].items()}
            found += _stands_out(county, category, counts, rest, today, since)
    for category, counts in sorted(whole.items()):
        found += _stands_out(city, category, counts, None, today, since)
    return found


def _stands_out(
    county: str, category: str, counts: Counts, rest: Counts | None, today: date, since: date
) -> list[Finding]:
    days: list[tuple[Grain, date, date]] = [("day", day, day) for day in _days_before(today, DAYS_AGAIN)]
    this_week = monday_of(today)
    weeks: list[tuple[Grain, date, date]] = [
        ("week", this_week - timedelta(weeks=n), this_week - timedelta(weeks=n - 1, days=1))
        for n in range(WEEKS_AGAIN, 0, -1)
    ]
    weekly, weekly_rest = by_week(counts), None if rest is None else by_week(rest)
    found = []
    for grain, period, last in (*weeks, *days):
        mine, others = (counts, rest) if grain == "day" else (weekly, weekly_rest)
        if not mine.get(period, 0) or not enough(last, counts):
            continue
        verdict = judge(grain, period, mine, others, since)
        if verdict is not None and verdict.outstanding:
            found.append(Finding(county, category, grain, period, verdict))
    return found


def _days_before(today: date, number: int) -> list[date]:
    return [today - timedelta(days=n) for n in range(number, 0, -1)]
