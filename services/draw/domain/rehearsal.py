"""Stress before committing, so that a committed draw does not fail for want of officers afterwards."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.draw.domain.deal import Lack, OfficersInsufficient, deal
from services.draw.domain.lottery import Selection
from services.draw.domain.roster import OpenPool, RaiseCap, Roster


@dataclass(frozen=True, slots=True)
class CountyGap:
    """A county whose worst draw asks for more than its officers can take, escalation included."""

    county: str
    most_drawn: int
    seats_needed: int
    seats_available: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How many throw-away draws were tried, which subjects of theirs lacked officers, and counties at risk."""

    trials: int
    failed: int
    lacking: tuple[Lack, ...]
    gaps: tuple[CountyGap, ...]

    @property
    def passed(self) -> bool:
        """Whether every trial found officers for everybody."""
        return self.failed == 0


def county_gaps(
    eligible_by_county: Mapping[str, Mapping[str, int]],
    strata: Iterable[tuple[str, int, int]],
    roster: Roster,
    seats: int,
) -> tuple[CountyGap, ...]:
    """Return the counties that the worst possible draw would overtax (recusals left aside).

    For k subjects that ask for `seats` different officers each, a full assignment exists exactly when
    the officers' min(cap, k) add up to k·seats: the maximum flow of this network in closed form.
    """
    quotas = {name: k for name, _, k in strata}
    raised = sum(step.by for step in roster.escalation if isinstance(step, RaiseCap))
    opened = {step.county for step in roster.escalation if isinstance(step, OpenPool)}
    caps_in: dict[str, list[int]] = {}
    for officer in roster.allowed():
        caps_in.setdefault(officer.county, []).append(officer.cap + raised)
    gaps = []
    for county, classes in sorted(eligible_by_county.items()):
        most = sum(min(n, quotas.get(name, 0)) for name, n in classes.items())
        caps = [cap for place in sorted({county, *opened}) for cap in caps_in.get(place, ())]
        available = sum(min(cap, most) for cap in caps)
        if available < most * seats:
            gaps.append(CountyGap(county, most, most * seats, available))
    return tuple(gaps)


def rehearse(
    trial: Callable[[str], Selection],
    eligible_by_county: Mapping[str, Mapping[str, int]],
    strata: Sequence[tuple[str, int, int]],
    roster: Roster,
    seats: int,
    trial_keys: Iterable[str],
) -> Rehearsal:
    """Draw and deal once for every throw-away key (never one of the real seed), and tell what went wrong.

    `trial` draws from the frozen pool with a key; `eligible_by_county` counts who may be drawn by county and class.
    """
    trials = failed = 0
    lacking: dict[str, Lack] = {}
    for key in trial_keys:
        trials += 1
        try:
            deal(trial(key).selected, roster, seats, key)
        except OfficersInsufficient as error:
            failed += 1
            lacking.update((lack.subject_id, lack) for lack in error.lacking)
    gaps = county_gaps(eligible_by_county, strata, roster, seats)
    return Rehearsal(trials, failed, tuple(lacking[subject] for subject in sorted(lacking)), gaps)
