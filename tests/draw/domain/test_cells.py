"""Drawing evenly over cells: everybody's chance is exact, each cell gets its share, both ways agree."""

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.draw.domain.cell_lottery import select_cells_pages
from services.draw.domain.cells import CellsInvalid, cell_of, check_cells, positions, select_cells
from services.draw.domain.lottery import PoolChanged, ticket
from services.draw.domain.pool import Freezing, PoolRow
from tests.draw.domain.samples import KEY

SYSTEMATIC = "fedcba9876543210fedcba9876543210"


@pytest.mark.article(5)
@pytest.mark.parametrize(("n", "k"), [(n, k) for n in range(1, 15) for k in range(1, n + 1)])
def test_over_all_starts_everybody_is_drawn_exactly_k_times_of_n(n: int, k: int) -> None:
    times = Counter(place for u in range(n) for place in positions(u, n, k))
    assert times == dict.fromkeys(range(n), k)


@pytest.mark.parametrize(("n", "k"), [(40, 13), (17, 5), (31, 30), (12, 12)])
def test_every_stretch_of_the_list_gets_its_share_to_within_one(n: int, k: int) -> None:
    for u in range(n):
        drawn = set(positions(u, n, k))
        assert len(drawn) == k
        before = [sum(place < end for place in drawn) for end in range(n + 1)]
        assert all(
            abs(before[end] - before[begin] - (end - begin) * k / n) < 1
            for begin in range(n)
            for end in range(begin + 1, n + 1)
        )


COUNTIES, SIZES, INDUSTRIES = ("410302", "410311", "410381"), ("", "大", "微"), ("C3011", "I6520")


@st.composite
def pools(draw: st.DrawFn) -> list[PoolRow]:
    count = draw(st.integers(1, 60))
    return [
        PoolRow(
            f"9141{place:014d}",
            draw(st.sampled_from(COUNTIES)),
            draw(st.sampled_from(INDUSTRIES)),
            draw(st.sampled_from(SIZES)),
            "有限责任公司",
            draw(st.sampled_from("ABU")),
            draw(st.sampled_from("0111")),
        )
        for place in range(count)
    ]


def strata_of(pool: Iterable[PoolRow], share: int) -> list[tuple[str, int, int]]:
    eligible = Counter(row.credit_class for row in pool if row.eligible == "1")
    return [(name, eligible[name], -(-eligible[name] * share // 10)) for name in "ABU"]


CELLS = st.lists(st.sampled_from(["county", "industry", "size", "type"]), min_size=1, unique=True).map(check_cells)


@pytest.mark.article(5, 8)
@given(pools(), CELLS, st.integers(0, 10))
def test_the_pages_give_what_the_oracle_gives(pool: list[PoolRow], cells: tuple[str, ...], share: int) -> None:
    strata = strata_of(pool, share)
    pages = list(Freezing().pages(pool))
    expected = select_cells(pool, strata, cells, KEY, SYSTEMATIC)
    assert select_cells_pages(lambda: pages, strata, cells, KEY, SYSTEMATIC) == expected
    assert len(expected.selected) == sum(k for _, _, k in strata)
    assert len({drawn.id for drawn in expected.selected}) == len(expected.selected)
    assert all(one.threshold is None and one.reserve == () for one in expected.strata)


@pytest.mark.article(5, 8)
@given(pools(), CELLS, st.integers(0, 10))
def test_each_cell_gets_its_share_to_within_one(pool: list[PoolRow], cells: tuple[str, ...], share: int) -> None:
    strata = strata_of(pool, share)
    drawn = {one.id for one in select_cells(pool, strata, cells, KEY, SYSTEMATIC).selected}
    for name, n, k in strata:
        here = [row for row in pool if row.credit_class == name and row.eligible == "1"]
        for cell, size in Counter(cell_of(row, cells) for row in here).items():
            got = sum(row.id in drawn for row in here if cell_of(row, cells) == cell)
            assert abs(got - size * k / n) < 1


def test_inside_a_cell_the_tickets_order() -> None:
    """By hand: one cell, four firms, two drawn: places ⌊u/2⌋ and ⌊(u + 4)/2⌋ of the ticket order."""
    pool = [PoolRow(f"9141{place:014d}", "410311", "C30", "小", "", "B", "1") for place in range(4)]
    ordered = sorted(ticket(KEY, row.id) for row in pool)
    [first, second] = [one.ticket for one in select_cells(pool, [("B", 4, 2)], ("county",), KEY, SYSTEMATIC).selected]
    assert (ordered.index(first), ordered.index(second)) in {(0, 2), (1, 3)}


def test_a_pool_that_is_not_the_committed_one_is_refused_both_ways() -> None:
    pool = [PoolRow(f"9141{place:014d}", "410311", "C30", "小", "", "B", "1") for place in range(4)]
    pages = list(Freezing().pages(pool))
    for strata in ([("B", 5, 2)], [("A", 0, 0), ("C", 0, 0)]):
        with pytest.raises(PoolChanged):
            select_cells(pool, strata, ("county",), KEY, SYSTEMATIC)
        with pytest.raises(PoolChanged):
            select_cells_pages(lambda: pages, strata, ("county",), KEY, SYSTEMATIC)


@pytest.mark.article(8)
@pytest.mark.parametrize("cells", [("class",), ("id",), ("county", "county")])
def test_a_draw_is_spread_over_nothing_else(cells: tuple[str, ...]) -> None:
    with pytest.raises(CellsInvalid, match="细则第八条"):
        check_cells(cells)
