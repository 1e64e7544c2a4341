"""The gallery on a real port and a real Chromium to look at it with."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Error, sync_playwright

from tests.common.web.gallery.app import app

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Quiet: no look-ups of its own, so a machine without a network sees no refused connections.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str | None:
    """A Chromium of the machine; None lets Playwright look for its own."""
    return os.environ.get("SUNLOT_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@pytest.fixture(scope="session")
def gallery() -> Iterator[str]:
    """Address of the running gallery."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium, or a skip that says what to install.

    Not for the session: Playwright's loop runs in this thread, and asynchronous tests need it free.
    """
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        except Error as error:
            pytest.skip(f"no Chromium: install Debian's chromium or set SUNLOT_CHROMIUM ({error.message[:80]})")
        yield browser
        browser.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: SUNLOT_PICTURES, or a folder that pytest clears."""
    folder = Path(os.environ.get("SUNLOT_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
