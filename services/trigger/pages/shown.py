"""What the pages of this service share: they stand below the tab 触发预警, and know the same words and day."""

from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response

from libs.common.clock import china_date, now
from libs.common.http.auth import Actor
from libs.common.http.pages import page
from services.trigger.pages import words

HOME: Final = ("触发预警", "/trigger/")  # the beginning of the way to a page
SIGNALS: Final = ("线索", "/trigger/signals")


def show(request: Request, template: str, actor: Actor, **context: Any) -> Response:
    """The page; `today` is the day in China."""
    return page(
        request, f"trigger/{template}", actor=actor, active="trigger",
        **{"words": words, "today": china_date(now()), **context},
    )  # fmt: skip
