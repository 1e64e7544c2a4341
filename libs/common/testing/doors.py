"""The doors of a service without a port: an HTTP client that is somebody, and messages handed to handlers."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
from fastapi import FastAPI
from joserfc.jwk import OKPKey

from libs.common import clock
from libs.common.cli import Service
from libs.common.db import kernel
from libs.common.db.database import Database
from libs.common.http.auth import COOKIE, Actor, Role, sign_session
from libs.common.ids import new_id
from libs.common.messaging.envelope import Envelope, Event
from libs.common.messaging.inbox import Outcome, receive
from libs.common.messaging.relay import envelope_of
from libs.common.settings import Settings

_KEY = OKPKey.generate_key("Ed25519")
PRIVATE_KEY = _KEY.as_dict(private=True)
PUBLIC_KEY = _KEY.as_dict(private=False)


def actor(role: Role, county: str = "410300", *, account: str = "", **more: Any) -> Actor:
    """Somebody of `role`; another `account` is another person."""
    name = account or f"test-{role.value}"
    return Actor(account_id=name, name="测试" + role.chinese, role=role, county=county, csrf="c" * 32, **more)


@dataclass
class House:
    """One service on its own database, ready to be knocked at."""

    service: Service
    database: Database
    settings: Settings
    _built: tuple[Settings, FastAPI] | None = None

    def _app(self) -> FastAPI:
        """The doors, built once: that takes longer than most tests. Other settings make other doors."""
        if self._built is None or self._built[0] is not self.settings:
            self._built = (self.settings, self.service.app(self.settings, self.database))
        return self._built[1]

    @asynccontextmanager
    async def client(self, who: Actor | None = None, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """An HTTP client signed in as `who` by cookie; forms carry `who.csrf`, the API header is set."""
        transport = httpx.ASGITransport(self._app(), raise_app_exceptions=False)
        cookies = {}
        if who is not None:
            cookies[COOKIE] = sign_session(json_key(PRIVATE_KEY), who, issued=clock.now())
            headers.setdefault("x-csrf-token", who.csrf)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://sunlot.test", cookies=cookies, headers=headers
        ) as client:
            yield client

    async def hear(self, event: Event, *, aggregate: str, county: str = "410300", version: int = 0) -> Outcome:
        """Hand a message over as the consumer does; without a version it is the next of its aggregate."""
        producer = event.TYPE.partition(".")[0]
        async with self.database.transaction() as tx:
            if not version:
                head = await tx.scalar(
                    kernel.inbox_head.select()
                    .with_only_columns(kernel.inbox_head.c.last_version)
                    .where(kernel.inbox_head.c.stream == f"{producer}/{aggregate}")
                )
                version = (head or 0) + 1
            envelope = Envelope(
                event_id=new_id(),
                type=event.TYPE,
                major=event.MAJOR,
                aggregate_id=aggregate,
                version=version,
                county=county,
                occurred_at=clock.now(),
                correlation_id=f"test-{new_id()}",
                causation_id=None,
            )
            tx.cause = envelope
            return await receive(
                tx, self.service.handlers(self.settings), envelope, event.model_dump_json().encode(),
                queue="test", headers=envelope.headers(),
            )  # fmt: skip

    async def said(self, *types: str) -> list[tuple[Envelope, str]]:
        """What the service has announced, in order: (envelope, JSON text); only `types` if any are named."""
        async with self.database.transaction() as tx:
            rows = await tx.all(kernel.event_log.select().order_by(kernel.event_log.c.event_id))
        return [(envelope_of(row), row["payload"]) for row in rows if not types or row["type"] in types]


def json_key(key: Any) -> str:
    """A JWK as JSON text."""
    return json.dumps(dict(key))


def another(person: Actor, account: str) -> Actor:
    """The same role and county, another person."""
    return replace(person, account_id=account)
