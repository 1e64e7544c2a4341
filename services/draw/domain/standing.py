"""Where a drawn list stands now: its replacements replayed, and the officer that the rule names next."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from libs.common.errors import OutOfOrder
from libs.common.reference import county_name
from services.draw.domain.replacement import (
    Entry,
    Fresh,
    ReplacementInvalid,
    Reserve,
    SubjectNotDrawn,
    Swap,
    SwapReason,
    Taken,
    Void,
    VoidNotOpen,
)
from services.draw.domain.roster import Officer, OpenPool, RaiseCap, Roster


class NobodyToSend(OutOfOrder):
    """No officer is left for a seat, also after every committed escalation step; says what is lacking."""


@dataclass(frozen=True, slots=True)
class Start:
    """What the draw itself gave: drawn subjects, their teams, the committed officers and the officer key."""

    selected: tuple[Taken, ...]
    teams: Mapping[str, tuple[str, ...]]
    roster: Roster
    key: str
    seats: int
    steps_taken: int  # of the roster's escalation, by the draw's own deal


class Standing:
    """The list after its replacements; every entry is checked against the rule before it counts.

    `county_of` has the counties of all subjects that get or change a team here.
    """

    def __init__(self, start: Start, county_of: Mapping[str, str]) -> None:
        self._start = start
        self._county_of = county_of
        self._by_county: dict[str, list[Officer]] = {}
        for officer in start.roster.allowed():
            self._by_county.setdefault(officer.county, []).append(officer)
        self._steps_taken = start.steps_taken
        self._off: dict[str, set[str]] = {}  # subject → officers who were taken off its team
        self._gone: set[str] = set()  # officers who are not available any more
        self.known = {one.id: one for one in start.selected}  # ever drawn or taken, in that order
        self.teams = dict(start.teams)
        self.voids: dict[int, str] = {}
        self.open_voids: dict[int, str] = {}
        self.elsewhere: dict[str, str] = {}  # subject → the fresh draw that deals with it
        self.entries: list[Entry] = []

    def load(self, number: str) -> int:
        """How many seats an officer holds now."""
        return self._held()[number]

    @property
    def current(self) -> list[str]:
        """The subjects dealt with here that are not void, in the order in which they came."""
        return [subject for subject in self.known if subject in self.teams and subject not in self.elsewhere]

    def team_for(self, subject: str) -> tuple[str, ...]:
        """Return the team that the rule gives a subject without one. Raises NobodyToSend."""
        return self._team_for(subject)[0]

    def officer_for(self, subject: str, seat: int) -> str:
        """Return the officer who takes over a seat (from 1). Raises SubjectNotDrawn, NobodyToSend."""
        return self._officer_for(subject, seat, self._team(subject)[seat - 1])[0]

    def apply(self, entry: Entry) -> None:
        """Take the next entry. Raises ReplacementInvalid and others when it breaks the rule."""
        if entry.n != len(self.entries) + 1:
            raise ReplacementInvalid(f"凭证变更应依次编号，第 {len(self.entries) + 1} 条写成了 {entry.n}。")
        if self.entries and entry.at < self.entries[-1].at:
            raise ReplacementInvalid(f"凭证变更第 {entry.n} 条的时间早于上一条。")
        match entry:
            case Void():
                self._team(entry.subject)
                del self.teams[entry.subject]
                self.voids[entry.n] = self.open_voids[entry.n] = entry.subject
            case Reserve():
                self._reserve(entry)
            case Fresh():
                self._fresh(entry)
            case Swap():
                self._swap(entry)
        self.entries.append(entry)

    def _reserve(self, entry: Reserve) -> None:
        self._close([entry.void])
        self._take(entry.taken)
        team, steps = self._team_for(entry.taken.id)
        if team != entry.officers:
            raise ReplacementInvalid(f"凭证变更第 {entry.n} 条的检查人员应为 {'、'.join(team)}。")
        self._steps_taken = steps
        self.teams[entry.taken.id] = team

    def _fresh(self, entry: Fresh) -> None:
        if list(entry.voids) != sorted(set(entry.voids)) or not entry.voids:
            raise ReplacementInvalid(f"凭证变更第 {entry.n} 条所补的作废应从小到大、不重复。")
        self._close(entry.voids)
        if [one.id for one in entry.taken] != [subject for subject, _ in entry.teams]:
            raise ReplacementInvalid(f"凭证变更第 {entry.n} 条的检查对象与检查人员对不上。")
        for one in entry.taken:
            self._take(one)
            self.elsewhere[one.id] = entry.draw_id
        self.teams.update(entry.teams)

    def _swap(self, entry: Swap) -> None:
        team = list(self._team(entry.subject))
        if not 1 <= entry.seat <= len(team) or team[entry.seat - 1] != entry.out:
            raise ReplacementInvalid(f"{entry.subject} 的第 {entry.seat} 名检查人员不是 {entry.out}，请核对。")
        into, steps = self._officer_for(entry.subject, entry.seat, entry.out)
        if into != entry.into:
            raise ReplacementInvalid(f"凭证变更第 {entry.n} 条接替的应为 {into}。")
        self._steps_taken = steps
        team[entry.seat - 1] = into
        self.teams[entry.subject] = tuple(team)
        self._off.setdefault(entry.subject, set()).add(entry.out)
        if entry.reason is SwapReason.NOT_AVAILABLE:
            self._gone.add(entry.out)

    def _team(self, subject: str) -> tuple[str, ...]:
        if subject not in self.teams or subject in self.elsewhere:
            raise SubjectNotDrawn
        return self.teams[subject]

    def _close(self, voids: Iterable[int]) -> None:
        for n in voids:
            if n not in self.open_voids:
                raise VoidNotOpen
            del self.open_voids[n]

    def _take(self, one: Taken) -> None:
        if one.id in self.known:
            raise ReplacementInvalid(f"{one.id} 已经抽中过，不能再补抽。")
        self.known[one.id] = one

    def _team_for(self, subject: str) -> tuple[tuple[str, ...], int]:
        team: list[str] = []
        steps = self._steps_taken
        for _ in range(self._start.seats):
            number, steps = self._choose(subject, team, steps)
            team.append(number)
        return tuple(team), steps

    def _officer_for(self, subject: str, seat: int, out: str) -> tuple[str, int]:
        others = [number for place, number in enumerate(self._team(subject), 1) if place != seat]
        return self._choose(subject, [*others, out, *self._off.get(subject, ())], self._steps_taken)

    def _held(self) -> Counter[str]:
        return Counter(number for team in self.teams.values() for number in team)

    def _choose(self, subject: str, barred: Collection[str], steps: int) -> tuple[str, int]:
        """The officer with the smallest (g, hash, number) who may go, taking further steps only if nobody may."""
        held = self._held()
        while True:
            able = [
                officer
                for officer in self._eligible(subject, barred, steps)
                if held[officer.number] < officer.cap + self._raised(steps)
            ]
            if able:
                return min(self._rank(officer, held) for officer in able)[2], steps
            if steps == len(self._start.roster.escalation):
                raise self._lack(subject, barred, steps)
            steps += 1

    def _rank(self, officer: Officer, held: Mapping[str, int]) -> tuple[int, str, str]:
        g = officer.load0 + held[officer.number]
        text = f"{self._start.key}|{officer.number}|{g}"
        return g, hashlib.sha256(text.encode()).hexdigest(), officer.number

    def _eligible(self, subject: str, barred: Collection[str], steps: int) -> list[Officer]:
        opened = [step.county for step in self._start.roster.escalation[:steps] if isinstance(step, OpenPool)]
        counties = dict.fromkeys([self._county_of[subject], *opened])
        return [
            officer
            for county in counties
            for officer in self._by_county.get(county, ())
            if officer.number not in barred
            and officer.number not in self._gone
            and (officer.number, subject) not in self._start.roster.recusals
        ]

    def _raised(self, steps: int) -> int:
        return sum(step.by for step in self._start.roster.escalation[:steps] if isinstance(step, RaiseCap))

    def _lack(self, subject: str, barred: Collection[str], steps: int) -> NobodyToSend:
        able = len(self._eligible(subject, barred, steps))
        why = f"符合条件的 {able} 名执法人员均已达承办上限" if able else "没有其他符合条件的执法人员"
        return NobodyToSend(
            f"{subject}（{county_name(self._county_of[subject])}）派不足检查人员（细则第十条）：{why}，"
            "承诺登记的补充办法（提高上限、市级人员）也已用尽，本次未作变更。请待其他检查结束或作废后再试。"
        )


def replay(start: Start, entries: Iterable[Entry], county_of: Mapping[str, str]) -> Standing:
    """Return where the list stands after `entries`. Raises ReplacementInvalid and others at the first wrong one."""
    standing = Standing(start, county_of)
    for entry in entries:
        standing.apply(entry)
    return standing
