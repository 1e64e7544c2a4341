"""Trigger at a port in a thread of its own, furnished, for clients that know only HTTP and wait for each answer."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from libs.common import clock
from libs.common.db.database import Database
from libs.common.http.auth import Actor, sign_session
from libs.common.testing.databases import fresh_database, template_of
from libs.common.testing.doors import PRIVATE_KEY, House, json_key
from libs.common.testing.waiting import eventually
from services.trigger.app import SERVICE
from tests.conftest import settings_of
from tests.trigger.knocking import register, subject, tell_subjects
from tests.trigger.secrets_of import whispered


@dataclass(frozen=True)
class Served:
    """Where it answers, and what is there: ids by the names that paths give them."""

    url: str
    known: dict[str, str]
    key: str  # with which the platform signs

    def token(self, who: Actor) -> str:
        """What a program sends that is `who`."""
        return sign_session(json_key(PRIVATE_KEY), who, issued=clock.now())


@contextmanager
def at_a_port(postgres_url: str) -> Iterator[Served]:
    """It answers until the block ends; database and server live in a loop of their own."""
    template = template_of(SERVICE, postgres_url)
    ready, ending = threading.Event(), threading.Event()
    told: list[Served] = []

    async def serve() -> None:
        async with fresh_database(SERVICE, postgres_url, template) as (database, url):
            await _serve(database, url, told.append, ready, ending)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="trigger")
    thread.start()
    try:
        assert ready.wait(60)
        yield told[0]
    finally:
        ending.set()
        thread.join(30)


async def _serve(
    database: Database, url: str, tell: Callable[[Served], None], ready: threading.Event, ending: threading.Event
) -> None:
    house = House(SERVICE, database, settings_of(SERVICE, url, "amqp://127.0.0.1:1/"))
    known, key = await _furnish(house)
    app = SERVICE.app(house.settings, database)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server._serve())
    await eventually(lambda: _ready(server), "the server answers")
    port = server.servers[0].sockets[0].getsockname()[1]
    tell(Served(f"http://127.0.0.1:{port}", known, key))
    ready.set()
    await asyncio.to_thread(ending.wait)
    server.should_exit = True
    await serving


async def _ready(server: uvicorn.Server) -> bool:
    return server.started


async def _furnish(house: House) -> tuple[dict[str, str], str]:
    platform = await register(house)
    await tell_subjects(house, subject(1))
    signal: dict[str, Any] = (await platform.send(whispered("C-001"))).json()
    known = {
        "platform": platform.code, "code": platform.code, "order_id": "C-001", "signal_id": signal["signal_id"],
        "service_request_id": signal["signal_id"], "uscc": subject(1).uscc, "service_code": "wages",
        "rule_id": "wages-county-industry", "version": "1", "format": "json",
    }  # fmt: skip
    return known, platform.keys[0]
