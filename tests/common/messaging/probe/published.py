"""What the probe says: a number of an aggregate."""

from typing import ClassVar

from libs.common.messaging.envelope import Event, Received


class Counted(Event):
    """The next number. Aggregate: any."""

    TYPE: ClassVar[str] = "probe.counted"
    n: int


class CountedHeard(Received):
    """The part that the probe relies on when it hears itself."""

    TYPE: ClassVar[str] = "probe.counted"
    n: int
