"""Published detectors beside our own, as their papers have them: EARS C2 and C3, and Farrington flexible.

Each gives a score for a week: 1 at its own threshold, an alarm from there on.

- EARS C2, C3: Hutwagner, Thompson, Seeman, Treadwell, J. Urban Health 80 (2003), i89–i96. Seven periods two before the
  present; C2 alarms above 3 standard deviations, C3 above a sum of 2 over three periods. The standard deviation is at
  least 0.2, as in the CDC's program.
- Farrington flexible: Noufaily, Enki, Farrington, Garthwaite, Andrews, Charlett, Statistics in Medicine 32 (2013),
  1206–1222, with the settings of its section 4.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

Counts = Sequence[int]
"""One number a day or week, without gaps."""

_BASELINE: Final = 7
_GUARD: Final = 2
_LEAST_DEVIATION: Final = 0.2

YEARS: Final = 3  # that are compared; more than a new installation has
_HALF: Final = 3  # weeks on either side that are the season of this week
_SEASONS: Final = 10
_LEFT_OUT: Final = 26  # weeks before the present that are not compared
_YEAR: Final = 52
_PEAK: Final = 2.58
_CHANCE: Final = 0.005


def _deviations(counts: Counts, at: int) -> float:
    past = counts[at - _GUARD - _BASELINE : at - _GUARD]
    mean = sum(past) / _BASELINE
    spread = math.sqrt(sum((number - mean) ** 2 for number in past) / (_BASELINE - 1))
    return (counts[at] - mean) / max(spread, _LEAST_DEVIATION)


def c2(counts: Counts, at: int) -> float:
    """EARS C2: standard deviations above the mean, by 3."""
    return _deviations(counts, at) / 3


def c3(counts: Counts, at: int) -> float:
    """EARS C3: what three periods had above one standard deviation, by 2."""
    return sum(max(0.0, _deviations(counts, at - back) - 1) for back in range(3)) / 2


def by_day(score: Callable[[Counts, int], float]) -> Callable[[Counts, int], float]:
    """The highest score of the seven days of a week, `counts` being days."""
    return lambda counts, week: max(score(counts, 7 * week + day) for day in range(7))


def farrington(counts: Counts, at: int) -> float:
    """Farrington flexible on weeks: how far above the expected, 1 at the limit; 0 with less than five in four weeks."""
    if sum(counts[at - 3 : at + 1]) < 5:
        return 0.0
    weeks = range(at - YEARS * _YEAR - _HALF, at - _LEFT_OUT)
    rows = [(_season(week, at), (week - at) / _YEAR, counts[week]) for week in weeks]
    if not any(number for _, _, number in rows):
        return 0.0
    means, dispersion = _fit(rows, [1.0] * len(rows))
    means, dispersion = _fit(rows, _weights(rows, means, dispersion))
    # The present is of season 0; without the trend if it would lead beyond what has ever been seen.
    expected = means[-1]
    most = max(number for _, _, number in rows)
    if expected > most:
        now = [number for season, _, number in rows if season == 0]
        expected = max(sum(now) / len(now), 0.01)
    limit = _quantile(expected, dispersion)
    return (counts[at] - expected) / max(limit - expected, 1e-9)


def _season(week: int, at: int) -> int:
    """0 around this week in each year, then as many levels as the rest is cut into."""
    away = (week - at + _HALF) % _YEAR
    return 0 if away <= 2 * _HALF else 1 + (away - 2 * _HALF - 1) * (_SEASONS - 1) // (_YEAR - 2 * _HALF - 1)


def _fit(rows: Sequence[tuple[int, float, int]], weights: Sequence[float]) -> tuple[list[float], float]:
    """Quasi-Poisson means by season and trend (iterated least squares), the present's last, and the dispersion."""
    slope, size = _SEASONS, _SEASONS + 1  # one level a season, then the trend
    start = math.log(max(sum(n for _, _, n in rows) / len(rows), 0.1))
    found = [start] * _SEASONS + [0.0]
    for _ in range(12):
        matrix = [[1e-6 if row == column else 0.0 for column in range(size)] for row in range(size)]
        right = [1e-6 * value for value in found]
        for (season, time, number), weight in zip(rows, weights, strict=True):
            line = min(found[season] + found[slope] * time, 20.0)
            mean = max(math.exp(line), 1e-4)
            strength = weight * mean
            aim = strength * (line + (number - mean) / mean)
            matrix[season][season] += strength
            matrix[season][slope] += strength * time
            matrix[slope][slope] += strength * time * time
            right[season] += aim
            right[slope] += aim * time
        before, found = found, _solved(matrix, right, slope)
        if max(abs(a - b) for a, b in zip(before, found, strict=True)) < 1e-4:
            break
    means = [max(math.exp(min(found[season] + found[slope] * time, 20.0)), 1e-4) for season, time, _ in rows]
    excess = sum(w * (n - m) ** 2 / m for (_, _, n), m, w in zip(rows, means, weights, strict=True))
    free = sum(weight > 0 for weight in weights) - size
    return [*means, max(math.exp(min(found[0], 20.0)), 1e-4)], max(1.0, excess / free)


def _solved(matrix: list[list[float]], right: list[float], slope: int) -> list[float]:
    """The seasons are diagonal, so only the trend couples them."""
    seasons = range(slope)
    whole = matrix[slope][slope] - sum(matrix[s][slope] ** 2 / matrix[s][s] for s in seasons)
    trend = (right[slope] - sum(matrix[s][slope] * right[s] / matrix[s][s] for s in seasons)) / whole
    return [(right[s] - matrix[s][slope] * trend) / matrix[s][s] for s in seasons] + [trend]


def _weights(rows: Sequence[tuple[int, float, int]], means: Sequence[float], dispersion: float) -> list[float]:
    """Past peaks weigh less, by their Anscombe residuals."""
    found = []
    for (_, _, number), mean in zip(rows, means, strict=False):
        residual = 1.5 * (number ** (2 / 3) - mean ** (2 / 3)) / (mean ** (1 / 6) * math.sqrt(dispersion))
        found.append(residual**-2 if residual > _PEAK else 1.0)
    whole = len(found) / sum(found)
    return [weight * whole for weight in found]


def _quantile(mean: float, dispersion: float) -> int:
    """The least number that chance exceeds less often than in _CHANCE of all weeks (negative binomial)."""
    number, whole = 0, 0.0
    while number < 100_000:
        if dispersion <= 1 + 1e-9:
            chance = math.exp(number * math.log(mean) - mean - math.lgamma(number + 1))
        else:
            size = mean / (dispersion - 1)
            head = math.lgamma(size + number) - math.lgamma(size) - math.lgamma(number + 1)
            chance = math.exp(head - size * math.log(dispersion) + number * math.log(1 - 1 / dispersion))
        whole += chance
        if whole >= 1 - _CHANCE:
            break
        number += 1
    return number + 1
