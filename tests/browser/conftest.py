"""The whole system on servers of its own, its registry filled, and a real Chromium in front of it."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize, sync_playwright

from deploy.local.story.load import load
from deploy.local.story.people import People
from deploy.local.story.progress import Progress
from deploy.local.theatre import Theatre
from tests.common.web.conftest import CHROMIUM_FLAGS, chromium_path
from tests.system.staging import staged

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE = 20_000  # ms until an assertion about a page gives up

T = TypeVar("T")


def beside(work: Callable[[], Awaitable[T]]) -> T:
    """Run asynchronous work beside Playwright, whose own loop occupies this thread."""
    results: list[T] = []

    def run() -> None:
        async def main() -> T:
            return await work()

        results.append(asyncio.run(main()))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return results[0]


@dataclass
class Stage:
    """The running system and those who use it."""

    theatre: Theatre
    browser: Browser

    @property
    def url(self) -> str:
        """Where people reach it."""
        return self.theatre.stack.url

    def passwords(self, *usernames: str) -> dict[str, str]:
        """The passwords of these people, who get accounts if they have none."""

        async def join() -> dict[str, str]:
            async with self.theatre.scene(Progress(1)) as scene:
                people: People = scene.people
                await people.join(*usernames)
                known = {name: word for name, word, _ in people.everybody()}
            return {name: known[name] for name in usernames}

        return beside(join)

    def signed_in(self, username: str, *, phone: bool = False) -> Page:
        """A browser of its own in which `username` has signed in by the form."""
        password = self.passwords(username)[username]
        context: BrowserContext = self.browser.new_context(
            base_url=self.url, viewport=PHONE if phone else DESKTOP, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto("/registry/login")
        page.get_by_label("账号").fill(username)
        page.get_by_label("口令").fill(password)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/registry/desk")
        return page

    def visitor(self) -> Page:
        """A citizen's browser."""
        context = self.browser.new_context(base_url=self.url, viewport=PHONE, locale="zh-CN")
        context.set_default_timeout(PATIENCE)
        return context.new_page()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Up for the module; Playwright's loop occupies this thread, so it may not live longer."""
    with staged(tmp_path_factory.mktemp("browser")) as theatre:
        beside(lambda: _fill(theatre))
        with sync_playwright() as playwright:
            try:
                browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
            except Error as error:
                pytest.skip(f"no Chromium: install Debian's chromium or set SUNLOT_CHROMIUM ({error.message[:80]})")
            yield Stage(theatre, browser)
            browser.close()


async def _fill(theatre: Theatre) -> None:
    async with theatre.scene(Progress(1)) as scene:
        await load(scene)
        await scene.show.until("名录送达", lambda: scene.all_have_heard("registry"), seconds=120)


@pytest.fixture
def pictures() -> Callable[[Page, str], None]:
    """Keeps a picture of a page where SUNLOT_PICTURES names a folder."""
    folder = os.environ.get("SUNLOT_PICTURES")

    def keep(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            width = page.viewport_size["width"] if page.viewport_size else 0
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)

    return keep
