"""Exact distributions of how many of a group are drawn, and the two-sided test on them.

Drawing k of n without replacement makes the number drawn from a group of m hypergeometric (Fisher 1935); strata and
draws are independent, so their sum has the convolution of their distributions. The two-sided p-value adds up all
outcomes that are no likelier than the observed one (Freeman and Halton 1951). Several tests at once are corrected by
Holm (1979).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NEGLIGIBLE = 1e-18  # probabilities below this part of the largest are left out
TIE = 1 + 1e-9  # two probabilities this close are equal up to rounding


@dataclass(frozen=True, slots=True)
class Distribution:
    """Probabilities of `low`, `low` + 1, …; whatever is left out is negligible."""

    low: int
    chances: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The expected number."""
        return sum((self.low + place) * chance for place, chance in enumerate(self.chances))

    def two_sided(self, observed: int) -> float:
        """Return the probability of everything that is no likelier than `observed`."""
        place = observed - self.low
        seen = self.chances[place] if 0 <= place < len(self.chances) else 0.0
        return min(1.0, sum(chance for chance in self.chances if chance <= seen * TIE))


CERTAIN_NONE = Distribution(0, (1.0,))


def hypergeometric(n: int, group: int, k: int) -> Distribution:
    """Return how many of `group` are among `k` drawn of `n` without replacement.

    From the mode outwards by the ratio of neighbours: no factorial, so that a pool of millions is no matter.
    """
    lowest, highest = max(0, k - (n - group)), min(group, k)
    mode = min(max((k + 1) * (group + 1) // (n + 2), lowest), highest)
    up, down = [1.0], [1.0]
    for x in range(mode, highest):
        chance = up[-1] * (group - x) * (k - x) / ((x + 1) * (n - group - k + x + 1))
        if chance < NEGLIGIBLE:
            break
        up.append(chance)
    for x in range(mode, lowest, -1):
        chance = down[-1] * x * (n - group - k + x) / ((group - x + 1) * (k - x + 1))
        if chance < NEGLIGIBLE:
            break
        down.append(chance)
    weights = [*reversed(down), *up[1:]]
    return _normal(mode - len(down) + 1, weights)


def total(parts: Iterable[Distribution]) -> Distribution:
    """Return the distribution of the sum of independent numbers, added in pairs: wide ones only meet at the end."""
    layer = list(parts)
    while len(layer) > 1:
        pairs = [_plus(*layer[place : place + 2]) for place in range(0, len(layer) - 1, 2)]
        layer = pairs + layer[len(layer) // 2 * 2 :]
    return layer[0] if layer else CERTAIN_NONE


def _plus(one: Distribution, other: Distribution) -> Distribution:
    chances = [0.0] * (len(one.chances) + len(other.chances) - 1)
    for place, chance in enumerate(one.chances):
        for offset, more in enumerate(other.chances):
            chances[place + offset] += chance * more
    return _normal(one.low + other.low, chances)


def _normal(low: int, weights: Sequence[float]) -> Distribution:
    least = max(weights) * NEGLIGIBLE
    start = next(place for place, weight in enumerate(weights) if weight >= least)
    end = next(place for place in range(len(weights), 0, -1) if weights[place - 1] >= least)
    kept = weights[start:end]
    whole = sum(kept)
    return Distribution(low + start, tuple(weight / whole for weight in kept))


def holm(values: Sequence[float]) -> list[float]:
    """Return p-values corrected for being several (Holm 1979), in the given order."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    corrected = [0.0] * len(values)
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = largest
    return corrected
