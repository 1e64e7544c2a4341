"""What the pages of this service share: they stand below the tab 触发预警, and know the same words and day."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response

from libs.common.clock import china_date, now
from libs.common.http.auth import Actor, Role
from libs.common.http.pages import page
from libs.common.reference import COUNTIES
from services.trigger.pages import words

HOME: Final = ("触发预警", "/trigger/")  # the beginning of the way to a page
SIGNALS: Final = ("线索", "/trigger/signals")


def show(request: Request, template: str, actor: Actor, **context: Any) -> Response:
    """The page; `today` is the day in China."""
    return page(
        request, f"trigger/{template}", actor=actor, active="trigger",
        **{"words": words, "today": china_date(now()), **context},
    )  # fmt: skip


def home(actor: Actor) -> tuple[str, str | None]:
    """HOME as the beginning of a page's crumbs; the administrator, who sees no signals, has no page there."""
    text, address = HOME
    return text, None if actor.role is Role.ADMIN else address


def on_map(actor: Actor, counted: Mapping[str, int]) -> dict[str, int]:
    """Numbers by county for a map: one without any has none; one that the actor does not see stays empty."""
    return {area.adcode: counted.get(area.adcode, 0) for area in COUNTIES if actor.sees(area.adcode)}
