"""Draws imagined from a pool's counts alone: as likely, county by county, as real ones, without reading the pool.

Tickets are uniform, so a real draw takes every set of k of a stratum's n subjects with the same chance. Where those k
stand is thus known from how many stand where; only who is recused must be known by name.
"""

import hashlib
import math
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate

from services.draw.domain.lottery import Drawn, Selection, below
from services.draw.domain.pool import PoolRow

Counts = Mapping[str, Mapping[str, int]]  # county → class → subjects that may be drawn

SIGMAS = 8  # what a county is asked for exceeds its mean by so many standard deviations once in 10^15 draws


def imagine(
    by_county: Counts, strata: Sequence[tuple[str, int, int]], recused: Collection[PoolRow], key: str
) -> Selection:
    """Draw k of n places in every stratum (stratum, n, k); places of recused subjects bear their names."""
    drawn: list[Drawn] = []
    for name, _, k in strata:
        counties = [county for county in sorted(by_county) if by_county[county].get(name)]
        ends = list(accumulate(by_county[county][name] for county in counties))
        named = {
            county: [row.id for row in recused if (row.county, row.credit_class, row.eligible) == (county, name, "1")]
            for county in counties
        }
        for place in _places(f"{key}|{name}", ends[-1] if ends else 0, k):
            which = bisect_right(ends, place)
            county = counties[which]
            within = place - (ends[which - 1] if which else 0)
            known = named[county]
            subject = known[within] if within < len(known) else f"{county}-{name}-{within}"
            drawn.append(Drawn(hashlib.sha256(f"{key}|{subject}".encode()).hexdigest(), subject, name, county))
    return Selection((), tuple(sorted(drawn)))


def _places(key: str, n: int, k: int) -> set[int]:
    """A set of k of the numbers below n, each set with the same chance (Floyd's method)."""
    chosen: set[int] = set()
    for last in range(n - min(k, n), n):
        place = below(f"{key}|{last}", last + 1)
        chosen.add(last if place in chosen else place)
    return chosen


def most_likely(by_county: Counts, strata: Sequence[tuple[str, int, int]]) -> dict[str, int]:
    """How many subjects a county gets at most in any draw but one of 10^15: 8 standard deviations above the mean."""
    most = {}
    for county, classes in sorted(by_county.items()):
        mean = variance = 0.0
        bound = 0
        for name, n, k in strata:
            here = classes.get(name, 0)
            if not here or not k:
                continue
            bound += min(here, k)
            share = here / n
            mean += k * share
            variance += k * share * (1 - share) * (n - k) / max(n - 1, 1)
        most[county] = min(bound, math.ceil(mean + SIGMAS * math.sqrt(variance)))
    return most
