"""Door 2: a template becomes an answer, whole for the browser, one block of it for htmx."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment

from libs.common import clock
from libs.common.errors import SunlotError
from libs.common.http.auth import Actor
from libs.common.web import error_pairs, render, wants_fragment

Errors = Sequence[tuple[str, str]]


def page(
    request: Request, template: str, *, actor: Actor | None, block: str | None = None, status: int = 200, **context: Any
) -> HTMLResponse:
    """Render `template`; when htmx asks for the element whose id is `block`, only the block of that name."""
    environment: Environment = request.app.state.environment
    part = block if block and wants_fragment(request.headers, block) else None
    values: Mapping[str, Any] = {
        "actor": actor,
        "csrf": actor.csrf if actor else "",
        "now": clock.now(),
        "path": request.url.path,
        "errors": [],
        **context,
    }
    return HTMLResponse(render(environment, template, part, **values), status, headers={"vary": "HX-Request"})


def errors_of(error: SunlotError) -> Errors:
    """A refusal as the error summary of a form: (field id, what to do)."""
    return error_pairs(error)


def done(address: str) -> RedirectResponse:
    """After a form has been carried out: see the result at `address` (a reload does not repeat the form)."""
    return RedirectResponse(address, 303)
