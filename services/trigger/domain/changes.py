"""What arrivals change in the firings of a rule's groups, found in memory first and written down together."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from services.trigger.domain.rule import Group, Rule
from services.trigger.domain.weigh import EVER, Around, Fact, Firing, Moment, owner_of, rechain, rest


class Counted(NamedTuple):
    """A signal as a rule counts it, and the group that it may make fire."""

    group: Group
    accepted_at: datetime
    fact: Fact


@dataclass(frozen=True, slots=True)
class Fired:
    """A firing that is written down, or will be: when it was, by event time."""

    trigger_id: str
    moment: Moment
    announced: bool
    inherited: bool = False  # taken over from an earlier version


class Changes:
    """What arrivals change in their groups' chains: `firings` is kept as they will be, to be saved at once.

    `name` gives each new trigger its id.
    """

    def __init__(self, rule: Rule, firings: dict[str, list[Fired]], now: datetime, name: Callable[[], object]) -> None:
        self.rule, self.firings, self.now, self.name = rule, firings, now, name
        self.new: dict[str, tuple[str, Fired, Firing]] = {}  # by trigger, with the group's key
        self.moved: dict[str, tuple[str, str, Firing]] = {}
        self.joined: dict[str, list[str]] = {}  # signals that belong to a trigger announced before

    def rests(self, counted: Counted) -> bool:
        """Whether the signal came in a rest of its group, where nothing counts."""
        if self.rule.gathers:
            return False
        floor, own = _split(self.rule, self.firings[counted.group.key])
        resting = owner_of(self.rule, [one.moment for one in own], counted.fact, floor)
        return counted.fact.at < floor or (resting is not None and own[resting].moment < counted.fact.moment)

    def weigh(self, counted: Counted, facts: Sequence[Fact], around: Around | None) -> None:
        """Find what this arrival changes; `facts` are its group's."""
        key = counted.group.key
        floor, own = _split(self.rule, self.firings[key])
        known = [one.moment for one in own]
        changed = rechain(self.rule, known, counted.fact.moment, facts, around, floor)
        for place, firing in changed.moved.items():
            self._move(key, own[place], firing)
        for firing in changed.new:
            self.fire(key, firing)

    def fire(self, key: str, firing: Firing) -> None:
        """A window that ended more than its own length ago is history: what is imported late starts nothing today."""
        fires = firing.at > self.now - timedelta(days=self.rule.when.window_days)
        fired = Fired(str(self.name()), firing.moment, announced=fires)
        self.new[fired.trigger_id] = key, fired, firing
        self.firings[key] = _in_order([*self.firings[key], fired])

    def _move(self, key: str, fired: Fired, firing: Firing) -> None:
        moved = replace(fired, moment=firing.moment)
        self.firings[key] = _in_order([moved if one is fired else one for one in self.firings[key]])
        if fired.trigger_id in self.new:
            self.new[fired.trigger_id] = key, moved, firing
            return
        self.moved[fired.trigger_id] = key, fired.trigger_id, firing
        if fired.announced:
            self.joined.setdefault(fired.trigger_id, []).extend(fact.signal_id for fact in firing.facts)

    def join(self, counted: Counted) -> None:
        """What belongs to a trigger announced before starts no second draw, but is answered with the others."""
        owner = owner_among(self.rule, self.firings[counted.group.key], counted.fact)
        if owner is not None and owner.announced:
            self.joined.setdefault(owner.trigger_id, []).append(counted.fact.signal_id)


def _in_order(fired: Iterable[Fired]) -> list[Fired]:
    return sorted(fired, key=lambda one: (not one.inherited, one.moment))


def _split(rule: Rule, fired: Sequence[Fired]) -> tuple[int, list[Fired]]:
    """Until when the group rests since an earlier version fired, and the firings of this version."""
    own = [one for one in fired if not one.inherited]
    return max((rest(rule, one.moment) for one in fired if one.inherited), default=EVER), own


def owner_among(rule: Rule, fired: Sequence[Fired], fact: Fact) -> Fired | None:
    """The firing of its group to which a signal belongs, since it counts for it or came in its rest."""
    floor, own = _split(rule, fired)
    place = owner_of(rule, [one.moment for one in own], fact, floor)
    if place is not None:
        return own[place]
    return next((one for one in fired if one.inherited and one.moment < fact.moment and fact.at < floor), None)
