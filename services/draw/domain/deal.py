"""`deal/1`: every drawn subject gets its officers at random, evenly, and the same for whoever repeats it."""

import hashlib
from bisect import insort
from collections import deque
from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from libs.common.errors import OutOfOrder
from libs.common.reference import county_name
from services.draw.domain.lottery import Drawn
from services.draw.domain.roster import Officer, RaiseCap, Roster

NAMED_SUBJECTS = 10  # an error names so many subjects in its sentence; `lacking` has them all


@dataclass(frozen=True, slots=True)
class Lack:
    """A subject that is short of officers: how many could go at all, and how many are needed."""

    subject_id: str
    county: str
    eligible: int
    seats: int

    @property
    def sentence(self) -> str:
        """What the subject lacks, for people."""
        if self.eligible < self.seats:
            why = f"符合条件的执法人员 {self.eligible} 名，少于 {self.seats} 名"
        else:
            why = f"符合条件的 {self.eligible} 名执法人员均已达承办上限"
        return f"{self.subject_id}（{county_name(self.county)}）：{why}"


class OfficersInsufficient(OutOfOrder):
    """Some subjects can't get enough officers; nothing was assigned."""

    def __init__(self, lacking: Sequence[Lack]) -> None:
        self.lacking = tuple(lacking)
        named = "；".join(lack.sentence for lack in self.lacking[:NAMED_SUBJECTS])
        more = f"；另有 {len(lacking) - NAMED_SUBJECTS} 户" if len(lacking) > NAMED_SUBJECTS else ""
        super().__init__(
            f"有 {len(lacking)} 户派不足检查人员（细则第十条），未作任何指派：{named}{more}。"
            "请补充人员、提高承办上限或增加市级人员后重新登记。"
        )


@dataclass(frozen=True, slots=True)
class Escalation:
    """A committed step that was taken: its index in the list, and the subject and seat (from 1) it was for."""

    step: int
    subject_id: str
    seat: int


@dataclass(frozen=True, slots=True)
class Deal:
    """Teams in order of (ticket, subject id), officers in order of seat, and the escalation steps taken."""

    assignments: tuple[tuple[str, tuple[str, ...]], ...]
    escalated: tuple[Escalation, ...]


def deal(drawn: Iterable[Drawn], roster: Roster, seats: int, key: str) -> Deal:
    """Give every drawn subject `seats` different officers. Raises OfficersInsufficient, assigning nothing."""
    table = _Table(tuple(drawn), roster, seats, key)
    table.run()
    ordered = sorted(zip(table.subjects, table.teams, strict=True), key=lambda pair: (pair[0].ticket, pair[0].id))
    return Deal(tuple((subject.id, tuple(team)) for subject, team in ordered), tuple(table.escalated))


_Rank = tuple[int, str, str]  # (g, hash of officer and g, officer's number): who comes first


class _Staff:
    """The officers and how much each has; every county keeps a heap of its officers by rank.

    `g` only grows, so an entry of a heap that is not its officer's present rank is an old one and falls out when
    it comes to the top.
    """

    def __init__(self, officers: Iterable[Officer], key: str) -> None:
        self._key = key
        self._rank: dict[str, _Rank] = {}
        self._full_at: dict[str, int] = {}  # the g at which an officer is at the cap
        self._county: dict[str, str] = {}
        self.in_county: dict[str, list[str]] = {}
        for officer in officers:
            self._rank[officer.number] = self._rank_at(officer.number, officer.load0)
            self._full_at[officer.number] = officer.load0 + officer.cap
            self._county[officer.number] = officer.county
            self.in_county.setdefault(officer.county, []).append(officer.number)
        self._heaps: dict[str, list[_Rank]] = {}
        self._pile()

    def _rank_at(self, number: str, g: int) -> _Rank:
        return g, hashlib.sha256(f"{self._key}|{number}|{g}".encode()).hexdigest(), number

    def _pile(self) -> None:
        for county, numbers in self.in_county.items():
            # A sorted list is a heap.
            self._heaps[county] = sorted(self._rank[number] for number in numbers if self.has_room(number))

    def county_of(self, number: str) -> str | None:
        """Where an officer serves; None for one who may not inspect all items."""
        return self._county.get(number)

    def has_room(self, number: str) -> bool:
        """Whether an officer is below the cap."""
        return self._rank[number][0] < self._full_at[number]

    def in_order(self, numbers: Iterable[str]) -> list[str]:
        """The officers by (g, hash, number)."""
        return sorted(numbers, key=self._rank.__getitem__)

    def raise_caps(self, by: int) -> None:
        """From here on everybody may take `by` more."""
        self._full_at = {number: full + by for number, full in self._full_at.items()}
        self._pile()

    def take(self, number: str) -> None:
        """Give an officer one more case."""
        g = self._rank[number][0] + 1
        self._rank[number] = self._rank_at(number, g)
        if g < self._full_at[number]:
            heappush(self._heaps[self._county[number]], self._rank[number])

    def first(self, counties: Iterable[str], barred: Container[str]) -> str | None:
        """The officer of these counties who has room, is not barred and comes first; None when there is nobody."""
        tops = [top for county in counties if (top := self._top(county, barred)) is not None]
        return min(tops)[2] if tops else None

    def _top(self, county: str, barred: Container[str]) -> _Rank | None:
        heap = self._heaps.get(county, [])
        aside: list[_Rank] = []
        found = None
        while heap and found is None:
            entry = heap[0]
            if entry is not self._rank[entry[2]]:
                heappop(heap)
            elif entry[2] in barred:
                aside.append(heappop(heap))
            else:
                found = entry
        for entry in aside:
            heappush(heap, entry)
        return found


