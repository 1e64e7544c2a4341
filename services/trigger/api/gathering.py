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
from services.trigger.store import platforms
from services.trigger.store.vault import Vault
from services.trigger.usecases.receive_order import Received, ReceiveOrder, Sent, receive_orders

MOST: Final = 64  # orders in one transaction: more would make the first wait for the last
# Seconds for those to catch up who have just been answered and send their next; only where several came together.
PAUSE: Final = 0.004


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
        self._writing: asyncio.Task[None] | None = None
        self._several = False  # whether the last ones came together

    async def take(self, signed: Signed, command: ReceiveOrder) -> Received:
        """What became of the order, once it is committed; raises what `receive_orders` refuses, and WrongSignature."""
        outcome = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(signed, command, correlation_id(), outcome))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        received: Received = await outcome
        return received

    async def _write(self) -> None:
        while self._waiting:
            if self._several:
                await asyncio.sleep(PAUSE)
            group = self._next()
            self._several = len(group) > 1
            try:
                await self._settle(group)
            except BaseException as error:  # whatever it is, nobody is left waiting
                _fail(group, error)
                if not isinstance(error, Exception):
                    raise

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

    async def _settle(self, group: Sequence[_Waiting]) -> None:
        """Together; when that fails, each alone, so that only the culprit is refused."""
        try:
            outcomes = await self._together(group)
        except Exception as error:
            if len(group) == 1 or is_away(error):
                raise
            for one in group:
                try:
                    _tell([one], await self._together([one]))
                except Exception as own:  # noqa: BLE001 - it is told to whoever sent it
                    _fail([one], own)
        else:
            _tell(group, outcomes)

    async def _together(self, group: Sequence[_Waiting]) -> list[Received | SunlotError]:
        asking = [platforms.Asking(one.signed.platform, one.signed.key_number, one.signed.nonce) for one in group]
        outcomes: list[Received | SunlotError] = [WrongSignature()] * len(group)
        async with self._database.transaction() as tx:
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


def _fail(group: Sequence[_Waiting], error: BaseException) -> None:
    for one in group:
        if not one.outcome.done():
            one.outcome.set_exception(error if isinstance(error, Exception) else Unavailable())
