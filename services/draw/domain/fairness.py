"""The self-audit of past draws: who could be drawn, who was, and whether the difference is more than chance."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from services.draw.domain.exact_tests import holm, hypergeometric, total
from services.draw.domain.pool import MASKED_ELIGIBLE, PoolRow

DIMENSIONS = ("county", "industry", "size")  # the class decides the ratio itself: nothing to test there
REST = "*"  # small groups together
SMALLEST = 20  # eligible firms, added up over the draws, that a group needs to be shown alone
SUSPICIOUS = 0.01  # a corrected p-value below this asks for an explanation


@dataclass(frozen=True, slots=True)
class StratumChance:
    """n eligible firms of a class, k drawn: each had exactly k/n."""

    stratum: str
    n: int
    k: int


Counts: TypeAlias = dict[tuple[str, str, str], tuple[int, int]]  # (dimension, group, class) → may be drawn, drawn


@dataclass(frozen=True, slots=True)
class DrawTally:
    """One finished draw, counted: its chances by class, and its groups."""

    draw_id: str
    strata: tuple[StratumChance, ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of a pool, counted: groups, what chance each firm had (id, drawn, probability of being missed)."""

    counts: Counts
    chances: tuple[tuple[str, bool, float], ...]
    drawn: tuple[PoolRow, ...]


def count_rows(rows: Iterable[PoolRow], strata: Iterable[StratumChance], drawn: Container[str]) -> Portion:
    """Count the rows of a pool that could be drawn; `drawn` says who was."""
    missed = {part.stratum: 1 - part.k / part.n for part in strata if part.n}
    kinds: Counter[tuple[str, str, str, str, bool]] = Counter()
    chances: list[tuple[str, bool, float]] = []
    taken: list[PoolRow] = []
    for row in rows:
        if row.eligible != "1" or row.credit_class not in missed:
            continue
        own = row.id in drawn
        kinds[row.county, row.industry[:1], row.size, row.credit_class, own] += 1
        chances.append((row.id, own, missed[row.credit_class]))
        if own:
            taken.append(row)
    counts: Counts = {}
    for (county, industry, size, credit_class, own), number in kinds.items():
        for dimension, group in zip(DIMENSIONS, (county, industry, size), strict=True):
            place = (dimension, group, credit_class)
            eligible, were = counts.get(place, (0, 0))
            counts[place] = (eligible + number, were + number * own)
    return Portion(counts, tuple(chances), tuple(taken))


def joined(one: Counts, other: Counts) -> Counts:
    """Return two parts of one draw together."""
    result = dict(one)
    for place, (eligible, drawn) in other.items():
        known = result.get(place, (0, 0))
        result[place] = (known[0] + eligible, known[1] + drawn)
    return result


@dataclass(frozen=True, slots=True)
class GroupResult:
    """A group over all draws: eligible firms, expected and real number drawn, corrected two-sided p-value."""

    dimension: str
    group: str
    eligible: int
    expected: float
    drawn: int
    p_value: float

    @property
    def suspicious(self) -> bool:
        """Say whether chance hardly explains the difference."""
        return self.p_value < SUSPICIOUS


@dataclass(frozen=True, slots=True)
class Waiting:
    """Firms that could be drawn `times` times: how many there are, and how many never were, really and expected."""

    times: int
    firms: int
    never: int
    expected: float
    deviation: float  # standard deviation of the number never drawn


@dataclass
class _Group:
    drawn: int = 0
    eligible: int = 0
    parts: dict[tuple[str, str], tuple[int, int, int]] = field(default_factory=dict)  # (draw, stratum) → n, own, k

    def take(self, other: "_Group") -> None:
        """Add another group of the same draws to this one."""
        self.drawn += other.drawn
        self.eligible += other.eligible
        for place, (n, own, k) in other.parts.items():
            self.parts[place] = (n, self.parts.get(place, (n, 0, k))[1] + own, k)


def groups(tallies: Iterable[DrawTally]) -> list[GroupResult]:
    """Return every group's numbers over all draws, tested exactly and corrected for all tests together."""
    shown = [one for dimension in DIMENSIONS for one in _merged(dimension, _grouped(tallies))]
    chances = [total(hypergeometric(*part) for part in group.parts.values()) for _, _, group in shown]
    values = [
        chance.two_sided(group.drawn) if len(chance.chances) > 1 else 1.0
        for chance, (_, _, group) in zip(chances, shown, strict=True)
    ]
    return [
        GroupResult(dimension, name, group.eligible, chance.mean, group.drawn, p_value)
        for (dimension, name, group), chance, p_value in zip(shown, chances, holm(values), strict=True)
    ]


def _grouped(tallies: Iterable[DrawTally]) -> dict[tuple[str, str], _Group]:
    found: dict[tuple[str, str], _Group] = {}
    for tally in tallies:
        chance = {part.stratum: part for part in tally.strata}
        for (dimension, name, stratum), (eligible, drawn) in tally.counts.items():
            group = found.setdefault((dimension, name), _Group())
            group.eligible += eligible
            group.drawn += drawn
            group.parts[tally.draw_id, stratum] = (chance[stratum].n, eligible, chance[stratum].k)
    return found


def _merged(dimension: str, found: Mapping[tuple[str, str], _Group]) -> Iterator[tuple[str, str, _Group]]:
    """Yield the groups by name; small ones together, so that no single firm shows through."""
    few = _Group()
    for (of, name), group in sorted(found.items()):
        if of != dimension:
            continue
        if group.eligible >= SMALLEST:
            yield dimension, name, group
        else:
            few.take(group)
    if few.eligible:
        yield dimension, REST, few


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The probability that chance gave a firm in one draw: exact, or the ends of what its hidden class allows."""

    draw_id: str
    low: float
    high: float

    @property
    def exact(self) -> bool:
        """Say whether nothing is hidden."""
        return self.low == self.high


def inclusion(draw_id: str, row: PoolRow | None, strata: Iterable[StratumChance]) -> Inclusion:
    """Return a firm's probability of being drawn from its published row; None is not in the pool."""
    chances = {part.stratum: part.k / part.n for part in strata if part.n}
    if row is None or row.eligible == "0":
        return Inclusion(draw_id, 0.0, 0.0)
    if row.eligible == MASKED_ELIGIBLE:
        # Neither class nor eligibility is shown: it may not have been drawable at all.
        return Inclusion(draw_id, 0.0, max(chances.values(), default=0.0))
    own = chances.get(row.credit_class, 0.0)
    return Inclusion(draw_id, own, own)


def at_least_once(inclusions: Iterable[Inclusion]) -> tuple[float, float]:
    """Return the ends of the probability of being drawn at least once: one minus the product of all (1 - p)."""
    low = high = 1.0
    for one in inclusions:
        low *= 1 - one.low
        high *= 1 - one.high
    return 1 - low, 1 - high
