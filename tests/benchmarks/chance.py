"""How likely a count is if chance alone decides: the tails of chi-square, normal and binomial distributions."""

import math
from collections.abc import Iterable

SMALL = 1e-15
ROUNDS = 10_000


def chi_square_tail(statistic: float, degrees: int) -> float:
    """The probability of a chi-square of `degrees` degrees of freedom at or above `statistic`.

    The regularised incomplete gamma function, by its series or its continued fraction (Lentz), whichever is quick.
    """
    a, x = degrees / 2, statistic / 2
    if x <= 0:
        return 1.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        return max(0.0, 1 - front * _series(a, x))
    return min(1.0, front * _fraction(a, x))


def _series(a: float, x: float) -> float:
    term = whole = 1 / a
    for step in range(1, ROUNDS):
        term *= x / (a + step)
        whole += term
        if term < whole * SMALL:
            break
    return whole


def _fraction(a: float, x: float) -> float:
    b = x + 1 - a
    c, d = 1e300, 1 / b
    found = d
    for step in range(1, ROUNDS):
        factor = -step * (step - a)
        b += 2
        d = 1 / (factor * d + b)
        c = b + factor / c
        found *= c * d
        if abs(c * d - 1) < SMALL:
            break
    return found


def normal_two_sided(z: float) -> float:
    """The probability that a standard normal number is at least as far from 0 as `z`."""
    return math.erfc(abs(z) / math.sqrt(2))


def binomial_two_sided(trials: int, p: float, seen: int) -> float:
    """Twice the smaller tail of a binomial distribution, `seen` included, at most 1: exact up to rounding."""
    if p in {0.0, 1.0}:
        return 1.0 if seen == trials * p else 0.0
    return min(1.0, 2 * min(_tail(trials, p, range(seen, -1, -1)), _tail(trials, p, range(seen, trials + 1))))


def _tail(trials: int, p: float, outcomes: Iterable[int]) -> float:
    whole = 0.0
    for number in outcomes:
        logarithm = math.lgamma(trials + 1) - math.lgamma(number + 1) - math.lgamma(trials - number + 1)
        chance = math.exp(logarithm + number * math.log(p) + (trials - number) * math.log1p(-p))
        whole += chance
        # Beyond the mode every further outcome is less likely, so the rest is soon nothing.
        if chance < whole * SMALL:
            break
    return whole


def corrected(least: float, tests: int) -> float:
    """The smallest of several p-values, corrected for their number (Bonferroni)."""
    return min(1.0, least * tests)
