"""The weeks of one county and category with what was expected and the limit, as they were judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from libs.common.db import Transaction
from libs.common.http.auth import CITY
from services.trigger.domain.warning import by_week, judge, monday_of
from services.trigger.store import warning

WEEKS = 52


@dataclass(frozen=True, slots=True)
class Week:
    """One week: its Monday, its count, and expected count and limit where there was enough past."""

    monday: date
    count: int
    expected: float | None
    limit: int | None

    @property
    def outstanding(self) -> bool:
        """Whether the count reaches the limit."""
        return self.limit is not None and self.count >= self.limit


async def weeks_of(tx: Transaction, county: str, category: str, until: date) -> list[Week]:
    """The WEEKS weeks before the week of `until`, and that week as far as it has come; CITY: all counties together."""
    last = monday_of(until)
    first = last - timedelta(weeks=WEEKS)
    since = await warning.first_day(tx)
    if since is None:
        return []
    counts = await warning.of_category(tx, county, category, first - timedelta(weeks=30))
    whole = {day: both for day, (_, both) in counts.items()}
    mine = whole if county == CITY else {day: own for day, (own, _) in counts.items()}
    rest = None if county == CITY else {day: both - own for day, (own, both) in counts.items()}
    weekly, others = by_week(mine), None if rest is None else by_week(rest)
    mondays = [first + timedelta(weeks=n) for n in range(WEEKS + 1)]
    return [_week(monday, weekly, others, since) for monday in mondays if monday >= monday_of(since)]


def _week(monday: date, weekly: Mapping[date, int], others: Mapping[date, int] | None, since: date) -> Week:
    verdict = judge("week", monday, weekly, others, since)
    count = weekly.get(monday, 0)
    if verdict is None:
        return Week(monday, count, None, None)
    return Week(monday, count, round(verdict.expected, 1), verdict.limit)
