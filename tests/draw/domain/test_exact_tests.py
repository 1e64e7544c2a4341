"""Exact distributions against whole numbers, and the audit against draws that are fair and draws that are not."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import product
from math import comb, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.draw.domain.exact_tests import holm, hypergeometric, total
from services.draw.domain.fairness import (
    REST,
    DrawTally,
    StratumChance,
    at_least_once,
    count_rows,
    groups,
    inclusion,
    joined,
)
from services.draw.domain.lottery import select
from services.draw.domain.pool import PoolRow
from services.draw.domain.seed import key
from tests.draw.domain.samples import QUOTA, rows


@st.composite
def urns(draw: st.DrawFn) -> tuple[int, int, int]:
    n = draw(st.integers(1, 60))
    return n, draw(st.integers(0, n)), draw(st.integers(0, n))


def exactly(n: int, group: int, k: int) -> dict[int, Fraction]:
    """The hypergeometric distribution in whole numbers."""
    found = {x: comb(group, x) * comb(n - group, k - x) for x in range(min(group, k) + 1)}
    return {x: Fraction(ways, comb(n, k)) for x, ways in found.items() if ways}


def two_sided(chances: dict[int, Fraction], observed: int) -> Fraction:
    return sum((chance for chance in chances.values() if chance <= chances[observed]), Fraction(0))


@given(urns())
def test_numbers_drawn_are_hypergeometric(urn: tuple[int, int, int]) -> None:
    expected = exactly(*urn)
    found = hypergeometric(*urn)
    told = {found.low + place: chance for place, chance in enumerate(found.chances)}
    assert all(isclose(told.get(x, 0.0), float(chance), abs_tol=1e-15) for x, chance in expected.items())
    assert isclose(found.mean, urn[2] * urn[1] / urn[0], abs_tol=1e-9)


@given(urns(), urns(), st.data())
def test_the_two_sided_value_of_a_sum_is_exact(
    one: tuple[int, int, int], other: tuple[int, int, int], data: st.DataObject
) -> None:
    both: dict[int, Fraction] = {}
    for (x, chance), (y, more) in product(exactly(*one).items(), exactly(*other).items()):
        both[x + y] = both.get(x + y, Fraction(0)) + chance * more
    observed = data.draw(st.sampled_from(sorted(both)))
    found = total([hypergeometric(*one), hypergeometric(*other)]).two_sided(observed)
    assert isclose(found, float(two_sided(both, observed)), rel_tol=1e-9, abs_tol=1e-12)


def test_fishers_lady_tasting_tea() -> None:
    """Fisher 1935: 3 of 4 cups right has a two-sided p of 34/70, 4 of 4 has 2/70."""
    cups = hypergeometric(8, 4, 4)
    assert isclose(cups.two_sided(3), 34 / 70)
    assert isclose(cups.two_sided(4), 2 / 70)


def test_a_pool_of_millions_is_no_matter() -> None:
    found = hypergeometric(10_000_000, 1_000_000, 200_000)
    assert isclose(found.mean, 20_000, rel_tol=1e-9)
    assert isclose(sum(found.chances), 1)


def test_several_tests_are_corrected_together() -> None:
    corrected = holm([0.01, 0.04, 0.03, 0.5])
    assert all(isclose(*pair) for pair in zip(corrected, [0.04, 0.09, 0.09, 0.5], strict=True))


def chances_of(pool: list[PoolRow]) -> tuple[StratumChance, ...]:
    counts: dict[str, int] = {}
    for row in pool:
        counts[row.credit_class] = counts.get(row.credit_class, 0) + (row.eligible == "1")
    return tuple(StratumChance(name, n, k) for name, n, k in QUOTA.strata(counts))


def audit(pool: list[PoolRow], lists: Iterable[frozenset[str]]) -> list[DrawTally]:
    """One pool drawn several times, counted in two portions."""
    strata = chances_of(pool)
    return [
        DrawTally(
            f"draw-{number}",
            strata,
            joined(count_rows(pool[:300], strata, drawn).counts, count_rows(pool[300:], strata, drawn).counts),
        )
        for number, drawn in enumerate(lists)
    ]


def drawn_by_lot(pool: list[PoolRow], number: int) -> frozenset[str]:
    counts: dict[str, int] = {}
    for row in pool:
        counts[row.credit_class] = counts.get(row.credit_class, 0) + (row.eligible == "1")
    seed = f"audit {number}\n".encode()
    return frozenset(each.id for each in select(pool, QUOTA.strata(counts), key("subject", seed)).selected)


@pytest.mark.article(5)
def test_fair_draws_are_not_suspicious() -> None:
    pool = rows(600)
    found = groups(audit(pool, [drawn_by_lot(pool, number) for number in range(12)]))
    assert {group.dimension for group in found} == {"county", "industry", "size"}
    assert not any(group.suspicious for group in found)
    for dimension in ("county", "industry", "size"):
        own = [group for group in found if group.dimension == dimension]
        assert isclose(sum(group.expected for group in own), sum(group.drawn for group in own), rel_tol=1e-6)


@pytest.mark.article(5)
def test_a_county_that_is_spared_is_found() -> None:
    pool = rows(600)
    spared = "410302"

    def unfair(number: int) -> frozenset[str]:
        honest = drawn_by_lot(pool, number)
        counties = {row.id: row.county for row in pool}
        kept = {each for each in honest if counties[each] != spared}
        free = (row.id for row in pool if row.eligible == "1" and row.county != spared and row.id not in honest)
        return frozenset(kept | {next(free) for _ in range(len(honest) - len(kept))})

    found = {group.group: group for group in groups(audit(pool, map(unfair, range(3))))}
    assert found[spared].suspicious
    assert found[spared].drawn == 0


def test_small_groups_are_shown_together() -> None:
    pool = [row._replace(county=f"4103{index % 40:02d}") for index, row in enumerate(rows(600))]
    found = [group for group in groups(audit(pool, [drawn_by_lot(pool, 0)])) if group.dimension == "county"]
    assert [group.group for group in found] == [REST]
    assert found[0].drawn == len(drawn_by_lot(pool, 0))


def test_portions_hold_who_was_drawn_and_what_chance_each_firm_had() -> None:
    pool = rows(300)
    strata = chances_of(pool)
    drawn = drawn_by_lot(pool, 0)
    portion = count_rows(pool, strata, drawn)
    assert {row.id for row in portion.drawn} == drawn
    assert {one for one, _, _ in portion.chances} == {row.id for row in pool if row.eligible == "1"}
    missed = {part.stratum: 1 - part.k / part.n for part in strata}
    told = {one: chance for one, _, chance in portion.chances}
    assert all(told[row.id] == missed[row.credit_class] for row in portion.drawn)


@pytest.mark.article(5, 6)
def test_a_firms_chance_is_exact_where_its_class_is_public_and_bounded_where_it_is_not() -> None:
    strata = (StratumChance("A", 100, 1), StratumChance("D", 100, 30))
    row = PoolRow("91410300MA00000001", "410311", "C30", "小", "", "D", "1")
    shown = inclusion("one", row, strata)
    assert (shown.low, shown.high, shown.exact) == (0.3, 0.3, True)
    hidden = inclusion("two", row._replace(credit_class="x" * 22, eligible="-"), strata)
    assert (hidden.low, hidden.high) == (0.0, 0.3)
    assert inclusion("three", None, strata).high == 0
    assert inclusion("four", row._replace(eligible="0"), strata).high == 0
    low, high = at_least_once([shown, hidden])
    assert isclose(low, 0.3)
    assert isclose(high, 1 - 0.7 * 0.7)


def test_any_number_of_distributions_has_a_total() -> None:
    assert total([]).mean == 0
    for number in range(1, 8):
        assert isclose(total([hypergeometric(10, 4, 3)] * number).mean, 1.2 * number)
