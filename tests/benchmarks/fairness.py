"""Ten thousand seeds over one pool: whether every firm has its chance, and no two officers are thrown together."""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from multiprocessing import get_context
from os import cpu_count
from typing import NamedTuple, TypeAlias

from services.draw.domain.deal import deal
from services.draw.domain.lottery import Drawn, below, select
from services.draw.domain.pool import PoolRow
from services.draw.domain.ratios import DEFAULT_POLICY
from services.draw.domain.roster import Officer, Roster
from services.draw.domain.seed import key
from tests.benchmarks.chance import binomial_two_sided, chi_square_tail, corrected, normal_two_sided
from tests.benchmarks.measure import Line, Watch, apart

FIRMS, COUNTIES, OFFICERS_A_COUNTY, SEATS = 2_000, 4, 10, 2
ALARM = 1e-4  # a p-value below this is an alarm; each test raises a false one with this probability
SEEDS = 10_000
PORTION = 250

Pair: TypeAlias = tuple[str, str]
Lottery: TypeAlias = Callable[[Sequence[PoolRow], Sequence[tuple[str, int, int]], bytes], list[Drawn]]
Dealer: TypeAlias = Callable[[Sequence[Drawn], Roster, bytes], list[tuple[str, tuple[str, ...]]]]


def _number(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def _pick(weights: Mapping[str, int], mark: int) -> str:
    at = mark % sum(weights.values())
    for name, weight in weights.items():
        at -= weight
        if at < 0:
            return name
    raise AssertionError


class City(NamedTuple):
    """The pool, its strata and its officers: all officers of a county are alike, so that any difference is unfair."""

    rows: tuple[PoolRow, ...]
    strata: tuple[tuple[str, int, int], ...]
    roster: Roster


@lru_cache
def city(firms: int = FIRMS) -> City:
    """A city with uneven classes, counties, industries and sizes, in which each tenth firm may not be drawn."""
    counties = [f"4103{place:02d}" for place in range(2, 2 + COUNTIES)]
    rows = tuple(
        PoolRow(
            f"91410300{number:010d}",
            counties[_number(f"county {number}") % 7 % COUNTIES],
            _pick({"C": 30, "F": 25, "E": 15, "H": 10, "I": 10, "O": 10}, _number(f"industry {number}")) + "3011",
            _pick({"大": 1, "中": 4, "小": 35, "微": 60}, _number(f"size {number}")),
            "1100",
            _pick({"A": 20, "B": 50, "C": 8, "D": 2, "U": 20}, _number(f"class {number}")),
            "0" if _number(f"eligible {number}") % 10 == 0 else "1",
        )
        for number in range(firms)
    )
    eligible = Counter(row.credit_class for row in rows if row.eligible == "1")
    officers = tuple(
        Officer(f"{county}-{place:02d}", county, ("HR01",), 200, 0)
        for county in counties
        for place in range(OFFICERS_A_COUNTY)
    )
    return City(rows, tuple(DEFAULT_POLICY.quota.strata(eligible)), Roster(officers, ("HR01",)))


def by_ticket(rows: Sequence[PoolRow], strata: Sequence[tuple[str, int, int]], seed: bytes) -> list[Drawn]:
    """The draw as it is."""
    return list(select(rows, strata, key("subject", seed)).selected)


def by_rule(drawn: Sequence[Drawn], roster: Roster, seed: bytes) -> list[tuple[str, tuple[str, ...]]]:
    """The officers as they are dealt."""
    return list(deal(drawn, roster, SEATS, key("officer", seed)).assignments)


def by_steps(rows: Sequence[PoolRow], strata: Sequence[tuple[str, int, int]], seed: bytes) -> list[Drawn]:
    """A bad draw as systems in use make it: from a start drawn by chance, each ⌊n/k⌋-th firm of the list."""
    drawn = []
    for name, n, k in strata:
        able = [row for row in rows if row.eligible == "1" and row.credit_class == name]
        step = n // k if k else 1
        start = below(key("subject", seed), step)
        drawn += [Drawn("", row.id, name, row.county) for row in able[start::step][:k]]
    return drawn


def by_turns(drawn: Sequence[Drawn], roster: Roster, seed: bytes) -> list[tuple[str, tuple[str, ...]]]:
    """A bad deal: officers in the order of their list, two at a time, beginning with one drawn by chance."""
    there: dict[str, list[str]] = {}
    for officer in roster.officers:
        there.setdefault(officer.county, []).append(officer.number)
    turn = dict.fromkeys(there, below(key("officer", seed), OFFICERS_A_COUNTY // SEATS) * SEATS)
    teams = []
    for subject in drawn:
        own, at = there[subject.county], turn[subject.county]
        teams.append((subject.id, tuple(own[(at + seat) % len(own)] for seat in range(SEATS))))
        turn[subject.county] = at + SEATS
    return teams


@dataclass
class Tally:
    """What many seeds gave together; deviations are from what one seed's number of teams lets expect."""

    seeds: int = 0
    firms: Counter[str] = field(default_factory=Counter)
    pairs: Counter[Pair] = field(default_factory=Counter)
    loads: Counter[str] = field(default_factory=Counter)
    pair_squares: float = 0.0
    load_squares: float = 0.0

    def add(self, drawn: Iterable[Drawn], teams: Iterable[tuple[str, tuple[str, ...]]], county: dict[str, str]) -> None:
        """Count one seed's result; `county` is that of each firm."""
        self.seeds += 1
        self.firms.update(each.id for each in drawn)
        pairs: Counter[Pair] = Counter()
        loads: Counter[str] = Counter()
        visits: Counter[str] = Counter()
        for subject, team in teams:
            visits[county[subject]] += 1
            loads.update(team)
            pairs.update((one, other) for one, other in combinations(sorted(team), 2))
        # Σ(x - mean)² over a county's pairs (officers) is Σx² - (Σx)²/number.
        for number in visits.values():
            self.pair_squares -= number**2 / math.comb(OFFICERS_A_COUNTY, 2)
            self.load_squares -= (number * SEATS) ** 2 / OFFICERS_A_COUNTY
        self.pair_squares += sum(seen**2 for seen in pairs.values())
        self.load_squares += sum(seen**2 for seen in loads.values())
        self.pairs.update(pairs)
        self.loads.update(loads)

    def merge(self, other: "Tally") -> None:
        """Add what other seeds gave."""
        self.seeds += other.seeds
        self.firms.update(other.firms)
        self.pairs.update(other.pairs)
        self.loads.update(other.loads)
        self.pair_squares += other.pair_squares
        self.load_squares += other.load_squares


def simulate(start: int, stop: int, lottery: Lottery, dealer: Dealer, firms: int) -> Tally:
    """Draw and deal with the seeds numbered from `start` to below `stop`: the same on every machine."""
    place = city(firms)
    county = {row.id: row.county for row in place.rows}
    tally = Tally()
    for number in range(start, stop):
        seed = f"benchmark {number}\n".encode()
        drawn = lottery(place.rows, place.strata, seed)
        tally.add(drawn, dealer(drawn, place.roster, seed), county)
    return tally


def simulate_all(watch: Watch, seeds: int, lottery: Lottery, dealer: Dealer, firms: int) -> Tally:
    """The same on all cores."""
    tally = Tally()
    portions = [(start, min(start + PORTION, seeds)) for start in range(0, seeds, PORTION)]
    with watch, ProcessPoolExecutor(cpu_count(), mp_context=get_context("spawn")) as cores:
        for part in [cores.submit(simulate, *portion, lottery, dealer, firms) for portion in portions]:
            tally.merge(part.result())
    return tally


def inclusion(tally: Tally, place: City) -> float:
    """The p-value of all firms' counts together, and so of every firm's chance being k/n of its stratum.

    A stratum's k is fixed, hence its counts' covariance is S·p(1-p)·n/(n-1)·(I - J/n), and the sum of the squared
    deviations over S·p(1-p)·n/(n-1) is a chi-square with n - 1 degrees of freedom.
    """
    statistic, degrees = 0.0, 0
    for name, n, k in place.strata:
        if not 0 < k < n:
            continue
        p = k / n
        own = [row.id for row in place.rows if row.eligible == "1" and row.credit_class == name]
        squares = sum((tally.firms[uscc] - tally.seeds * p) ** 2 for uscc in own)
        statistic += squares / (tally.seeds * p * (1 - p) * n / (n - 1))
        degrees += n - 1
    return chi_square_tail(statistic, degrees)


def luckiest(tally: Tally, place: City) -> float:
    """The p-value of the firm furthest from its expectation: exactly binomial, corrected for the number of firms."""
    share = {name: k / n for name, n, k in place.strata if n}
    able = [row for row in place.rows if row.eligible == "1"]
    least = min(binomial_two_sided(tally.seeds, share[row.credit_class], tally.firms[row.id]) for row in able)
    return corrected(least, len(able))


def groups(tally: Tally, place: City, of: Callable[[PoolRow], str]) -> float:
    """The p-value of the group (county, industry) furthest from its expectation, corrected for their number.

    Of a stratum's k, a group's number is hypergeometric; strata and seeds are independent, so it nears a normal.
    """
    able = [row for row in place.rows if row.eligible == "1"]
    members = Counter((of(row), row.credit_class) for row in able)
    seen: Counter[str] = Counter()
    for row in able:
        seen[of(row)] += tally.firms[row.id]
    least = 1.0
    for group in seen:
        mean = variance = 0.0
        for name, n, k in place.strata:
            share = members[group, name] / n if n else 0.0
            mean += k * share
            variance += k * share * (1 - share) * (n - k) / (n - 1) if n > 1 else 0.0
        z = (seen[group] - tally.seeds * mean) / math.sqrt(tally.seeds * variance)
        least = min(least, normal_two_sided(z))
    return corrected(least, len(seen))


def favourites(tally: Tally, place: City) -> tuple[float, float]:
    """The p-values of the pair and of the officer furthest from the county's mean, corrected for their numbers.

    Officers of a county are alike, so all its pairs have one expectation and one variance, which is taken from the
    seeds themselves: a deal evens out, and its counts vary less than a multinomial would.
    """
    there: dict[str, list[str]] = {}
    for officer in place.roster.officers:
        there.setdefault(officer.county, []).append(officer.number)
    pairs = {county: list(combinations(sorted(own), 2)) for county, own in there.items()}
    return (
        _furthest([[tally.pairs[pair] for pair in own] for own in pairs.values()], tally.pair_squares),
        _furthest([[tally.loads[number] for number in own] for own in there.values()], tally.load_squares),
    )


def _furthest(counts: Sequence[Sequence[int]], squares: float) -> float:
    number = sum(len(own) for own in counts)
    deviation = math.sqrt(squares / number)  # √(seeds · variance of one seed)
    z = max(abs(seen - sum(own) / len(own)) for own in counts for seen in own) / deviation
    return corrected(normal_two_sided(z), number)


def p_values(tally: Tally, firms: int = FIRMS) -> dict[str, float]:
    """Every test's p-value by its name."""
    place = city(firms)
    pair, load = favourites(tally, place)
    return {
        "各户入选机会均等 every firm has its stratum's k/n (χ²)": inclusion(tally, place),
        "最走运或最倒霉的一户 the firm furthest from it (exact binomial)": luckiest(tally, place),
        "各县区 the county furthest from it": groups(tally, place, lambda row: row.county),
        "各行业 the industry furthest from it": groups(tally, place, lambda row: row.industry[:1]),
        "各规模 the scale furthest from it": groups(tally, place, lambda row: row.size),
        "人员组合无偏向 the pair of officers furthest from its county's mean": pair,
        "人员任务量均等 the officer furthest from the county's mean": load,
    }


def lines(seeds: int = SEEDS, firms: int = FIRMS) -> list[Line]:
    """The tests on what the service does, and the same tests on two bad ways, which they must find."""
    good = apart(simulate_all, seeds, by_ticket, by_rule, firms)
    bad = apart(simulate_all, min(seeds, 1_000), by_steps, by_turns, firms)
    found = [Line(f"{seeds:,} 个种子，抽取并派人 draws with teams", firms, good.seconds, good.peak_mib,
                  goals=(("s", "≤", 90),) if seeds == SEEDS else ())]  # fmt: skip
    for name, p in p_values(good.value, firms).items():
        found.append(Line(name, firms, p=p, goals=(("p", "≥", ALARM),)))
    for name, p in p_values(bad.value, firms).items():
        if name.startswith(("各户", "人员组合")):
            found.append(Line(f"对照，应被发现 control, to be found: {name}", firms, p=p, goals=(("p", "<", ALARM),),
                              note="等距抽样、轮流派人 every ⌊n/k⌋-th firm, officers by turns"))  # fmt: skip
    return found
