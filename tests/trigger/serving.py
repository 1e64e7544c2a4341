"""Trigger on a port of its own, for programs that knock at it from outside."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from libs.common.testing.doors import House
from libs.common.testing.waiting import eventually
from services.trigger.loops import push_answers


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@asynccontextmanager
async def served(house: House) -> AsyncIterator[str]:
    """Trigger on a port, with its loop."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            house.service.app(house.settings, house.database), port=port, log_level="warning", lifespan="off"
        )
    )
    stop = asyncio.Event()
    serving = asyncio.create_task(server.serve())
    pushing = asyncio.create_task(push_answers(house.settings, house.database, stop))  # type: ignore[arg-type]

    async def started() -> bool:
        return server.started

    try:
        await eventually(started, "trigger on its port")
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        server.should_exit = True
        await asyncio.gather(serving, pushing)
