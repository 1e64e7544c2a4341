"""The connection to RabbitMQ: one supervised loop that connects again, with a timeout on every wait."""

import asyncio
from collections.abc import Awaitable, Callable

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import AMQPException, ChannelInvalidStateError
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from libs.common.db.failures import is_away
from libs.common.telemetry.logs import get_logger

log = get_logger(__name__)

CONNECT_TIMEOUT = 10.0
BACK_OFF = (0.2, 0.5, 1, 2, 5)  # seconds; the last one repeats

# What ends a connection's work and is mended by starting again; anything else is a bug and ends the program.
PASSING = (
    AMQPException,
    ChannelInvalidStateError,  # a RuntimeError: the connection went while nothing was on its way
    OSError,
    TimeoutError,
    DBAPIError,
    PendingRollbackError,
    PoolExhausted,
)


async def connect(url: str) -> AbstractConnection:
    """One plain connection; it is not mended behind our back: whoever uses it starts again."""
    return await aio_pika.connect(url, timeout=CONNECT_TIMEOUT)


async def open_channel(connection: AbstractConnection) -> AbstractChannel:
    """A channel on which publishing raises unless a queue has the message on disk (by default a return is silent)."""
    return await connection.channel(publisher_confirms=True, on_return_raises=True)


async def supervise(name: str, work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Run `work` until `stop`; when broker or database go away, begin again after a pause."""
    failures = 0
    while not stop.is_set():
        started = asyncio.get_running_loop().time()
        try:
            await work()
        except* PASSING as group:  # a group, since whoever does several things at once fails with one
            if asyncio.get_running_loop().time() - started > 30:
                failures = 0
            pause = BACK_OFF[min(failures, len(BACK_OFF) - 1)]
            failures += 1
            errors = [_in_short(error) for error in group.exceptions]
            log.warning("connection lost, starting again", work=name, errors=errors, pause=pause)
            await wait_for_stop(stop, pause)


def _in_short(error: BaseException) -> str:
    # A database error's text can quote what was being written; that the database is away it says in its own words.
    return repr(error)[:300] if is_away(error) or not isinstance(error, DBAPIError) else type(error).__name__


async def wait_for_stop(stop: asyncio.Event, seconds: float) -> bool:
    """Wait at most `seconds` for `stop`; True if it was set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True
