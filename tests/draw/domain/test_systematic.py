"""Why we do not draw as others do: the tail of the list of a systematic sample is immune, ours is not."""

import pytest

from services.draw.domain.systematic import compare, systematic


@pytest.mark.article(5)
@pytest.mark.parametrize(
    ("pool", "drawn", "outcomes", "immune"), [(299, 100, 2, 99), (17_999, 6_000, 2, 5_999), (199, 100, 1, 99)]
)
def test_systematic_sampling_leaves_the_tail_of_the_list_immune(
    pool: int, drawn: int, outcomes: int, immune: int
) -> None:
    found = compare(pool, drawn, trials=1)
    assert len(found.outcomes) == outcomes
    assert found.immune == tuple(range(pool - immune + 1, pool + 1))
    assert all(len(set(outcome)) == drawn for outcome in found.outcomes)


def test_a_third_of_the_short_list_is_immune() -> None:
    found = compare(299, 100)
    assert round(100 * len(found.immune) / found.pool) == 33
    assert found.digits == 82  # C(299, 100) is about 10^81


@pytest.mark.article(5)
def test_tickets_reach_everybody() -> None:
    found = compare(299, 100)
    assert found.never == 0
    assert len(set(found.ours)) == len(found.ours)
    assert all(len(one) == 100 for one in found.ours)
    assert found.ours == compare(299, 100).ours


def test_only_a_list_that_divides_evenly_leaves_nobody_out() -> None:
    assert set().union(*systematic(300, 100)) == set(range(1, 301))
