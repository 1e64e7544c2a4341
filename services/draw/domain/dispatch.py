"""The dispatch (派发): each drawn subject as one case for the unit of its county."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from libs.common.errors import NotFound
from libs.common.reference import county_name
from services.draw.domain.commitment import MIN_OFFICERS
from services.draw.domain.deal import Deal, Lack, OfficersInsufficient
from services.draw.domain.lottery import Drawn


class CountyWithoutUnit(NotFound):
    """Nobody would receive the list of a county."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One subject's case: its unit, its officers by seat (public numbers) and all items for one visit."""

    case_id: str
    draw_id: str
    subject_id: str
    county: str
    unit_id: str
    officers: tuple[str, ...]
    items: tuple[str, ...]


def inspections_in(year: int, count: int, last: date | None) -> int:
    """Return how often a subject was inspected in `year`: its `count` is that of the year of its last inspection."""
    return count if last is not None and last.year == year else 0


def dispatches(
    draw_id: str,
    selected: Iterable[Drawn],
    deal: Deal,
    items: Iterable[str],
    unit_of_county: Mapping[str, str],
    place_of: Mapping[str, int] | None = None,
) -> tuple[Dispatch, ...]:
    """Return one case for every drawn subject, in order of (ticket, id); all items go into one visit (细则第三条).

    The case id is the task's and the place in ticket order, so that sending twice makes one case; `place_of` has the
    places where some were voided and others taken after the draw.
    Raises CountyWithoutUnit, OfficersInsufficient.
    """
    drawn = sorted(selected)
    missing = sorted({subject.county for subject in drawn} - set(unit_of_county))
    if missing:
        raise CountyWithoutUnit(f"{'、'.join(map(county_name, missing))}没有承担检查的单位，请先在单位名录中指定。")
    teams = dict(deal.assignments)
    lacking = [
        Lack(subject.id, subject.county, len(teams.get(subject.id, ())), MIN_OFFICERS)
        for subject in drawn
        if len(set(teams.get(subject.id, ()))) < MIN_OFFICERS
    ]
    if lacking:
        raise OfficersInsufficient(lacking)
    task_id = draw_id.split("-", 1)[0]
    places = place_of or {subject.id: number for number, subject in enumerate(drawn, 1)}
    listed = tuple(sorted(items))
    return tuple(
        Dispatch(
            case_id=f"{task_id}-{places[subject.id]:04d}",
            draw_id=draw_id,
            subject_id=subject.id,
            county=subject.county,
            unit_id=unit_of_county[subject.county],
            officers=teams[subject.id],
            items=listed,
        )
        for subject in drawn
    )
