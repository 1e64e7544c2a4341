"""What happens around every request: the correlation id, security headers, one log line, one measurement."""

import re
import time
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.common.ids import new_id
from libs.common.telemetry import metrics
from libs.common.telemetry.context import follow
from libs.common.telemetry.logs import get_logger

log = get_logger("http")

_ID = re.compile(r"[A-Za-z0-9._-]{8,80}")
_OWN_HOST = re.compile(rb"^https?://[^/]*(?=/[^/])")
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}
_HEADERS = tuple((name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items())


class Around:
    """Pure ASGI, so that streams stay streams."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the caller's X-Request-Id as correlation id if it is a plain word, else make one."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, method = dict(scope["headers"]), scope["method"]
        if method == "HEAD":  # RFC 9110 §9.3.2: as GET, without the body; the server itself leaves that out
            scope = {**scope, "method": "GET"}
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        correlation = follow(given if _ID.fullmatch(given) else str(new_id()))
        started, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name.lower() for name, _ in message["headers"]}
                extra = [(name, value) for name, value in _HEADERS if name not in present]
                told = _without_host(message["headers"]) if status == 307 else message["headers"]
                message["headers"] = [*told, *extra, (b"x-request-id", correlation.encode())]
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "-")
            metrics.requests.labels(method, route, str(status)).observe(seconds)
            if route not in {"/healthz", "/readyz", "/metrics"}:
                # The route, not the address: an address can hold what somebody searched for.
                log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def _without_host(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers whose `Location` is a path: a slash that was forgotten leads nobody to the host that a caller named."""
    return [(name, _OWN_HOST.sub(b"", value) if name == b"location" else value) for name, value in headers]
