"""Tickets and selection: golden values, and the same result as a naive sort."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.draw.domain.lottery import PoolChanged, below, select, ticket, weighted_ticket
from services.draw.domain.pool import PoolRow
from services.draw.domain.ratios import DEFAULT_POLICY
from tests.draw.domain.samples import QUOTA, rows

KEY = "0123456789abcdef0123456789abcdef"
FIRM = "91110875000022L9J2"


def _strata(pool: list[PoolRow]) -> tuple[tuple[str, int, int], ...]:
    counts: dict[str, int] = {}
    for each in pool:
        counts[each.credit_class] = counts.get(each.credit_class, 0) + (each.eligible == "1")
    return QUOTA.strata(counts)


def test_the_golden_tickets_and_integers_come_out() -> None:
    assert ticket(KEY, FIRM) == "ddf46fcb55a1dc213520d7a5830173e6c8bb54359dceafe15a644d04a22976bd"
    assert weighted_ticket(KEY, FIRM, 3) == "078d4e65f9372aef549e7ff07c178bef34cc664ebd6425b63d08c26e62744086"
    assert below(KEY, 1000) == 725
    assert below(KEY, 7) == 5


@given(st.integers(1, 10**9), st.text("0123456789abcdef", min_size=32, max_size=32))
def test_an_integer_lies_below_its_bound(n: int, key: str) -> None:
    assert 0 <= below(key, n) < n


@pytest.mark.article(5)
def test_a_block_above_the_largest_multiple_is_thrown_again() -> None:
    bound = 2**255 + 1  # the largest multiple is the bound itself, so about half of all blocks are refused
    blocks = [int(hashlib.sha256(f"{KEY}|{number}".encode()).hexdigest(), 16) for number in range(64)]
    assert below(KEY, bound) == next(block for block in blocks if block < bound)


@pytest.mark.article(2, 5, 6)
@given(st.integers(0, 500), st.text("0123456789abcdef", min_size=32, max_size=32), st.integers(0, 5))
def test_selection_is_a_naive_sort_of_each_class(count: int, key: str, reserve: int) -> None:
    pool = rows(count)
    found = select(iter(pool), _strata(pool), key, reserve=reserve)
    expected = []
    for result in found.strata:
        tickets = sorted(
            (hashlib.sha256(f"{key}|{each.id}".encode()).hexdigest(), each.id)
            for each in pool
            if each.credit_class == result.stratum and each.eligible == "1"
        )
        drawn = tickets[: result.k]
        expected += [(number, identity, result.stratum) for number, identity in drawn]
        assert result.n == len(tickets)
        assert result.threshold == (drawn[-1][0] if drawn else None)
        following = tickets[result.k : result.k + reserve] if result.k else []
        assert result.reserve == tuple((identity, number) for number, identity in following)
    assert [drawn[:3] for drawn in found.selected] == sorted(expected)


@pytest.mark.article(5)
def test_a_firm_keeps_its_ticket_when_others_join_or_leave() -> None:
    pool = rows(400)
    full = {drawn.id: drawn.ticket for drawn in select(pool, _strata(pool), KEY).selected}
    fewer = pool[: len(pool) // 2]
    for drawn in select(fewer, _strata(fewer), KEY).selected:
        assert full.get(drawn.id, drawn.ticket) == drawn.ticket


@pytest.mark.article(2)
def test_every_firm_is_drawn_about_as_often_as_its_ratio_says() -> None:
    pool = [each._replace(credit_class="C", eligible="1") for each in rows(60)]
    strata = (("C", 60, 6),)
    times = dict.fromkeys((each.id for each in pool), 0)
    for trial in range(1000):
        for drawn in select(pool, strata, f"{trial:032x}").selected:
            times[drawn.id] += 1
    # 1000 draws at 1/10: mean 100, standard deviation 9.5; five deviations hold for all 60 firms.
    assert all(52 <= count <= 148 for count in times.values())


def test_a_pool_that_changed_after_the_commitment_is_not_drawn_from() -> None:
    pool = rows(100)
    strata = _strata(pool)
    with pytest.raises(PoolChanged, match="承诺"):
        select(pool[:-2], strata, KEY)
    with pytest.raises(PoolChanged, match="没有的分类"):
        select(pool, [part for part in strata if part[0] != "D"], KEY)


def test_a_class_without_a_quota_is_never_drawn() -> None:
    pool = [each._replace(credit_class="A", eligible="1") for each in rows(10)]
    found = select(pool, (("A", 10, 0),), KEY, reserve=3)
    assert found.selected == ()
    assert found.strata[0].threshold is None
    assert DEFAULT_POLICY.quota.of("A", 10) == 1