class _Table:
    """The state of one deal; subjects sit in order of fewest eligible officers, then ticket, then id.

    A slot is the number seat · subjects + place, so that slots sort as they are dealt.
    """

    def __init__(self, drawn: Sequence[Drawn], roster: Roster, seats: int, key: str) -> None:
        officers = roster.allowed()
        self.seats = seats
        self._staff = _Staff(officers, key)
        self._recused: dict[str, set[str]] = {}
        for number, subject_id in roster.recusals:
            self._recused.setdefault(subject_id, set()).add(number)
        self._open_pools: list[str] = []
        self._reach: dict[str, tuple[str, ...]] = {}  # county → counties from which its subjects are visited
        self._slots: dict[str, list[int]] = {officer.number: [] for officer in officers}  # ascending
        self._steps = list(enumerate(roster.escalation))
        self.subjects = sorted(drawn, key=lambda each: (self._eligible(each), each.ticket, each.id))
        self.teams: list[list[str]] = [[] for _ in self.subjects]
        self.escalated: list[Escalation] = []
        # Once every step is taken: officers from whom no path leads to anybody with room, now or later. Each
        # subject that comes to them is lacking too; to search again for each of thousands would take minutes.
        self._spent: set[str] = set()
        self._unspent: dict[tuple[str, ...], list[str]] = {}

    def run(self) -> None:
        """Deal seat 1 to all subjects, then seat 2, and so on. Raises OfficersInsufficient."""
        lacking: dict[int, Lack] = {}
        for seat in range(self.seats):
            for place, subject in enumerate(self.subjects):
                # A subject that lacks one officer already is named once, and takes nobody else's.
                if place not in lacking and not self._fill(seat, place):
                    lacking[place] = Lack(subject.id, subject.county, self._eligible(subject), self.seats)
        if lacking:
            raise OfficersInsufficient([lacking[place] for place in sorted(lacking)])

    def _fill(self, seat: int, place: int) -> bool:
        while not (self._seat_directly(seat, place) or self._seat_by_path(seat, place)):
            if not self._steps:
                return False
            index, step = self._steps.pop(0)
            self.escalated.append(Escalation(index, self.subjects[place].id, seat + 1))
            if isinstance(step, RaiseCap):
                self._staff.raise_caps(step.by)
            elif step.county not in self._open_pools:
                self._open_pools.append(step.county)
                self._reach.clear()
        return True

    def _counties(self, county: str) -> tuple[str, ...]:
        if county not in self._reach:
            self._reach[county] = tuple(dict.fromkeys([county, *self._open_pools]))
        return self._reach[county]

    def _eligible(self, subject: Drawn) -> int:
        """How many officers may visit the subject, whatever else they have to do."""
        counties = self._counties(subject.county)
        there = sum(len(self._staff.in_county.get(county, ())) for county in counties)
        recused = self._recused.get(subject.id, ())
        return there - sum(self._staff.county_of(number) in counties for number in recused)

    def _barred(self, place: int) -> Collection[str]:
        """Who may not be seated with the subject: the recused, and its team."""
        recused, team = self._recused.get(self.subjects[place].id), self.teams[place]
        return recused.union(team) if recused else team

    def _seat_directly(self, seat: int, place: int) -> bool:
        number = self._staff.first(self._counties(self.subjects[place].county), self._barred(place))
        if number is None:
            return False
        self._seat(number, seat, place)
        return True

    def _seat(self, number: str, seat: int, place: int) -> None:
        self.teams[place].append(number)
        insort(self._slots[number], seat * len(self.subjects) + place)
        self._staff.take(number)

    def _seat_by_path(self, seat: int, place: int) -> bool:
        """Free a full officer by passing one of his slots on, breadth first, along officers seen once."""
        came_by: dict[str, tuple[str, int] | None] = {}
        unseen: dict[tuple[str, ...], list[str]] = {}
        came_by.update(dict.fromkeys(self._newcomers(place, came_by, unseen)))
        queue = deque(came_by)
        while queue:
            holder = queue.popleft()
            for slot in self._slots[holder]:
                for number in self._newcomers(slot % len(self.subjects), came_by, unseen):
                    came_by[number] = (holder, slot)
                    if self._staff.has_room(number):
                        self._shift(number, came_by, seat, place)
                        return True
                    queue.append(number)
        if came_by and not self._steps:
            self._spent.update(came_by)
            self._unspent.clear()
        return False

    def _newcomers(self, place: int, seen: Container[str], unseen: dict[tuple[str, ...], list[str]]) -> Iterable[str]:
        """Who may be seated with the subject and was not seen yet, by (g, hash, number)."""
        counties = self._counties(self.subjects[place].county)
        if counties not in unseen:
            unseen[counties] = self._staff.in_order(self._not_spent(counties))
        left = unseen[counties] = [number for number in unseen[counties] if number not in seen]
        barred = self._barred(place) if left else ()
        return [number for number in left if number not in barred]

    def _not_spent(self, counties: tuple[str, ...]) -> list[str]:
        if counties not in self._unspent:
            everybody = (number for county in counties for number in self._staff.in_county.get(county, ()))
            self._unspent[counties] = [number for number in everybody if number not in self._spent]
        return self._unspent[counties]

    def _shift(self, last: str, came_by: dict[str, tuple[str, int] | None], seat: int, place: int) -> None:
        """Hand the slots on along the path; only its last officer has one case more than before."""
        taker = last
        while (step := came_by[taker]) is not None:
            giver, slot = step
            self._slots[giver].remove(slot)
            insort(self._slots[taker], slot)
            given_seat, given_place = divmod(slot, len(self.subjects))
            self.teams[given_place][given_seat] = taker
            taker = giver
        insort(self._slots[taker], seat * len(self.subjects) + place)
        self.teams[place].append(taker)
        self._staff.take(last)
