"""Deadlines in working days of the State Council's calendar, make-up days included (细则第十四条)."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day in time; provisional while it counts days of a year whose calendar is not published."""

    due: date
    provisional: bool

    def overdue(self, today: date) -> bool:
        """Whether `today` is past the last day in time."""
        return today > self.due


@lru_cache(maxsize=4_096)
def is_workday(day: date) -> tuple[bool, bool]:
    """Whether `day` is worked, and whether that is known (False: no calendar yet, Monday to Friday assumed)."""
    try:
        return chinese_calendar.is_workday(day), True
    except NotImplementedError:
        return day.weekday() < 5, False


@lru_cache(maxsize=1_024)  # everything of one day asks for the same few
def deadline(start: date, working_days: int) -> Deadline:
    """The `working_days`-th working day counted from the day after `start`.

    >>> deadline(date(2026, 9, 18), 20).due
    datetime.date(2026, 10, 22)
    """
    day, left, certain = start, working_days, True
    while left:
        day += timedelta(days=1)
        worked, known = is_workday(day)
        certain &= known
        left -= worked
    return Deadline(day, provisional=not certain)


def workdays_left(today: date, due: date) -> int:
    """Working days after `today` up to `due`; negative: working days past it."""
    if due < today:
        return -workdays_left(due, today)
    span = (today + timedelta(days=n) for n in range(1, (due - today).days + 1))
    return sum(is_workday(day)[0] for day in span)
