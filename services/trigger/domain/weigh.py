"""When a rule fires, by the times at which signals were accepted: the same triggers in whatever order signals arrive.

A group fires at the first signal (in order of acceptance, then id) whose window holds enough, and then rests for the
rule's cool-down; the signals of a rest belong to that trigger and count for no other, and so the next window holds
only signals accepted after the rest. Every condition is a lower bound, so that a signal can make a moment fit and
never unfit. Hence, when a signal arrives late, no firing goes away: each of those known before has a firing of the
new chain at or before it, another for each, and what is left over is new (docs/adr/0029).
"""

from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from libs.common.clock import china_date
from services.trigger.domain.rule import Rule

DAY: Final = 86_400_000_000  # microseconds
WHOLE: Final = 1_000_000  # a point on its first day, in millionths
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EVER: Final = -(1 << 62)  # before all signals

Moment = tuple[int, str]  # microseconds since 1970, and the id of a signal, which decides between equal times


class Fact(NamedTuple):
    """What is kept of a signal that a rule counts."""

    at: int
    signal_id: str
    county: str
    letter: str
    uscc: str
    complainant: str
    category: str
    points: int

    @property
    def moment(self) -> Moment:
        """Its place in the order of acceptance."""
        return self.at, self.signal_id


@dataclass(frozen=True, slots=True)
class Firing:
    """A group fired at this moment, for these signals and with these numbers."""

    moment: Moment
    counts: Mapping[str, int]
    facts: tuple[Fact, ...] = ()

    @property
    def at(self) -> datetime:
        """The time at which the deciding signal was accepted."""
        return when(self.moment[0])


def micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def when(at: int) -> datetime:
    """The time of so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at)


@lru_cache(maxsize=64)
def shares(half_life_days: int, days: int) -> tuple[int, ...]:
    """What is left of a point after 0, 1, … whole days, in millionths rounded down, by integers alone."""
    return tuple(_share(half_life_days, day) for day in range(days + 1))


def _share(half_life: int, day: int) -> int:
    """The largest n with n ≤ 10⁶ · 2^(-day / half_life), which is n^half_life · 2^day ≤ 10^(6 half_life)."""
    low, high, most = 0, WHOLE, WHOLE**half_life
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**half_life << day <= most else (low, middle - 1)
    return low


class Around:
    """How many signals of a whole county, or of an industry letter, a window holds; all that the rule counts."""

    def __init__(self, rule: Rule, facts: Iterable[Fact] = ()) -> None:
        self._span = rule.when.window_days * DAY
        self._known: dict[str, list[Moment]] = {}
        for fact in sorted(facts):
            self.add(fact)

    def add(self, fact: Fact) -> None:
        """One more, the latest so far."""
        for key in (fact.county, fact.letter):
            self._known.setdefault(key, []).append(fact.moment)

    def count(self, key: str, moment: Moment) -> int:
        """Signals of this county or letter in the window that ends at `moment`, itself included."""
        known = self._known.get(key, [])
        return bisect_right(known, moment) - bisect_right(known, (moment[0] - self._span, "\uffff"))


class Window:
    """The signals of one group that count at the moment of the latest of them."""

    __slots__ = ("_around", "_counts", "_facts", "_people", "_points", "_rule", "_shares", "_span", "_subjects")

    def __init__(self, rule: Rule, around: Around | None = None) -> None:
        self._rule, self._around = rule, around
        self._span = rule.when.window_days * DAY
        half_life = rule.when.points.half_life_days if rule.when.points else None
        self._shares = shares(half_life, rule.when.window_days) if half_life else None
        self.clear()

    def clear(self) -> None:
        """Begin anew after a firing."""
        self._facts: deque[Fact] = deque()
        self._subjects: Counter[str] = Counter()
        self._people: Counter[str] = Counter()
        self._points = 0

    def add(self, fact: Fact) -> None:
        """Move on to this signal, the latest so far."""
        facts, oldest = self._facts, fact.at - self._span
        while facts and facts[0].at <= oldest:
            gone = facts.popleft()
            self._points -= gone.points
            _less(self._subjects, gone.uscc)
            _less(self._people, gone.complainant)
        facts.append(fact)
        self._points += fact.points
        self._subjects[fact.uscc] += 1
        if fact.complainant:  # nobody can say that an anonymous report is another person's
            self._people[fact.complainant] += 1

    def fits(self) -> bool:
        """Whether the latest signal makes the rule fire."""
        when_, last = self._rule.when, self._facts[-1]
        return (
            self._number() >= when_.at_least
            and (when_.points is None or self._weighs_enough(when_.points.at_least * WHOLE))
            and self._around_at_least(last.county, last.moment, when_.county_at_least)
            and self._around_at_least(last.letter, last.moment, when_.industry_at_least)
            and in_force(self._rule, last.at)
        )

    def _number(self) -> int:
        distinct = self._rule.when.distinct
        return len({"signal": self._facts, "subject": self._subjects, "complainant": self._people}[distinct])

    def _weighs_enough(self, millionths: int) -> bool:
        return self._points * WHOLE >= millionths and self.weight() >= millionths

    def weight(self) -> int:
        """The points, faded as the rule says, in millionths."""
        if self._shares is None:
            return self._points * WHOLE
        now, left = self._facts[-1].at, self._shares
        return sum(fact.points * left[(now - fact.at) // DAY] for fact in self._facts)

    def _around_at_least(self, key: str, moment: Moment, number: int) -> bool:
        return not number or (self._around is not None and self._around.count(key, moment) >= number)

    def firing(self) -> Firing:
        """What is written down of it."""
        when_, last = self._rule.when, self._facts[-1]
        counts = {
            "signals": len(self._facts),
            "subjects": len(self._subjects),
            "at_least": when_.at_least,
            "window_days": when_.window_days,
        }
        if when_.distinct == "complainant":
            counts["complainants"] = len(self._people)
        if when_.points:
            counts |= {"points": self.weight() // WHOLE, "points_at_least": when_.points.at_least}
        if when_.county_at_least and self._around:
            counts |= {"county": self._around.count(last.county, last.moment), "county_at_least": when_.county_at_least}
        if when_.industry_at_least and self._around:
            counts |= {
                "industry": self._around.count(last.letter, last.moment),
                "industry_at_least": when_.industry_at_least,
            }
        return Firing(last.moment, counts, tuple(self._facts))

    @property
    def people(self) -> int:
        """Distinct complainants, as far as they are known."""
        return len(self._people)


def _less(counter: Counter[str], key: str) -> None:
    if counter[key] > 1:
        counter[key] -= 1
    else:
        del counter[key]


def in_force(rule: Rule, at: int) -> bool:
    """Whether the rule may fire on the day of this moment."""
    if rule.valid_from is None and rule.valid_until is None:
        return True
    day = china_date(when(at))
    return (rule.valid_from or day) <= day <= (rule.valid_until or day)


def rest(rule: Rule, firing: Moment) -> int:
    """Until when a group rests that fired at this moment, at least over that instant; the first time that counts."""
    return firing[0] + max(1, rule.when.cool_down_days * DAY)


def chain(
    rule: Rule, facts: Iterable[Fact], around: Around | None = None, *, since: int = EVER, watch: Moment = (EVER, "")
) -> Iterator[Firing]:
    """The firings of one group from its facts in order, of those accepted from `since` and at moments from `watch`."""
    window = Window(rule, around)
    for fact in facts:
        if fact.at < since:
            continue
        window.add(fact)
        if fact.moment >= watch and window.fits():
            yield window.firing()
            since = rest(rule, fact.moment)
            window.clear()


@dataclass(frozen=True, slots=True)
class Changed:
    """What a signal changed in a group's chain: firings that moved or count more (by their place), and new ones."""

    moved: Mapping[int, Firing]
    new: tuple[Firing, ...]


