"""How long `deal/1` takes: a city's list, and one of every county of the country."""

import hashlib

from services.draw.domain.deal import deal
from services.draw.domain.lottery import Drawn, ticket
from services.draw.domain.roster import Officer, OpenPool, RaiseCap, Roster
from tests.benchmarks.measure import Line, Watch, apart

KEY = "0123456789abcdef0123456789abcdef"
SEATS = 2


def _number(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def situation(firms: int, counties: int, fewest: int, most: int, cap: int) -> tuple[list[Drawn], Roster]:
    """Drawn firms and the officers of their counties, `fewest` to `most` each; each seventh firm has a recusal."""
    codes = [str(110101 + place) for place in range(counties)]
    officers = tuple(
        Officer(f"{code}-{place:03d}", code, ("HR01",), cap, _number(f"load {code} {place}") % 4)
        for code in codes
        for place in range(fewest + _number(code) % (most - fewest + 1))
    )
    ids = [f"9141{place:014d}" for place in range(firms)]
    drawn = [Drawn(ticket(KEY, uscc), uscc, "B", codes[_number(uscc) % counties]) for uscc in ids]
    recusals = {(officers[_number(f"recusal {each.id}") % len(officers)].number, each.id) for each in drawn[::7]}
    return drawn, Roster(officers, ("HR01",), frozenset(recusals), (RaiseCap(20), OpenPool("410300")))


def _deal(watch: Watch, firms: int, counties: int, fewest: int, most: int, cap: int) -> int:
    drawn, roster = situation(firms, counties, fewest, most, cap)
    with watch:
        found = deal(drawn, roster, SEATS, KEY)
    assert all(len(set(team)) == SEATS for _, team in found.assignments)
    return sum(len(team) for _, team in found.assignments)


def lines(firms: int = 5_000, country: int = 456_000) -> list[Line]:
    """A city of 15 counties with 20 to 60 officers each; 2 844 counties with 8 to 12 each."""
    city = apart(_deal, firms, 15, 20, 60, max(20, firms // 100))
    whole = apart(_deal, country, 2_844, 8, 12, 60)
    return [
        Line("一个城市 15 个县区，每县区 20–60 名执法人员 a city", firms, city.seconds, city.peak_mib,
             goals=(("s", "≤", 0.3),)),
        Line("全国 2 844 个县区，每县区 8–12 名 the whole country", country, whole.seconds, whole.peak_mib,
             goals=(("s", "≤", 30),)),
    ]  # fmt: skip
