"""Every part of a page in a real browser: nothing for axe to find, nothing wider than the screen."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

pytestmark = pytest.mark.browser

PAGES = ("task", "subjects", "plan", "desk", "public", "document", "error")
WIDTHS = {"phone": 390, "desk": 1280}


def opened(chromium: Browser, address: str, width: int, complaints: list[str]) -> Page:
    page = chromium.new_page(viewport={"width": width, "height": 844}, locale="zh-CN")

    def hear(message: ConsoleMessage) -> None:
        # The error page is a 404 and the refused form a 422; the browser says so, and is right.
        if message.type in {"error", "warning"} and "the server responded with a status of 4" not in message.text:
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    return page


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("screen", WIDTHS)
def test_page_is_accessible_and_fits_the_screen(
    chromium: Browser, gallery: str, pictures: Path, name: str, screen: str
) -> None:
    complaints: list[str] = []
    page = opened(chromium, f"{gallery}/gallery/{name}", WIDTHS[screen], complaints)
    for twin in page.query_selector_all("details"):
        twin.evaluate("d => d.open = false")
    page.screenshot(path=pictures / f"{name}-{WIDTHS[screen]}.png", full_page=True)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[screen]
    assert complaints == []
    page.close()
