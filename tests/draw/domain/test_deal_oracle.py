"""The dealing that is used gives, to the byte, what the plainest reading of `deal/1` gives."""

import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.canonical import digest
from services.draw.domain.deal import Deal, OfficersInsufficient, deal
from services.draw.domain.lottery import Drawn, ticket
from services.draw.domain.roster import Officer, OpenPool, RaiseCap, Roster
from tests.draw.domain.deal_oracle import deal_plainly
from tests.draw.domain.samples import KEY, number

CITY = "410300"
COUNTIES = ("410302", "410311", "410328")
Situation: TypeAlias = tuple[list[Drawn], Roster]
How: TypeAlias = Callable[[Sequence[Drawn], Roster, int, str], Deal]


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Several counties short of officers, recusals across them, and escalations in any order and number."""
    drawn = [
        Drawn(ticket(KEY, f"9141{place:014d}"), f"9141{place:014d}", "B", draw(st.sampled_from(COUNTIES)))
        for place in range(draw(st.integers(0, 14)))
    ]
    officers = tuple(
        Officer(
            f"o{place}",
            draw(st.sampled_from((*COUNTIES, CITY))),
            draw(st.sampled_from((("HR01",), ("HR01",), ("HR02",)))),
            draw(st.integers(0, 4)),
            draw(st.integers(0, 3)),
        )
        for place in range(draw(st.integers(0, 14)))
    )
    pairs = [(officer.number, subject.id) for officer in officers for subject in drawn]
    recusals = frozenset(draw(st.lists(st.sampled_from(pairs), max_size=20)) if pairs else [])
    step = st.one_of(st.builds(RaiseCap, st.integers(1, 2)), st.sampled_from([OpenPool(CITY), OpenPool("410302")]))
    return drawn, Roster(officers, ("HR01",), recusals, tuple(draw(st.lists(step, max_size=3))))


def _outcome(how: How, drawn: Sequence[Drawn], roster: Roster, seats: int) -> Deal | tuple[str, object]:
    try:
        return how(drawn, roster, seats, KEY)
    except OfficersInsufficient as error:
        return error.detail, error.lacking


@pytest.mark.article(5, 7, 10)
@settings(max_examples=400)
@given(situations(), st.integers(1, 3))
def test_everybody_gets_whom_the_plainest_reading_gives(situation: Situation, seats: int) -> None:
    drawn, roster = situation
    assert _outcome(deal, drawn, roster, seats) == _outcome(deal_plainly, drawn, roster, seats)


def _city(firms: int, cap: int) -> Situation:
    """Five counties of 8 to 20 officers, recusals, and firms that look spread at random."""
    counties = [f"4103{place:02d}" for place in range(2, 7)]
    officers = tuple(
        Officer(f"{county}-{place:02d}", county, ("HR01",), cap, number(f"load {county} {place}") % 4)
        for county in (*counties, CITY)
        for place in range(8 + number(county) % 13)
    )
    drawn = [
        Drawn(ticket(KEY, uscc), uscc, "B", counties[number(f"county {uscc}") % len(counties)])
        for uscc in (f"9141{place:014d}" for place in range(firms))
    ]
    recusals = {
        (officers[number(f"{turn} {each.id}") % len(officers)].number, each.id)
        for turn in range(6)
        for each in drawn[::2]
    }
    return drawn, Roster(officers, ("HR01",), frozenset(recusals), (RaiseCap(2), OpenPool(CITY), RaiseCap(3)))


@pytest.mark.parametrize(
    ("firms", "cap", "expected"),
    [
        (1_000, 60, "369421e934835903da9a7878b996ada15e861d2f7cb6a61218a3cddf997e749c"),
        (600, 10, "4c5a614b28f4a1a9c87d332637b3624c2bdce992027f040d9a142d499712b083"),
    ],
    ids=["enough officers", "every step is taken and 23 cases are passed on"],
)
def test_a_deal_of_this_format_never_changes(firms: int, cap: int, expected: str) -> None:
    found = deal(*_city(firms, cap), 2, KEY)
    steps = [[each.step, each.subject_id, each.seat] for each in found.escalated]
    assert digest([[[subject, list(team)] for subject, team in found.assignments], steps]) == expected


@pytest.mark.article(5)
def test_a_whole_citys_list_is_dealt_while_one_waits() -> None:
    drawn, roster = _city(5_000, 500)
    began = time.process_time()
    deal(drawn, roster, 2, KEY)
    assert time.process_time() - began < 1.5  # 0.1 s on a machine that does nothing else; docs/benchmarks.md
