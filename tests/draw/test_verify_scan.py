"""verify.py scans a pool by columns where it can and row by row where it must: nobody can tell which it was."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.draw.public import verify

KEY = "5a" * 32
HALF = "80" + "00" * 31
SOUND = ("410302", "R9051", "micro", "100", "A", "1")
# One cell after the other that a pool must not have, in the order of the columns, and rows that are no rows.
FAULTY = (
    ("91410300MA001", *SOUND[:5], "2"),
    ("91410300MA001", *SOUND[:4], "E", "1"),
    ("91410300MA001", "41030", *SOUND[1:]),
    ("91410300MA001", "510302", *SOUND[1:]),
    ("91410300ma001", *SOUND),
    ("short", *SOUND),
    ("91410300MA001", *SOUND, "91410300MA002"),
    ("91410300MA001", "410302", "1"),
)
masks = st.text("abcXYZ0189_-", min_size=22, max_size=22)


def rows(sound: st.SearchStrategy[tuple[str, ...]]) -> st.SearchStrategy[list[str]]:
    ids = st.integers(0, 10**6).map("91410300{:09d}".format)
    good = st.lists(st.tuples(ids, sound), max_size=12, unique_by=lambda row: row[0]).map(
        lambda found: ["\t".join((name, *rest)) for name, rest in sorted(found)]
    )
    return st.tuples(good, st.lists(st.sampled_from(FAULTY), max_size=1), st.randoms()).map(
        lambda made: _put_in(made[0], ["\t".join(row) for row in made[1]], made[2])
    )


def _put_in(good: list[str], faulty: list[str], random: Any) -> list[str]:
    place = random.randint(0, len(good))
    return good[:place] + faulty + good[place:]


def scan(lines: list[str], masked: bool, without: list[str], quick: bool) -> dict[str, Any]:
    commit = {
        "rule": {"filter": [{"col": "county", "prefix": ["41"]}, {"col": "class", "in": ["A", "B"]}], "strata": {}},
        "strata": [["A", 1, 1], ["B", 1, 1]],
        "replaces": {"without": without},
    }
    found = verify.Scan(commit, {"A": HALF}, masked, {lines[0].partition("\t")[0]} if lines else set())
    if not quick:
        found.quickly = lambda *_: False  # type: ignore[method-assign]
    found.run(lines, KEY)
    return vars(found) | {"quickly": None}


@pytest.mark.parametrize("part", [1, 3, 65_536])
@given(data=st.data(), masked=st.booleans())
def test_columns_and_rows_tell_the_same_of_a_pool(part: int, data: st.DataObject, masked: bool) -> None:
    before = verify.SCANNED_ROWS
    open_row = st.tuples(*map(st.sampled_from, (("410302", "410303"), "RC", "1m", "12", "AB", "01")))
    masked_row = st.tuples(st.just("410302"), st.just("R9051"), st.just("micro"), st.just("100"), masks, st.just("-"))
    lines = data.draw(rows(masked_row if masked else open_row))
    without = data.draw(st.lists(st.sampled_from([line.partition("\t")[0] for line in lines] or ["none"]), max_size=1))
    verify.SCANNED_ROWS = part
    try:
        assert scan(lines, masked, without, quick=True) == scan(lines, masked, without, quick=False)
    finally:
        verify.SCANNED_ROWS = before


def test_a_sound_pool_is_scanned_by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify.Scan, "row_by_row", None)
    found = scan(["\t".join(("91410300MA001", *SOUND)), "\t".join(("91410300MA002", *SOUND))], False, [], quick=True)
    assert found["counts"] == {"A": 2, "B": 0}
