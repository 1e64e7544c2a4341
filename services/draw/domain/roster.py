"""The committed officers (执法检查人员名录库): who may be sent, whom they must not meet, and what if they run out."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from libs.common.canonical import canonical, digest
from libs.common.errors import Invalid
from services.draw.domain.pool import is_plain

_COUNTY = re.compile(r"[0-9]{6}")


class RosterInvalid(Invalid):
    """The list of officers can't be committed."""


@dataclass(frozen=True, slots=True, order=True)
class Officer:
    """An officer by public number: county, items allowed, most cases in this draw, cases so far this year.

    `load0` is the year's assignments minus the smallest of the list. Only officers whose certificate is
    valid and who are on duty for the whole inspection period belong in a roster.
    """

    number: str
    county: str
    items: tuple[str, ...]
    cap: int
    load0: int

    def document(self) -> list[object]:
        """The officer as in officers.json."""
        return [self.number, self.county, sorted(self.items), self.cap, self.load0]


@dataclass(frozen=True, slots=True)
class RaiseCap:
    """From here on everybody may take `by` more cases."""

    by: int

    def document(self) -> list[object]:
        """The step as in officers.json."""
        return ["cap", self.by]


@dataclass(frozen=True, slots=True)
class OpenPool:
    """From here on the officers of this county code (the city's own) may be sent everywhere."""

    county: str

    def document(self) -> list[object]:
        """The step as in officers.json."""
        return ["pool", self.county]


Step: TypeAlias = RaiseCap | OpenPool


@dataclass(frozen=True, slots=True)
class Roster:
    """Officers, the task's items, recusals (officer number, subject id) and escalation steps in order."""

    officers: tuple[Officer, ...]
    items: tuple[str, ...]
    recusals: frozenset[tuple[str, str]] = frozenset()
    escalation: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        numbers = [officer.number for officer in self.officers]
        doubles = sorted({number for number in numbers if numbers.count(number) > 1}) if _repeat(numbers) else []
        if doubles:
            raise RosterInvalid(f"执法人员 {'、'.join(doubles)} 重复，请核对人员名录（细则第五条）。")
        for officer in self.officers:
            _check(officer)
        for step in self.escalation:
            if (isinstance(step, RaiseCap) and step.by < 1) or (
                isinstance(step, OpenPool) and not _COUNTY.fullmatch(step.county)
            ):
                raise RosterInvalid(f"人员不足时的处理步骤 {step.document()} 无效，请改正。")

    def document(self) -> dict[str, list[Any]]:
        """The contents of officers.json, every list sorted except the escalation, whose order counts."""
        return {
            "officers": [officer.document() for officer in sorted(self.officers)],
            "items": sorted(self.items),
            "recusals": [list(pair) for pair in sorted(self.recusals)],
            "escalation": [step.document() for step in self.escalation],
        }

    @property
    def bytes(self) -> bytes:
        """The bytes of officers.json."""
        return canonical(self.document())

    @property
    def root(self) -> str:
        """`officers.root` of the commitment: the hash of officers.json without its recusals."""
        document = self.document()
        return digest({name: part for name, part in document.items() if name != "recusals"})

    @property
    def recusals_root(self) -> str:
        """`recusals_root` of the commitment: the hash of the recusals alone."""
        return digest(self.document()["recusals"])

    def allowed(self) -> tuple[Officer, ...]:
        """Return the officers who may inspect every item of the task, by number."""
        needed = set(self.items)
        return tuple(officer for officer in sorted(self.officers) if needed <= set(officer.items))


def _repeat(numbers: Sequence[str]) -> bool:
    return len(set(numbers)) != len(numbers)


def _check(officer: Officer) -> None:
    if not officer.number or " " in officer.number or not is_plain(officer.number):
        raise RosterInvalid(f"执法人员公开编号“{officer.number}”无效，请在人员名录中改正。")
    if not _COUNTY.fullmatch(officer.county) or officer.cap < 0 or officer.load0 < 0:
        raise RosterInvalid(f"执法人员 {officer.number} 的县区、承办上限或已承办数无效，请在人员名录中改正。")


def relative_loads(assignments_this_year: Mapping[str, int]) -> dict[str, int]:
    """Return each officer's `load0`: the year's assignments minus the smallest number in the list."""
    least = min(assignments_this_year.values(), default=0)
    return {number: count - least for number, count in assignments_this_year.items()}


def roster_from(document: Mapping[str, Any]) -> Roster:
    """Read back an officers.json. Raises RosterInvalid."""
    try:
        return Roster(
            officers=tuple(
                Officer(number, county, tuple(items), cap, load0)
                for number, county, items, cap, load0 in document["officers"]
            ),
            items=tuple(document["items"]),
            recusals=frozenset((number, subject) for number, subject in document["recusals"]),
            escalation=_steps(document["escalation"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RosterInvalid(f"officers.json 的格式不正确：{error}。") from error


def _steps(rows: Iterable[Sequence[Any]]) -> tuple[Step, ...]:
    kinds: dict[str, type[RaiseCap] | type[OpenPool]] = {"cap": RaiseCap, "pool": OpenPool}
    return tuple(kinds[kind](value) for kind, value in rows)
