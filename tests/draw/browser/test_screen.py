"""The big screen: a list that is longer than the wall turns its pages, and a phone scrolls."""

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from libs.common import clock
from libs.common.http.auth import COOKIE, sign_session
from libs.common.testing.doors import PRIVATE_KEY, json_key
from tests.draw.browser.conftest import Site
from tests.draw.conftest import LEAD

pytestmark = pytest.mark.browser

WALL: ViewportSize = {"width": 1920, "height": 1080}
PHONE: ViewportSize = {"width": 390, "height": 844}
PLACES = """Array.from(document.querySelectorAll('.drawn > li'),
  (one) => one.hidden ? 0 : one.getBoundingClientRect().bottom)"""


def shown_on(browser: Browser, site: Site, size: ViewportSize) -> Page:
    """The screen of the finished draw; its clock stands at the first page's turn."""
    context = browser.new_context(viewport=size, locale="zh-CN")
    session = sign_session(json_key(PRIVATE_KEY), LEAD, issued=clock.now())
    context.add_cookies([{"name": COOKIE, "value": session, "url": site.url}])
    page = context.new_page()
    page.clock.install(time=0)
    page.goto(f"{site.url}/draw/draws/{site.draw_id}/screen")
    return page


def test_every_drawn_firm_comes_to_the_wall_without_a_hand(chromium: Browser, site: Site) -> None:
    page = shown_on(chromium, site, WALL)
    seen: set[int] = set()
    for _ in range(2):
        places = page.evaluate(PLACES)
        seen |= {number for number, bottom in enumerate(places, 1) if bottom}
        assert max(places) <= WALL["height"]
        page.clock.run_for(12_000)
    assert seen == set(range(1, 30))
    page.context.close()


def test_on_a_phone_the_whole_list_is_there_to_scroll(chromium: Browser, site: Site) -> None:
    page = shown_on(chromium, site, PHONE)
    assert all(page.evaluate(PLACES))
    page.context.close()
