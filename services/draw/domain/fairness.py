"""The self-audit of past draws: who could be drawn, who was, and whether the difference is more than chance."""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from services.draw.domain.exact_tests import holm, hypergeometric, total
from services.draw.domain.pool import PoolRow

DIMENSIONS = ("county", "industry", "size")  # the class decides the ratio itself: nothing to test there
REST = "*"  # small groups together
SMALLEST = 20  # eligible firms, added up over the draws, that a group needs to be shown alone
SUSPICIOUS = 0.01  # a corrected p-value below this asks for an explanation


def group_of(dimension: str, row: PoolRow) -> str:
    """Return a row's group: county, industry letter (GB/T 4754) or size; "" is not known."""
    return row.industry[:1] if dimension == "industry" else str(getattr(row, dimension))


@dataclass(frozen=True, slots=True)
class StratumChance:
    """n eligible firms of a class, k drawn: each had exactly k/n."""

    stratum: str
    n: int
    k: int


@dataclass(frozen=True, slots=True)
class DrawSummary:
    """One finished draw as the audit shows it."""

    draw_id: str
    strata: tuple[StratumChance, ...]


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


class Tally:
    """Adds draws up, each once; what is kept grows with the firms, not with the draws."""

    def __init__(self) -> None:
        self.draws: dict[str, DrawSummary] = {}
        self._groups: dict[tuple[str, str], _Group] = {}
        self._place: dict[str, int] = {}  # firm → its place in the arrays below
        self._times = array("I")
        self._drawn = array("I")
        self._missed = array("d")  # probability of never having been drawn

    def add(self, summary: DrawSummary, pages: Iterable[Sequence[PoolRow]], drawn: frozenset[str]) -> None:
        """Count one draw from its open pages and the ids that were drawn."""
        if summary.draw_id in self.draws:
            return
        chance = {part.stratum: part for part in summary.strata if part.n}
        eligible: Counter[tuple[str, str, str]] = Counter()
        for page in pages:
            for row in page:
                part = chance.get(row.credit_class)
                if row.eligible != "1" or part is None:
                    continue
                own = row.id in drawn
                self._count_firm(row.id, part, own)
                for dimension in DIMENSIONS:
                    group = group_of(dimension, row)
                    eligible[dimension, group, row.credit_class] += 1
                    if own:
                        self._groups.setdefault((dimension, group), _Group()).drawn += 1
        for (dimension, group, stratum), size in eligible.items():
            part, kept = chance[stratum], self._groups.setdefault((dimension, group), _Group())
            kept.eligible += size
            kept.parts[summary.draw_id, stratum] = (part.n, size, part.k)
        self.draws[summary.draw_id] = summary

    def _count_firm(self, subject_id: str, part: StratumChance, drawn: bool) -> None:
        place = self._place.setdefault(subject_id, len(self._times))
        if place == len(self._times):
            self._times.append(0)
            self._drawn.append(0)
            self._missed.append(1.0)
        self._times[place] += 1
        self._drawn[place] += drawn
        self._missed[place] *= 1 - part.k / part.n

    @property
    def firms(self) -> int:
        """How many firms could be drawn at least once."""
        return len(self._place)

    def groups(self) -> list[GroupResult]:
        """Return every group's numbers, tested exactly and corrected for all tests together."""
        shown = [one for dimension in DIMENSIONS for one in self._merged(dimension)]
        chances = [total(hypergeometric(*part) for part in group.parts.values()) for _, _, group in shown]
        values = [
            chance.two_sided(group.drawn) if len(chance.chances) > 1 else 1.0
            for chance, (_, _, group) in zip(chances, shown, strict=True)
        ]
        return [
            GroupResult(dimension, name, group.eligible, chance.mean, group.drawn, p_value)
            for (dimension, name, group), chance, p_value in zip(shown, chances, holm(values), strict=True)
        ]

    def _merged(self, dimension: str) -> Iterator[tuple[str, str, _Group]]:
        """Yield the groups by name; small ones together, so that no single firm shows through."""
        few = _Group()
        for (of, name), group in sorted(self._groups.items()):
            if of != dimension:
                continue
            if group.eligible >= SMALLEST:
                yield dimension, name, group
            else:
                few.take(group)
        if few.eligible:
            yield dimension, REST, few

    def waiting(self) -> list[Waiting]:
        """Return how many firms were never drawn, by how often they could have been."""
        firms: Counter[int] = Counter()
        never: Counter[int] = Counter()
        spread: dict[int, float] = {}
        means: dict[int, float] = {}
        for times, drawn, missed in zip(self._times, self._drawn, self._missed, strict=True):
            firms[times] += 1
            never[times] += not drawn
            means[times] = means.get(times, 0.0) + missed
            spread[times] = spread.get(times, 0.0) + missed * (1 - missed)
        return [
            Waiting(times, firms[times], never[times], means[times], math.sqrt(spread[times]))
            for times in sorted(firms)
        ]
