"""One machine's whole stage for the story: services, gateway and stand-ins, set up, played, and taken down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from deploy.demo_data.generate import SUBJECTS, accounts
from deploy.local import standins
from deploy.local.machine import State
from deploy.local.reconcile import all_have_heard
from deploy.local.servers import Servers
from deploy.local.stack import Secret, Stack, Vault
from deploy.local.story.intake import PLATFORM
from deploy.local.story.people import People
from deploy.local.story.progress import Progress
from deploy.local.story.scene import Scene
from libs.common import clock

OnRequest = Callable[[httpx.Request], Awaitable[None]]


class Theatre:
    """`home` keeps ports, secrets, accounts, logs and what the story remembers."""

    def __init__(self, servers: Servers, home: Path, *, gateway_port: int | None = None) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home, self.postgres_url = home, servers.postgres_url
        ports = State.load(home / "standins.json")
        self._ports = {name: ports.free_port(name) for name in ("hotline", "national")}
        extra = {
            "draw": {"SUNLOT_DRAW_PROFILE": "open"},  # so that everybody can repeat the whole demo draw
            "trigger": {"SUNLOT_CALLBACK_NETWORKS": "127.0.0.0/8"},  # where the hotline's stand-in is
            "publicity": {"SUNLOT_MIRROR_URL": self.address("national"), "SUNLOT_MIRROR_RETRY": "1"},
        }
        self.stack = Stack(servers, home, gateway_port=gateway_port, extra=extra)

    def address(self, name: str) -> str:
        """Where a stand-in answers."""
        return f"http://127.0.0.1:{self._ports[name]}"

    def start(self) -> None:
        """Bring databases and broker to this version, then start everything but the hotline, which needs a key."""
        self.stack.migrate()
        self.stack.start()
        self.stack.processes.start(standins.national(self._ports["national"]))
        self.stack.processes.wait_ready(["national"])

    def stop(self) -> None:
        """End every process; servers and data stay."""
        self.stack.stop()

    @asynccontextmanager
    async def scene(
        self, show: Progress, *, orders: int = 60, subjects: int = SUBJECTS, on_request: OnRequest | None = None
    ) -> AsyncIterator[Scene]:
        """The stage for one play; `on_request` is called before each request to the gateway."""
        today = clock.china_date(clock.now())
        hooks = {"request": [on_request] if on_request else []}
        limits = httpx.Limits(max_connections=20)
        async with (
            httpx.AsyncClient(
                base_url=self.stack.url, timeout=60, limits=limits, trust_env=False, event_hooks=hooks
            ) as gateway,
            httpx.AsyncClient(timeout=60, trust_env=False) as outside,
        ):
            admin = Vault(self.home / "secrets.json").get("SUNLOT_FIRST_ADMIN_PASSWORD", Secret.RANDOM)
            scene = Scene(
                url=self.stack.url,
                home=self.home,
                outside=outside,
                hotline=self.address("hotline"),
                national=self.address("national"),
                people=People(self.home / "accounts.json", gateway, admin, accounts(today)),
                show=show,
                start_hotline=self._start_hotline,
                all_have_heard=lambda producer: all_have_heard(self.postgres_url, producer),
                today=today,
                orders=orders,
                subjects=subjects,
            )
            scene.recall()
            yield scene

    async def _start_hotline(self, key: str) -> None:
        program = standins.hotline(self._ports["hotline"], self.stack.url, PLATFORM, key)
        await asyncio.to_thread(self.stack.processes.start, program)
        await asyncio.to_thread(self.stack.processes.wait_ready, ["hotline"])
