"""Sends HTTP requests and notes when each was answered: as fast as answers come, or at times set before."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

import uvloop

MOST_CONNECTIONS = 128
LATEST = 30.0  # seconds to wait for what is still on its way at the end


@dataclass
class Answered:
    """How many answers of which status, and how long each took in seconds."""

    statuses: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def percentile(self, share: float) -> float:
        """The time within which this share of requests was answered."""
        ordered = sorted(self.took)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


class _Connection(asyncio.Protocol):
    """One HTTP/1.1 connection with at most one request on its way."""

    def __init__(self) -> None:
        self._heard = b""
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one, though it doesn't inherit it

    @property
    def open(self) -> bool:
        """Whether it can take a request."""
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes) -> int:
        """Send the request and return the status of its answer; 0 when the connection was lost."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        if not end:
            return
        lower = head.lower()
        place = lower.find(b"content-length:")
        length = int(lower[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
        if len(body) >= length:
            self._heard = b""
            self._tell(int(head[9:12]))

    def connection_lost(self, _error: Exception | None) -> None:
        self._tell(0)

    def _tell(self, status: int) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(status)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


async def _connect(port: int) -> _Connection:
    _, connection = await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", port)
    return connection


def in_turn(port: int, requests: Iterable[bytes], connections: int) -> Answered:
    """Each connection sends its next request when it has the answer to the last; the time for all of them."""

    async def work() -> Answered:
        answered, left = Answered(), iter(requests)

        async def one(connection: _Connection) -> None:
            for request in left:
                began = time.perf_counter()
                answered.statuses[await connection.ask(request)] += 1
                answered.took.append(time.perf_counter() - began)

        opened = [await _connect(port) for _ in range(connections)]
        began = time.perf_counter()
        await asyncio.gather(*(one(connection) for connection in opened))
        answered.seconds = time.perf_counter() - began
        for connection in opened:
            connection.close()
        return answered

    return uvloop.run(work())


def in_time(port: int, requests: Iterable[bytes], rate: float) -> Answered:
    """`rate` requests a second, whether the last were answered or not; each is timed from when it was due.

    `seconds` is how long sending took: when that is longer than planned, less than the rate was offered.
    """

    async def work() -> Answered:
        answered, clients = Answered(), _Clients(port)

        async def one(request: bytes, due: float) -> None:
            answered.statuses[await clients.ask(request)] += 1
            answered.took.append(time.perf_counter() - due)

        began = time.perf_counter()
        on_their_way: set[asyncio.Task[None]] = set()
        for number, request in enumerate(requests):
            due = began + number / rate
            if (pause := due - time.perf_counter()) > 0:
                await asyncio.sleep(pause)
            elif number % 16 == 0:
                await asyncio.sleep(0)
            task = asyncio.create_task(one(request, due))
            on_their_way.add(task)
            task.add_done_callback(on_their_way.discard)
        answered.seconds = time.perf_counter() - began
        if on_their_way:
            await asyncio.wait(on_their_way, timeout=LATEST)
        clients.close()
        return answered

    return uvloop.run(work())


class _Clients:
    """Connections that are kept, more of them while all are busy."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: asyncio.LifoQueue[_Connection] = asyncio.LifoQueue()
        self._opened: list[_Connection] = []

    async def ask(self, request: bytes) -> int:
        """Send it over a free connection, waiting for one when there are as many as there may be."""
        connection = await self._next()
        status = await connection.ask(request)
        if connection.open:
            self._free.put_nowait(connection)
        else:
            self._opened.remove(connection)
        return status

    async def _next(self) -> _Connection:
        if self._free.empty() and len(self._opened) < MOST_CONNECTIONS:
            self._opened.append(connection := await _connect(self._port))
            return connection
        connection = await self._free.get()
        if connection.open:
            return connection
        self._opened.remove(connection)  # the server closed it while it rested
        return await self._next()

    def close(self) -> None:
        for connection in self._opened:
            connection.close()
