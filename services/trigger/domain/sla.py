"""Within how many working days what must be decided, by platform and kind of order; and how clocks are shown."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from libs.common.workdays import deadline

ACCEPT: Final = "accept"  # the complaint is taken up or refused
REVIEW: Final = "review"  # an unsatisfied 回访 is dealt with
CLOCKS: Final = {ACCEPT: "受理（决定受理或退单）", REVIEW: "复核（回访不满意后）"}
SHORT: Final = {ACCEPT: "受理", REVIEW: "复核"}

DEFAULT_DAYS: Final = 5  # working days; 《关于实施〈劳动保障监察条例〉若干规定》第十八条
MOST_DAYS: Final = 90

LATE: Final = "late"
DUE: Final = "due"  # today or on the next working day
IN_TIME: Final = "in_time"
WORDS: Final = {DUE: "到期", LATE: "超期"}

Terms = Mapping[str, Mapping[str, int]]  # clock → kind of order → working days


def days_for(terms: Terms, clock: str, kind: str, otherwise: int = DEFAULT_DAYS) -> int:
    """Working days of this clock for this kind of order."""
    return terms.get(clock, {}).get(kind, otherwise)


def with_term(terms: Terms, clock: str, kind: str, days: int | None) -> dict[str, dict[str, int]]:
    """The terms with one of them set, or taken out (None) so that the platform's own default counts."""
    changed = {name: dict(kinds) for name, kinds in terms.items()}
    if days is None:
        changed.get(clock, {}).pop(kind, None)
    else:
        changed.setdefault(clock, {})[kind] = days
    return {name: kinds for name, kinds in changed.items() if kinds}


def next_workday(today: date) -> date:
    """The last day that counts as due (到期): the working day after today."""
    return deadline(today, 1).due


def standing(due: date, today: date) -> str:
    """LATE, DUE or IN_TIME for a clock that still runs."""
    if due < today:
        return LATE
    return DUE if due <= next_workday(today) else IN_TIME
