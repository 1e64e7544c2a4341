import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.workdays import deadline, is_workday, workdays_left

VECTORS = list(
    csv.DictReader((Path(__file__).parent / "data" / "workdays-vectors.csv").read_text("utf-8").splitlines())
)
DAYS = st.dates(date(2010, 1, 1), date(2025, 12, 31))


@pytest.mark.article(14)
@pytest.mark.parametrize("vector", VECTORS, ids=[vector["start"] for vector in VECTORS])
def test_deadlines_follow_the_state_councils_calendar(vector: dict[str, str]) -> None:
    found = deadline(date.fromisoformat(vector["start"]), int(vector["working_days"]))
    assert found.due.isoformat() == vector["due"]


@pytest.mark.article(14)
@settings(deadline=None)  # a busy machine is not a fault
@given(DAYS, st.integers(1, 40))
def test_a_deadline_is_a_working_day_with_exactly_that_many_before_it(start: date, days: int) -> None:
    found = deadline(start, days)
    assert is_workday(found.due)[0]
    assert workdays_left(start, found.due) == days
    assert found.overdue(found.due + timedelta(days=1))
    assert not found.overdue(found.due)


@settings(deadline=None)  # a busy machine is not a fault
@given(DAYS, st.integers(1, 40))
def test_more_days_never_end_earlier(start: date, days: int) -> None:
    assert deadline(start, days).due < deadline(start, days + 1).due
    assert deadline(start, days).due <= deadline(start + timedelta(days=1), days).due


@settings(deadline=None)  # a busy machine is not a fault
@given(DAYS, st.integers(-60, 60))
def test_days_past_a_deadline_are_days_to_it_turned_round(today: date, apart: int) -> None:
    due = today + timedelta(days=apart)
    assert workdays_left(today, due) == -workdays_left(due, today)


def test_a_year_without_a_calendar_makes_a_deadline_provisional() -> None:
    assert deadline(date(2098, 1, 1), 20).provisional
    assert not deadline(date(2025, 1, 20), 20).provisional
