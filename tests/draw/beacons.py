"""The recorded rounds of the real quicknet chain, for tests that need a beacon."""

from dataclasses import replace
from datetime import datetime, timedelta

from deploy.standins.drand import Relay
from services.draw.domain.beacon import Beacon, Chain
from services.draw.domain.commitment import Commitment

RECORDED = Relay()
QUICKNET = Chain(
    RECORDED.info["metadata"]["beaconID"],
    RECORDED.info["public_key"],
    RECORDED.info["genesis_time"],
    RECORDED.info["period"],
    RECORDED.info["groupHash"],
)
SIGNATURES: dict[int, str] = {number: each["signature"] for number, each in RECORDED.rounds.items()}
ROUND = 30_662_990


def recorded(number: int = ROUND) -> Beacon:
    """A recorded round, as a commitment names it."""
    return Beacon(QUICKNET, number)


def before(seconds: float, number: int = ROUND) -> datetime:
    """A moment so many seconds before a recorded round comes."""
    return QUICKNET.time_of(number) - timedelta(seconds=seconds)


def with_beacon(promised: Commitment, *, dice: bool = False, sealed: bool = False) -> Commitment:
    """The same commitment an hour before the recorded round, which it names."""
    due = recorded().due
    return replace(
        promised,
        pool=replace(promised.pool, as_of=due - timedelta(hours=1)),
        sources=replace(promised.sources, dice=dice, beacon=recorded(), sealed=sealed),
        reveal_deadline=due,
        result_deadline=due + timedelta(days=1),
    )
