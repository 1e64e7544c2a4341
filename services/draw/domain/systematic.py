"""Systematic sampling (等距抽样) as systems in use do it: kept as a warning, never used to draw.

The list is cut into steps of ⌊N/n⌋, one start is chosen in the first step, and n steps give one firm each. So there
are only ⌊N/n⌋ outcomes, and whoever stands behind place n·⌊N/n⌋ can never be drawn: up to half of the list.
"""

import math
from dataclasses import dataclass

from services.draw.domain.lottery import ticket
from services.draw.domain.seed import key

TRIALS = 100  # throw-away seeds with which our own draw is shown beside it


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both ways of drawing n of N; places count from 1."""

    pool: int
    drawn: int
    outcomes: tuple[tuple[int, ...], ...]  # every list that systematic sampling can give
    immune: tuple[int, ...]  # places that are in none of them
    ours: tuple[tuple[int, ...], ...]  # lists that tickets gave with throw-away seeds
    never: int  # places in none of `ours`
    digits: int  # how many decimal digits the number of possible lists has, C(N, n)


def systematic(pool: int, drawn: int) -> tuple[tuple[int, ...], ...]:
    """Return every list of places that systematic sampling of `drawn` out of `pool` can give."""
    step = pool // drawn
    return tuple(tuple(start + step * number for number in range(drawn)) for start in range(1, step + 1))


def by_ticket(pool: int, drawn: int, seed: bytes) -> tuple[int, ...]:
    """Return the places with the smallest tickets, in order of place."""
    own = key("subject", seed)
    places = sorted(range(1, pool + 1), key=lambda place: (ticket(own, str(place)), place))
    return tuple(sorted(places[:drawn]))


def compare(pool: int, drawn: int, trials: int = TRIALS) -> Comparison:
    """Draw `drawn` of `pool` both ways; the same every time, since the seeds are numbered."""
    outcomes = systematic(pool, drawn)
    reached = {place for outcome in outcomes for place in outcome}
    ours = tuple(by_ticket(pool, drawn, f"why {number}\n".encode()) for number in range(trials))
    ever = {place for outcome in ours for place in outcome}
    # The number of digits from logarithms: C(N, n) itself can't be printed, nor need it be.
    logarithm = math.lgamma(pool + 1) - math.lgamma(drawn + 1) - math.lgamma(pool - drawn + 1)
    immune = tuple(place for place in range(1, pool + 1) if place not in reached)
    digits = int(logarithm / math.log(10)) + 1
    return Comparison(pool, drawn, outcomes, immune, ours, pool - len(ever), digits)
