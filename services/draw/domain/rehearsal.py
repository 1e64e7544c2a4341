"""Stress before committing, so that a committed draw does not fail for want of officers afterwards."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from libs.common.reference import county_name
from services.draw.domain.deal import Lack, OfficersInsufficient, deal
from services.draw.domain.lottery import Selection
from services.draw.domain.pool import PoolRow
from services.draw.domain.roster import OpenPool, RaiseCap, Roster


@dataclass(frozen=True, slots=True)
class CountyGap:
    """A county whose worst draw asks for more than its officers can take, escalation included."""

    county: str
    most_drawn: int
    seats_needed: int
    seats_available: int

    @property
    def sentence(self) -> str:
        """What the county lacks, for people."""
        return (
            f"{county_name(self.county)}最多抽中 {self.most_drawn} 户，需要 {self.seats_needed} 人次，"
            f"执法人员只能承办 {self.seats_available} 人次"
        )


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


def gaps_beyond_doubt(most: Mapping[str, int], roster: Roster, seats: int) -> tuple[CountyGap, ...]:
    """Return the counties whose `most` subjects could not all get their officers, escalation included.

    Each county's own officers first; what is missing then is asked of the opened pools, which all counties share
    (recusals left aside). With no gap, every draw within `most` can be staffed.
    """
    raised = sum(step.by for step in roster.escalation if isinstance(step, RaiseCap))
    opened = {step.county for step in roster.escalation if isinstance(step, OpenPool)}
    caps_in: dict[str, list[int]] = {}
    for officer in roster.allowed():
        caps_in.setdefault("" if officer.county in opened else officer.county, []).append(officer.cap + raised)
    shared = caps_in.pop("", [])
    gaps = []
    for county, k in sorted(most.items()):
        own = sum(min(cap, k) for cap in caps_in.get(county, ()))
        short = max(0, k * seats - own)
        helped, shared = _lend(shared, short, k)
        if helped < short:
            gaps.append(CountyGap(county, k, k * seats, own + helped))
    return tuple(gaps)


def _lend(shared: Sequence[int], short: int, most_each: int) -> tuple[int, list[int]]:
    """Take `short` cases from officers with room, at most `most_each` from one: how many were found, and the room left.

    Always from whoever has most room left: then no other way would leave more for the counties that follow.
    """
    left = list(shared)
    heap = [(-room, place, 0) for place, room in enumerate(left) if room]
    heapify(heap)
    taken = 0
    while heap and taken < short:
        room, place, used = heappop(heap)
        left[place] -= 1
        taken += 1
        if room + 1 and used + 1 < most_each:
            heappush(heap, (room + 1, place, used + 1))
    return taken, left


def recused_everywhere(recused: Collection[PoolRow], roster: Roster, seats: int) -> tuple[Lack, ...]:
    """Return the subjects of the pool that have too few officers left who are not recused, escalation included."""
    opened = {step.county for step in roster.escalation if isinstance(step, OpenPool)}
    allowed = roster.allowed()
    lacking = []
    for row in sorted(recused):
        able = sum(
            officer.county in {row.county, *opened} and (officer.number, row.id) not in roster.recusals
            for officer in allowed
        )
        if row.eligible == "1" and able < seats:
            lacking.append(Lack(row.id, row.county, able, seats))
    return tuple(lacking)