def since_of(rule: Rule, known: Sequence[Moment], arrived: Moment, floor: int = EVER) -> int:
    """From when signals count for the firings that a signal arriving at this moment can change."""
    before = [moment for moment in known if moment < arrived]
    return max(floor, rest(rule, before[-1]) if before else EVER)


def rechain(
    rule: Rule,
    known: Sequence[Moment],
    arrived: Moment,
    facts: Iterable[Fact],
    around: Around | None = None,
    floor: int = EVER,
) -> Changed:
    """What changes in a chain (its moments in order) when a signal has arrived.

    `facts` are the group's in order, from one window before the arrival on, the arrived one among them; nothing
    accepted before `floor` counts.
    """
    after = [place for place, moment in enumerate(known) if moment >= arrived]
    fresh: list[Firing] = []
    for firing in chain(rule, facts, around, since=since_of(rule, known, arrived, floor), watch=arrived):
        fresh.append(firing)
        if firing.moment in known and not rule.gathers:
            after = [place for place in after if known[place] <= firing.moment]
            break  # from here on nothing is different
    moments = [firing.moment for firing in fresh]
    heirs = {bisect_right(moments, known[place]) - 1: place for place in after}
    return Changed(
        {place: fresh[heir] for heir, place in heirs.items()},
        tuple(firing for place, firing in enumerate(fresh) if place not in heirs),
    )


def owner_of(rule: Rule, known: Sequence[Moment], fact: Fact, floor: int = EVER) -> int | None:
    """The place of the firing to which a signal belongs, since it counts for it or came in its rest; else None."""
    place = bisect_left(known, fact.moment)
    before = rest(rule, known[place - 1]) if place else EVER
    if fact.at < before:
        return place - 1
    counts = place < len(known) and known[place][0] - rule.when.window_days * DAY < fact.at
    return place if counts and fact.at >= floor else None
