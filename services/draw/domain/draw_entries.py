"""What people enter in the course of a draw, each with who and when."""

from dataclasses import dataclass

from services.draw.domain.plan import Signature
from services.draw.domain.seed import Party


@dataclass(frozen=True, slots=True)
class Promise:
    """A party's promise and who gave it."""

    party: Party
    given: Signature


@dataclass(frozen=True, slots=True)
class Reveal:
    """What a party revealed (hexadecimal), or None: it stayed away; with who entered it."""

    name: str
    reveal: str | None
    entered: Signature


@dataclass(frozen=True, slots=True)
class DiceEntry:
    """Digits typed in by one person and, once, confirmed by another."""

    digits: str
    typed: Signature
    confirmed: Signature | None = None


@dataclass(frozen=True, slots=True)
class BeaconEntry:
    """The signature (hexadecimal) of the round that the commitment names, and who handed it over."""

    signature: str
    entered: Signature


@dataclass(frozen=True, slots=True)
class Abort:
    """Why an attempt was given up; it stays public."""

    reason: str
    entered: Signature
