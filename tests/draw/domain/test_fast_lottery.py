import hashlib
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.draw.domain import fast_lottery
from services.draw.domain.fast_lottery import bounds_of, select_pages
from services.draw.domain.lottery import PoolChanged, select
from services.draw.domain.pool import PAGE_ROWS, PoolRow

COUNTIES = ("410302", "410311")


@st.composite
def pools(draw: st.DrawFn) -> list[PoolRow]:
    size = draw(st.integers(0, 700))
    classes = draw(st.lists(st.sampled_from("ABCDU"), min_size=size, max_size=size))
    eligible = draw(st.lists(st.sampled_from("1110"), min_size=size, max_size=size))
    return [
        PoolRow(f"91410300{n:010d}", COUNTIES[n % 2], "C3011", "小", "有限责任公司", classes[n], eligible[n])
        for n in range(size)
    ]


def pages_of(rows: Sequence[PoolRow]) -> list[bytes]:
    return [b"".join(row.line for row in rows[start : start + PAGE_ROWS]) for start in range(0, len(rows), PAGE_ROWS)]


def strata_of(rows: Sequence[PoolRow], den: int) -> list[tuple[str, int, int]]:
    counts = Counter(row.credit_class for row in rows if row.eligible == "1")
    return [(name, counts[name], min(counts[name], -(-counts[name] // den))) for name in "ABCDU"]


@pytest.mark.article(5, 6)
@settings(max_examples=60, deadline=None)
@given(pools(), st.integers(1, 40), st.integers(0, 6), st.integers(0, 2**32))
def test_over_bytes_the_very_same_firms_are_drawn(rows: list[PoolRow], den: int, reserve: int, seed: int) -> None:
    key = hashlib.sha256(str(seed).encode()).hexdigest()[:32]
    strata = strata_of(rows, den)
    assert select_pages(pages_of(rows), strata, key, reserve=reserve) == select(rows, strata, key, reserve=reserve)


def test_a_bound_that_was_too_low_costs_time_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [PoolRow(f"91410300{n:010d}", "410302", "C3011", "小", "x", "ABCDU"[n % 5], "1") for n in range(900)]
    strata, key = strata_of(rows, 10), "ab" * 16
    monkeypatch.setattr(fast_lottery, "bounds_of", lambda *_: {name.encode(): bytes(32) for name in "ABCDU"})
    assert select_pages(pages_of(rows), strata, key) == select(rows, strata, key)


def test_a_bound_keeps_little_more_than_is_drawn() -> None:
    [(_, bound)] = bounds_of([("A", 1_000_000, 10_000)], 5).items()
    assert 0.010 < int.from_bytes(bound, "big") / 2**256 < 0.0115


def test_a_pool_with_one_row_more_or_less_is_refused() -> None:
    rows = [PoolRow(f"91410300{n:010d}", "410302", "C3011", "小", "x", "A", "1") for n in range(300)]
    for n in (299, 301):
        with pytest.raises(PoolChanged, match="分类 A"):
            select_pages(pages_of(rows), [("A", n, 10)], "ab" * 16)


def test_a_class_that_was_not_committed_is_refused() -> None:
    rows = [PoolRow(f"91410300{n:010d}", "410302", "C3011", "小", "x", "AB"[n % 2], "1") for n in range(300)]
    with pytest.raises(PoolChanged, match="分类 B"):
        select_pages(pages_of(rows), [("A", 150, 10)], "ab" * 16)
