"""Draws imagined from counts are as likely as real ones, and what is reckoned by county holds for every deal."""

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.draw.domain.deal import deal
from services.draw.domain.imagined import imagine, most_likely
from services.draw.domain.lottery import Drawn
from services.draw.domain.pool import PoolRow
from services.draw.domain.rehearsal import gaps_beyond_doubt, recused_everywhere
from services.draw.domain.roster import Officer, OpenPool, RaiseCap, Roster

COUNTS = {"410302": {"A": 30, "B": 5}, "410311": {"A": 70}}
STRATA = [("A", 100, 20), ("B", 5, 5)]


@pytest.mark.article(5, 6)
def test_every_class_gets_its_number_and_every_county_its_share() -> None:
    seen: Counter[str] = Counter()
    for number in range(400):
        drawn = imagine(COUNTS, STRATA, (), f"{number:032x}").selected
        assert Counter(one.stratum for one in drawn) == {"A": 20, "B": 5}
        assert len({one.id for one in drawn}) == 25
        seen.update(one.county for one in drawn if one.stratum == "A")
    # 8 000 drawn, 30 % of them in the first county: three standard deviations are 1.4 %.
    assert abs(seen["410302"] / 8_000 - 0.3) < 0.015


def test_a_recused_firm_is_drawn_under_its_own_name_as_often_as_any_other() -> None:
    recused = [PoolRow("91410302MA00000001", "410302", "C", "小", "x", "A", "1")]
    found = sum(
        any(one.id == recused[0].id for one in imagine(COUNTS, STRATA, recused, f"{number:032x}").selected)
        for number in range(400)
    )
    assert abs(found / 400 - 0.2) < 0.08


def test_a_county_gets_at_most_what_is_likely_and_never_more_than_it_has() -> None:
    most = most_likely({"410302": {"A": 5_000}, "410311": {"A": 995_000}}, [("A", 1_000_000, 100_000)])
    assert 500 < most["410302"] < 680
    assert most_likely({"410302": {"A": 3}, "410311": {"A": 97}}, [("A", 100, 50)])["410302"] == 3


@st.composite
def crews(draw: st.DrawFn) -> tuple[dict[str, int], Roster]:
    most = {county: draw(st.integers(0, 6)) for county in ("410302", "410311")}
    officers = tuple(
        Officer(
            f"o{place}", draw(st.sampled_from(["410302", "410311", "410300"])), ("HR01",), draw(st.integers(0, 3)), 0
        )
        for place in range(draw(st.integers(0, 9)))
    )
    return most, Roster(officers, ("HR01",), frozenset(), (RaiseCap(1), OpenPool("410300")))


# One officer with much room and one with little can't make two teams, although there is room enough.
CITY_OF_TWO = Roster(
    (Officer("o1", "410300", ("HR01",), 3, 0), Officer("o2", "410300", ("HR01",), 0, 0)),
    ("HR01",),
    frozenset(),
    (RaiseCap(1), OpenPool("410300")),
)


@pytest.mark.article(10)
@settings(max_examples=400, deadline=None)
@given(crews())
@example(({"410302": 1, "410311": 1}, CITY_OF_TWO))
def test_without_a_gap_every_draw_within_the_numbers_is_staffed(crew: tuple[dict[str, int], Roster]) -> None:
    most, roster = crew
    if gaps_beyond_doubt(most, roster, 2):
        return
    drawn = [
        Drawn(f"{place:064x}", f"91{county}{place:06d}", "A", county)
        for county, k in most.items()
        for place in range(k)
    ]
    assert len(deal(drawn, roster, 2, "ab" * 16).assignments) == len(drawn)


def test_room_that_no_team_can_use_is_a_gap() -> None:
    [gap] = gaps_beyond_doubt({"410302": 1, "410311": 1}, CITY_OF_TWO, 2)
    assert (gap.county, gap.seats_needed, gap.seats_available) == ("410311", 2, 1)
    assert gap.sentence.startswith("洛龙区最多抽中 1 户")


@pytest.mark.article(5, 10)
def test_a_firm_that_too_many_are_recused_for_is_named_before_the_commitment() -> None:
    officers = tuple(Officer(f"o{place}", "410302", ("HR01",), 9, 0) for place in range(3))
    row = PoolRow("91410302MA00000001", "410302", "C", "小", "x", "A", "1")
    recusals = frozenset({("o0", row.id), ("o1", row.id)})
    [lack] = recused_everywhere([row], Roster(officers, ("HR01",), recusals), 2)
    assert (lack.subject_id, lack.eligible) == (row.id, 1)
    assert recused_everywhere([row._replace(eligible="0")], Roster(officers, ("HR01",), recusals), 2) == ()
