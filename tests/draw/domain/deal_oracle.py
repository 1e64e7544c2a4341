"""`deal/1` in its plainest form: every choice looks at everybody anew. The one that is used must give the same."""

import hashlib
from collections import deque
from collections.abc import Iterable, Sequence

from services.draw.domain.deal import Deal, Escalation, Lack, OfficersInsufficient
from services.draw.domain.lottery import Drawn
from services.draw.domain.roster import Officer, OpenPool, RaiseCap, Roster


def deal_plainly(drawn: Iterable[Drawn], roster: Roster, seats: int, key: str) -> Deal:
    """Give every drawn subject `seats` different officers. Raises OfficersInsufficient, assigning nothing."""
    table = _Table(tuple(drawn), roster, seats, key)
    table.run()
    teams = ((subject, tuple(table.teams[number])) for number, subject in enumerate(table.subjects))
    ordered = sorted(teams, key=lambda team: (team[0].ticket, team[0].id))
    return Deal(tuple((subject.id, team) for subject, team in ordered), tuple(table.escalated))


_Slot = tuple[int, int]  # (seat from 0, subject's place at the table): the order in which slots are dealt


class _Table:
    """The state of one deal; subjects sit in order of fewest eligible officers, then ticket, then id."""

    def __init__(self, drawn: Sequence[Drawn], roster: Roster, seats: int, key: str) -> None:
        self.seats = seats
        self._key = key
        officers = roster.allowed()
        self._by_county: dict[str, list[Officer]] = {}
        for officer in officers:
            self._by_county.setdefault(officer.county, []).append(officer)
        self._recused: dict[str, set[str]] = {}
        for number, subject_id in roster.recusals:
            self._recused.setdefault(subject_id, set()).add(number)
        self._open_pools: list[str] = []
        self._caps = {officer.number: officer.cap for officer in officers}
        self._g = {officer.number: officer.load0 for officer in officers}
        self._slots: dict[str, set[_Slot]] = {officer.number: set() for officer in officers}
        self._hashes: dict[tuple[str, int], str] = {}
        self._steps = list(enumerate(roster.escalation))
        self.subjects = sorted(drawn, key=lambda each: (len(self._eligible(each)), each.ticket, each.id))
        self.teams: list[list[str]] = [[] for _ in self.subjects]
        self.escalated: list[Escalation] = []
        # Once every step is taken: officers from whom no path leads to anybody with room, now or later. Each
        # subject that comes to them is lacking too; to search again for each of thousands would take minutes.
        self._spent: set[str] = set()

    def run(self) -> None:
        """Deal seat 1 to all subjects, then seat 2, and so on. Raises OfficersInsufficient."""
        lacking: dict[int, Lack] = {}
        for seat in range(self.seats):
            for place, subject in enumerate(self.subjects):
                # A subject that lacks one officer already is named once, and takes nobody else's.
                if place not in lacking and not self._fill(seat, place):
                    eligible = len(self._eligible(subject))
                    lacking[place] = Lack(subject.id, subject.county, eligible, self.seats)
        if lacking:
            raise OfficersInsufficient([lacking[place] for place in sorted(lacking)])

    def _fill(self, seat: int, place: int) -> bool:
        while not (self._seat_directly(seat, place) or self._seat_by_path(seat, place)):
            if not self._steps:
                return False
            index, step = self._steps.pop(0)
            self.escalated.append(Escalation(index, self.subjects[place].id, seat + 1))
            if isinstance(step, RaiseCap):
                self._caps = {number: cap + step.by for number, cap in self._caps.items()}
            else:
                self._open(step)
        return True

    def _open(self, step: OpenPool) -> None:
        if step.county not in self._open_pools:
            self._open_pools.append(step.county)

    def _eligible(self, subject: Drawn) -> list[str]:
        counties = dict.fromkeys([subject.county, *self._open_pools])
        recused = self._recused.get(subject.id, set())
        return [
            officer.number
            for county in counties
            for officer in self._by_county.get(county, ())
            if officer.number not in recused
        ]

    def _candidates(self, place: int) -> list[str]:
        """Eligible officers not yet on the team, in order of (g, hash, number)."""
        team = self.teams[place]
        free = [number for number in self._eligible(self.subjects[place]) if number not in team]
        return sorted(free, key=self._rank)

    def _rank(self, number: str) -> tuple[int, str, str]:
        g = self._g[number]
        known = self._hashes.get((number, g))
        if known is None:
            known = hashlib.sha256(f"{self._key}|{number}|{g}".encode()).hexdigest()
            self._hashes[number, g] = known
        return g, known, number

    def _has_room(self, number: str) -> bool:
        return len(self._slots[number]) < self._caps[number]

    def _seat_directly(self, seat: int, place: int) -> bool:
        able = [number for number in self._eligible(self.subjects[place]) if self._has_room(number)]
        free = [number for number in able if number not in self.teams[place]]
        if not free:
            return False
        number = min(free, key=self._rank)
        self.teams[place].append(number)
        self._slots[number].add((seat, place))
        self._g[number] += 1
        return True

    def _seat_by_path(self, seat: int, place: int) -> bool:
        """Free a full officer by passing one of his slots on, breadth first, along officers seen once."""
        first = (number for number in self._candidates(place) if number not in self._spent)
        came_by: dict[str, tuple[str, _Slot] | None] = dict.fromkeys(first)
        queue = deque(came_by)
        while queue:
            holder = queue.popleft()
            for slot in sorted(self._slots[holder]):
                for number in self._candidates(slot[1]):
                    if number in came_by or number in self._spent:
                        continue
                    came_by[number] = (holder, slot)
                    if self._has_room(number):
                        self._shift(number, came_by, (seat, place))
                        return True
                    queue.append(number)
        if not self._steps:
            self._spent.update(came_by)
        return False

    def _shift(self, last: str, came_by: dict[str, tuple[str, _Slot] | None], new: _Slot) -> None:
        """Hand the slots on along the path; only its last officer has one case more than before."""
        self._g[last] += 1
        taker = last
        while (step := came_by[taker]) is not None:
            giver, slot = step
            self._slots[giver].remove(slot)
            self._slots[taker].add(slot)
            self.teams[slot[1]][slot[0]] = taker
            taker = giver
        self._slots[taker].add(new)
        self.teams[new[1]].append(taker)
