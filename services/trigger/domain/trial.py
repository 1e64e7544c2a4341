"""A rule tried on signals in the order of their acceptance, and what it would have fired beside what did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.trigger.domain.rule import Rule
from services.trigger.domain.weigh import EVER, Around, Fact, Firing, Window, rest, when


@dataclass(frozen=True, slots=True)
class Pairing:
    """A firing of the trial (its place), one that really was (its place), or both, which are the same event."""

    place: int | None
    actual: int | None


class Trial:
    """All groups at once, in one pass; holds no more than each group's window."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._around = Around(rule) if rule.gathers else None
        self._windows: dict[str, Window] = {}
        self._since: dict[str, int] = {}
        self._by_letter = "industry_letter" in rule.when.group_by
        self._by_subject = "subject" in rule.when.group_by
        self._ends: tuple[int, int] | None = None
        self.firings: list[tuple[str, Firing]] = []  # group key and firing, in order
        self.taken = 0

    @property
    def span(self) -> tuple[datetime | None, datetime | None]:
        """When the first and the last signal were accepted."""
        return (when(self._ends[0]), when(self._ends[1])) if self._ends else (None, None)

    def take(self, facts: Sequence[Fact]) -> None:
        """Go on with these, which follow what was taken before."""
        if not facts:
            return
        self._ends = (self._ends[0] if self._ends else facts[0].at, facts[-1].at)
        self.taken += len(facts)
        windows, since = self._windows, self._since
        for fact in facts:
            if self._around is not None:
                self._around.add(fact)
            key = f"{fact.county}|{fact.letter if self._by_letter else ''}|{fact.uscc if self._by_subject else ''}"
            if fact.at < since.get(key, EVER):
                continue
            window = windows.get(key)
            if window is None:
                window = windows[key] = Window(self._rule, self._around)
            window.add(fact)
            if window.fits():
                self.firings.append((key, window.firing()))
                since[key] = rest(self._rule, fact.moment)
                window.clear()


def compare(rule: Rule, would: Sequence[tuple[str, Firing]], did: Sequence[tuple[str, datetime]]) -> list[Pairing]:
    """Pair what would have fired with what did: the same group, less than a window or a rest apart, in order."""
    near = timedelta(days=max(rule.when.window_days, rule.when.cool_down_days))
    free: dict[str, list[int]] = {}
    for place, (key, _) in enumerate(did):
        free.setdefault(key, []).append(place)
    pairs: list[Pairing] = []
    for place, (key, firing) in enumerate(would):
        waiting = free.get(key, [])
        while waiting and did[waiting[0]][1] <= firing.at - near:
            pairs.append(Pairing(None, waiting.pop(0)))
        if waiting and did[waiting[0]][1] < firing.at + near:
            pairs.append(Pairing(place, waiting.pop(0)))
        else:
            pairs.append(Pairing(place, None))
    pairs += [Pairing(None, place) for waiting in free.values() for place in waiting]
    return sorted(pairs, key=lambda pair: _time(pair, would, did))


def _time(pair: Pairing, would: Sequence[tuple[str, Firing]], did: Sequence[tuple[str, datetime]]) -> datetime:
    if pair.place is not None:
        return would[pair.place][1].at
    assert pair.actual is not None  # noqa: S101 - one of the two is there
    return did[pair.actual][1]
