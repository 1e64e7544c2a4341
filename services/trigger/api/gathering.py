"""Group commit: orders that arrive while others are being written are written together next, in one transaction.

Begin, statements and commit cost the same for one order as for many, so a platform that sends one waits for nobody,
and under load an order costs little more than what is its own.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.clock import now
from libs.common.db.database import Database
from libs.common.db.failures import is_away
from libs.common.errors import SunlotError, Unavailable
from libs.common.telemetry.context import correlation_id
from services.trigger.api.signed import Signed
from services.trigger.domain.errors import WrongSignature
from services.trigger.store import arrivals, platforms
from services.trigger.store.vault import Vault
from services.trigger.usecases.receive_order import Received, ReceiveOrder, Sent, receive_orders

MOST: Final = 64  # orders in one transaction: more would make the first wait for the last
# Seconds for those to catch up who have just been answered and send their next; only where several came together.
PAUSE: Final = 0.004
LANES: Final = 2  # transactions at a time: while PostgreSQL writes one group, the next is made ready
AT_ONCE: Final = 4  # orders of a group that failed


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    signed: Signed
    command: ReceiveOrder
    correlation: str
    outcome: asyncio.Future[Received]

    @property
    def marks(self) -> set[tuple[str, ...]]:
        """What no two orders of one transaction may share: whichever comes later must find the other written."""
        platform = self.signed.platform
        return {("nonce", platform, self.signed.nonce), ("order", platform, self.command.order_id)}


class Gathering:
    """Takes orders in, those together that wait at the same time; one transaction at a time."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._waiting: list[_Waiting] = []
        self._writing: set[asyncio.Task[None]] = set()
        self._several = False  # whether the last ones came together
        self._again: set[asyncio.Task[None]] = set()  # what is under way of groups that failed

    async def take(self, signed: Signed, command: ReceiveOrder) -> Received:
        """What became of the order, once it is committed; raises what `receive_orders` refuses, and WrongSignature."""
        outcome = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(signed, command, correlation_id(), outcome))
        if len(self._writing) < LANES:
            lane = asyncio.create_task(self._write())
            self._writing.add(lane)
            lane.add_done_callback(self._writing.discard)
        received: Received = await outcome
        return received

    async def _write(self) -> None:
        while self._waiting:
            if self._several:
                await asyncio.sleep(PAUSE)
            group = self._next()
            self._several = len(group) > 1
            try:
                _tell(group, await self._together(group))
            except Exception as error:  # noqa: BLE001 - it is told to whoever sent it
                self._failed(group, error)
            except BaseException:
                _fail([*group, *self._waiting], Unavailable())
                raise

    def _failed(self, group: Sequence[_Waiting], error: Exception) -> None:
        """Each is taken again by itself, so that only the culprit is refused; nobody else waits for that."""
        if is_away(error):
            _fail(group, error)
            return
        again = asyncio.create_task(self._one_by_one(group))
        self._again.add(again)
        again.add_done_callback(self._again.discard)

    async def _one_by_one(self, group: Sequence[_Waiting]) -> None:
        async def alone(one: _Waiting) -> None:
            try:
                async with turn:
                    _tell([one], await self._together([one]))
            except Exception as error:  # noqa: BLE001 - it is told to whoever sent it
                _fail([one], error)

        turn = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(alone(one) for one in group))

    def _next(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        later: list[_Waiting] = []
        marks: set[tuple[str, ...]] = set()
        for one in self._waiting:
            if len(group) == MOST or one.marks & marks:
                later.append(one)
            else:
                group.append(one)
            marks |= one.marks  # also of what waits on: orders of one id stay in turn
        self._waiting = later
        return group

    async def _together(self, group: Sequence[_Waiting]) -> list[Received | SunlotError]:
        asking = [platforms.Asking(one.signed.platform, one.signed.key_number, one.signed.nonce) for one in group]
        outcomes: list[Received | SunlotError] = [WrongSignature()] * len(group)
        async with self._database.transaction() as tx:
            if len(group) > 1:  # one may have to wait for a lock: the others don't wait with it for long
                await arrivals.hurry(tx)
            moment = now()
            admitted = await platforms.admit(tx, asking, moment)
            places = [place for place, platform in enumerate(admitted) if platform is not None]
            sent = [
                Sent(platform, one.command, one.correlation)
                for platform, one in zip(admitted, group, strict=True)
                if platform is not None
            ]
            for place, outcome in zip(places, await receive_orders(tx, sent, self._vault, moment), strict=True):
                outcomes[place] = outcome
        return outcomes


def _tell(group: Sequence[_Waiting], outcomes: Sequence[Received | SunlotError]) -> None:
    for one, outcome in zip(group, outcomes, strict=True):
        if isinstance(outcome, SunlotError):
            _fail([one], outcome)
        elif not one.outcome.done():  # who hung up is told nothing
            one.outcome.set_result(outcome)


def _fail(group: Sequence[_Waiting], error: Exception) -> None:
    for one in group:
        if not one.outcome.done():
            one.outcome.set_exception(error)
