"""The draw service on a real port with one finished draw, and a real Chromium in front of it."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, Route

from libs.common.cli import Service
from libs.common.testing.databases import fresh_database, template_of
from libs.common.testing.doors import House
from services.draw.app import SERVICE
from tests.common.web.conftest import chromium, pictures
from tests.conftest import settings_of
from tests.draw.conftest import City, settle
from tests.draw.test_verify_published import changed

__all__ = ["chromium", "pictures"]


@dataclass(frozen=True)
class Site:
    """Where the service answers, and its finished draw."""

    url: str
    draw_id: str
    changed_id: str  # a second draw, with a reserve, an exchanged officer and a fresh draw

    @property
    def base(self) -> str:
        """The public address of the draw."""
        return f"{self.url}/public/draws/{self.draw_id}"


async def _serve(
    service: Service, postgres_url: str, template: str, ready: Callable[[Site, uvicorn.Server], None]
) -> None:
    async with fresh_database(service, postgres_url, template) as (database, url):
        house = House(service, database, settings_of(service, url, "amqp://127.0.0.1:1/"))
        await settle(house)
        city = City(house)
        draw_id, changed_id = await city.drawn(), await changed(city)
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(service.app(house.settings, database), log_config=None, lifespan="off"))
        ready(Site(f"http://127.0.0.1:{listener.getsockname()[1]}", draw_id, changed_id), server)
        await server.serve(sockets=[listener])


@pytest.fixture(scope="module")
def site(postgres_url: str) -> Iterator[Site]:
    """The running service; everything lives on one loop in a thread, because Playwright's occupies this one."""
    found: list[tuple[Site, uvicorn.Server]] = []
    failed: list[BaseException] = []
    started = threading.Event()

    def ready(where: Site, server: uvicorn.Server) -> None:
        found.append((where, server))
        started.set()

    def run() -> None:
        try:
            template = template_of(SERVICE, postgres_url)
            asyncio.run(_serve(SERVICE, postgres_url, template, ready))
        except BaseException as error:
            failed.append(error)
            raise
        finally:
            started.set()

    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    if failed:
        raise failed[0]
    where, server = found[0]
    yield where
    server.should_exit = True
    thread.join()


def publish(page: Page, site: Site, folder: Path) -> None:
    """Let the page find the files of `folder` in place of the published ones."""

    def answer(route: Route) -> None:
        draw_id, _, name = route.request.url.removeprefix(f"{site.url}/public/draws/").partition("/")
        path = folder / name if draw_id == site.draw_id else folder / draw_id / name
        if path.suffix not in {".json", ".tsv"}:
            route.fallback()
        elif path.is_file():
            route.fulfill(path=path)
        else:
            route.fulfill(status=404)

    page.context.route(f"{site.url}/public/draws/**", answer)
