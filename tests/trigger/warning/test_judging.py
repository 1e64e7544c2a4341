"""Early warning in numbers: what stands out, what does not, and how often it is wrong."""

from datetime import date, timedelta

from libs.common.reference import CITY
from services.trigger.domain.warning import able_from, by_week, judge, monday_of, references, survey
from tests.benchmarks.warning import FIRST, WARM_UP, false_alarms, looks, made_up
from tests.trigger.warning.history import WAGES, Surge

MONDAY = date(2026, 6, 1)
QUIET = {MONDAY - timedelta(weeks=n): 4 for n in range(60)}
COUNTY = "410311"
SINCE = MONDAY - timedelta(weeks=60)


def test_a_count_like_its_past_is_nothing_and_four_times_as_many_is_something() -> None:
    usual = judge("week", MONDAY, QUIET, None, SINCE)
    assert usual is not None
    assert not usual.outstanding
    assert round(usual.expected) == 4
    many = judge("week", MONDAY, QUIET | {MONDAY: 17}, None, SINCE)
    assert many is not None
    assert many.outstanding
    assert many.limit == usual.limit
    assert many.chance < 0.003


def test_with_too_little_past_there_is_no_judgement() -> None:
    assert judge("week", MONDAY, QUIET | {MONDAY: 99}, None, MONDAY - timedelta(weeks=13)) is None
    assert judge("day", MONDAY, {MONDAY: 99}, None, MONDAY - timedelta(days=10)) is None


def test_a_rise_in_all_counties_at_once_is_no_countys_own() -> None:
    mine = QUIET | {MONDAY: 17}
    elsewhere = dict.fromkeys(QUIET, 60)
    alone = judge("week", MONDAY, mine, elsewhere, SINCE)
    together = judge("week", MONDAY, mine, elsewhere | {MONDAY: 240}, SINCE)
    assert alone is not None
    assert alone.outstanding
    assert together is not None
    assert not together.outstanding


def test_a_past_peak_does_not_hide_the_next_one() -> None:
    steady = judge("week", MONDAY, QUIET | {MONDAY: 30}, None, SINCE)
    peaked = judge("week", MONDAY, QUIET | {MONDAY: 30, MONDAY - timedelta(weeks=10): 12}, None, SINCE)
    assert steady is not None
    assert peaked is not None
    assert peaked.expected < 1.1 * steady.expected
    assert peaked.outstanding


def test_the_last_periods_before_the_present_are_no_measure() -> None:
    weeks = references("week", MONDAY, SINCE)
    assert max(weeks) == MONDAY - timedelta(weeks=3)
    assert len(weeks) == 26


def test_holidays_are_compared_with_days_of_rest() -> None:
    spring_festival = date(2026, 2, 18)
    assert all(day.weekday() >= 5 or day.month in {1, 10} for day in references("day", spring_festival, SINCE)[:10])
    assert all(day.weekday() < 5 or day.month in {2, 9} for day in references("day", date(2026, 3, 4), SINCE))


def test_a_surge_is_found_in_its_own_week_and_place() -> None:
    start = FIRST + timedelta(weeks=40, days=1)
    surge = Surge(COUNTY, WAGES, start, 14, 6.0)
    series = made_up(44, 1.3, surges=(surge,))
    found = {(one.county, one.category) for one in survey(series, start + timedelta(days=14), FIRST, CITY.adcode)}
    assert (COUNTY, WAGES) in found
    assert found <= {(COUNTY, WAGES), (CITY.adcode, WAGES)}


def test_one_week_counted_twice_is_one_alarm() -> None:
    start = FIRST + timedelta(weeks=40, days=1)
    series = made_up(44, 1.3, surges=(Surge(COUNTY, WAGES, start, 14, 6.0),))
    found = [one for one in looks(series, 44, 40) if one.county == COUNTY]
    weeks = {one.week for one in found}
    assert len(weeks) < len(found)
    assert weeks >= {monday_of(start)}


def test_false_alarms_stay_near_three_in_a_thousand_weeks_of_a_county_and_category() -> None:
    rate = false_alarms(1.3, WARM_UP + 12)
    assert rate.judged > 1_700
    assert rate.alarms <= 12  # docs/early-warning.md has the rates of a whole year


def test_weeks_are_sums_of_their_days() -> None:
    assert by_week({date(2026, 6, 1): 1, date(2026, 6, 7): 2, date(2026, 6, 8): 4}) == {
        date(2026, 6, 1): 3,
        date(2026, 6, 8): 4,
    }


def test_a_new_installation_knows_from_when_on_it_can_judge() -> None:
    for since in (date(2026, 6, 1), date(2026, 6, 3), date(2026, 1, 30)):
        week = able_from("week", since) - timedelta(weeks=1)
        assert judge("week", week, {}, None, since) is not None
        assert judge("week", week - timedelta(weeks=1), {}, None, since) is None
        day = able_from("day", since) - timedelta(days=1)
        assert judge("day", day, {}, None, since) is not None
        assert timedelta(days=16) <= day - since < timedelta(days=40)
