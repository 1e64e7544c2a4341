"""deal/1: two officers or more, nobody recused, evenly, and a clear word when there are not enough."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.draw.domain.deal import Deal, OfficersInsufficient, deal
from services.draw.domain.fast_lottery import eligible_by_county, select_pages
from services.draw.domain.lottery import Drawn, Selection
from services.draw.domain.rehearsal import county_gaps, rehearse
from services.draw.domain.roster import Officer, OpenPool, RaiseCap, Roster
from tests.draw.domain.samples import HERE, KEY, QUOTA, rows, scarcities, subjects
from tests.draw.domain.samples import roster as sample_roster

CITY = "410300"


def _officers(count: int, cap: int = 99, county: str = HERE, load0: int = 0) -> tuple[Officer, ...]:
    return tuple(Officer(f"{county}-{place}", county, ("HR01",), cap, load0) for place in range(count))


def _loads(found: Deal) -> Counter[str]:
    return Counter(number for _, team in found.assignments for number in team)


def _flow_covers(drawn: Sequence[Drawn], roster: Roster, seats: int) -> bool:
    """Maximum flow by plain augmentation: an oracle for whether a full assignment exists at all."""
    officers = {officer.number: officer for officer in roster.officers}
    taken: dict[str, set[str]] = {number: set() for number in officers}

    def give(subject: Drawn, seen: set[str]) -> bool:
        for number, officer in officers.items():
            fits = officer.county == subject.county and (number, subject.id) not in roster.recusals
            if not fits or number in seen or subject.id in taken[number]:
                continue
            seen.add(number)
            if len(taken[number]) < officer.cap:
                taken[number].add(subject.id)
                return True
            for other in sorted(taken[number]):
                moved = next(each for each in drawn if each.id == other)
                if give(moved, seen):
                    taken[number].discard(other)
                    taken[number].add(subject.id)
                    return True
        return False

    return all(give(subject, set()) for subject in drawn for _ in range(seats))


@pytest.mark.article(5, 7, 10)
@given(scarcities())
def test_a_deal_is_found_exactly_when_one_exists_and_keeps_every_rule(
    situation: tuple[list[Drawn], Roster],
) -> None:
    drawn, roster = situation
    try:
        found = deal(drawn, roster, 2, KEY)
    except OfficersInsufficient as error:
        assert not _flow_covers(drawn, roster, 2)
        assert {lack.subject_id for lack in error.lacking} <= {subject.id for subject in drawn}  # noqa: PT017
        return
    assert _flow_covers(drawn, roster, 2)
    caps = {officer.number: officer.cap for officer in roster.officers}
    assert [subject for subject, _ in found.assignments] == [each.id for each in sorted(drawn)]
    for subject, team in found.assignments:
        assert len(set(team)) == len(team) == 2
        assert not any((number, subject) in roster.recusals for number in team)
    assert all(count <= caps[number] for number, count in _loads(found).items())


@pytest.mark.article(5, 6)
@given(st.integers(1, 60), st.integers(2, 12), st.integers(1, 10**6))
def test_work_is_spread_evenly(count: int, officers: int, salt: int) -> None:
    key = f"{salt:032x}"
    one = _loads(deal(subjects(count), Roster(_officers(officers), ("HR01",)), 1, key))
    full = [one.get(officer.number, 0) for officer in _officers(officers)]
    assert max(full) - min(full) <= 1
    two = _loads(deal(subjects(count), Roster(_officers(officers), ("HR01",)), 2, key))
    full = [two.get(officer.number, 0) for officer in _officers(officers)]
    # Nobody sits twice on one team, which can cost one more than a single seat's evenness.
    assert max(full) - min(full) <= 2


@pytest.mark.article(5)
def test_who_had_more_this_year_gets_fewer_now() -> None:
    fresh, busy = _officers(3), tuple(Officer(f"b{n}", HERE, ("HR01",), 99, 6) for n in range(3))
    loads = _loads(deal(subjects(9), Roster(fresh + busy, ("HR01",)), 2, KEY))
    assert sum(loads[officer.number] for officer in fresh) > 15
    assert sum(loads[officer.number] for officer in busy) < 3


@pytest.mark.article(5)
def test_the_same_neighbours_do_not_always_pair() -> None:
    found = deal(subjects(60), Roster(_officers(6), ("HR01",)), 2, KEY)
    assert len({frozenset(team) for _, team in found.assignments}) >= 10


@pytest.mark.article(5)
def test_the_order_of_the_lists_changes_nothing_and_the_key_everything() -> None:
    twenty, officers = subjects(20), _officers(5)
    found = deal(twenty, Roster(officers, ("HR01",)), 2, KEY)
    assert deal(twenty[::-1], Roster(officers[::-1], ("HR01",)), 2, KEY) == found
    assert deal(twenty, Roster(officers, ("HR01",)), 2, "f" * 32) != found


@pytest.mark.article(10)
def test_one_officer_is_not_enough() -> None:
    with pytest.raises(OfficersInsufficient) as refused:
        deal(subjects(2), Roster(_officers(1), ("HR01",)), 2, KEY)
    assert [lack.eligible for lack in refused.value.lacking] == [1, 1]
    for subject in subjects(2):
        assert subject.id in refused.value.detail
    assert "少于 2 名" in refused.value.detail
    assert "未作任何指派" in refused.value.detail


def test_full_officers_are_named_as_the_reason() -> None:
    with pytest.raises(OfficersInsufficient, match="已达承办上限") as refused:
        deal(subjects(3), Roster(_officers(2, cap=2), ("HR01",)), 2, KEY)
    assert {lack.eligible for lack in refused.value.lacking} == {2}


def test_officers_of_another_county_or_without_the_item_are_not_sent() -> None:
    elsewhere = _officers(4, county="410328")
    without = tuple(Officer(f"w{n}", HERE, ("HR02",), 9, 0) for n in range(4))
    with pytest.raises(OfficersInsufficient, match="人员 0 名"):
        deal(subjects(1), Roster(elsewhere + without, ("HR01",)), 2, KEY)


def test_a_slot_is_passed_on_when_only_a_full_officer_may_go() -> None:
    first, second = subjects(2)
    a, b, c, d = (Officer(name, HERE, ("HR01",), 1, 0) for name in "abcd")
    only_a_b = frozenset((name, first.id) for name in "cd")
    for key in (f"{number:032x}" for number in range(40)):
        teams = dict(deal([first, second], Roster((a, b, c, d), ("HR01",), only_a_b), 2, key).assignments)
        assert set(teams[first.id]) == {"a", "b"}
        assert set(teams[second.id]) == {"c", "d"}


@pytest.mark.article(7)
def test_escalation_follows_the_committed_order_and_is_recorded() -> None:
    city = _officers(2, cap=2, county=CITY)
    roster = Roster((*_officers(2, cap=1), *city), ("HR01",), frozenset(), (RaiseCap(1), OpenPool(CITY)))
    two = deal(subjects(2), roster, 2, KEY)
    assert [step.step for step in two.escalated] == [0]
    assert set(_loads(two)) == {officer.number for officer in _officers(2)}
    three = deal(subjects(3), roster, 2, KEY)
    assert [step.step for step in three.escalated] == [0, 1]
    third = deal(subjects(3), Roster(_officers(3), ("HR01",)), 2, KEY)
    assert third.escalated == ()
    assert [step.seat for step in three.escalated] == [1, 2]
    assert set(_loads(three)) & {officer.number for officer in city}
    with pytest.raises(OfficersInsufficient):
        deal(subjects(30), roster, 2, KEY)


@pytest.mark.timeout(60)
def test_a_list_that_is_far_too_long_is_refused_at_once_and_everybody_who_lacks_is_named() -> None:
    drawn = subjects(3_000)
    with pytest.raises(OfficersInsufficient) as caught:  # each search anew would take ten minutes
        deal(drawn, Roster(_officers(100, cap=20), ("HR01",)), 2, KEY)
    # 2 000 places go to the first seats of 2 000 subjects; all the others lack one, and those their second.
    assert len(caught.value.lacking) == len(drawn)


def test_a_rehearsal_warns_before_anything_is_committed() -> None:
    pool = rows(200)
    counts = Counter(each.credit_class for each in pool if each.eligible == "1")
    strata = QUOTA.strata(counts)
    keys = [f"{trial:032x}" for trial in range(20)]
    page = b"".join(each.line for each in pool)
    by_county = eligible_by_county([page])

    def trial(key: str) -> Selection:
        return select_pages([page], strata, key)

    good = rehearse(trial, by_county, strata, sample_roster(pool), 2, keys)
    assert good.passed
    assert good.trials == 20
    poor = rehearse(trial, by_county, strata, Roster(_officers(1), ("HR01",)), 2, keys)
    assert poor.failed == 20
    assert poor.lacking
    assert {gap.county for gap in poor.gaps} == {each.county for each in pool if each.eligible == "1"}


@given(st.integers(0, 9), st.lists(st.integers(0, 6), max_size=6))
def test_the_closed_form_agrees_with_the_flow(count: int, caps: list[int]) -> None:
    officers = tuple(Officer(f"o{place}", HERE, ("HR01",), cap, 0) for place, cap in enumerate(caps))
    roster = Roster(officers, ("HR01",))
    gaps = county_gaps({HERE: {"B": count}}, [("B", count, count)], roster, 2)
    assert (not gaps) == _flow_covers(subjects(count), roster, 2)
