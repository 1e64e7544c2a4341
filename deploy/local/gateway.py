"""The one door to the five services on one machine: a streaming reverse proxy that routes by prefix.

    python -m deploy.local.gateway        settings: SUNLOT_HOST, SUNLOT_PORT, SUNLOT_UPSTREAM_<SERVICE>=http://host:port

In containers nginx does the same by the same table, `deploy/gateway/routes.toml`.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from deploy.gateway.routes import FOLDER, Routes, read_routes

Headers = list[tuple[bytes, bytes]]

# RFC 9110 §7.6.1: these speak of one connection and end with it.
HOP_BY_HOP = frozenset({
    b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
    b"trailer", b"transfer-encoding", b"upgrade",
})  # fmt: skip
# What we say of the visitor; nobody outside may say it for us.
OURS = frozenset({b"forwarded", b"x-real-ip", b"x-request-id"})
KEPT = 4  # seconds that an idle connection to a service is kept
SAFE_TO_REPEAT = frozenset({"GET", "HEAD"})
NO_SUCH_PAGE = "没有这个页面，请检查网址，或从首页重新进入。"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
PAGES = {
    404: (FOLDER / "not-found.html").read_text("utf-8"),
    503: (FOLDER / "unavailable.html").read_text("utf-8"),
}


def _end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Headers without those of the connection, also those that `Connection` names."""
    pairs = [(name.lower(), value) for name, value in headers]
    named = {token.strip().lower() for name, value in pairs if name == b"connection" for token in value.split(b",")}
    return [(name, value) for name, value in pairs if name not in HOP_BY_HOP | named]


def _to_service(request: Request) -> Headers:
    """The visitor's headers, with what the gateway knows of the visitor in place of what was claimed."""
    theirs = _end_to_end(request.headers.raw)
    kept = [pair for pair in theirs if pair[0] not in OURS and not pair[0].startswith(b"x-forwarded-")]
    known = {
        "x-forwarded-for": request.client.host if request.client else "",
        "x-forwarded-proto": request.url.scheme,
        "x-forwarded-host": request.headers.get("host", ""),
        "x-request-id": uuid.uuid4().hex,
    }
    return kept + [(name.encode(), value.encode("latin-1")) for name, value in known.items()]


class Gateway:
    """Forwards a request to the service that its address belongs to; bodies stream both ways."""

    def __init__(self, routes: Routes, upstreams: Mapping[str, str], client: httpx.AsyncClient) -> None:
        self._routes, self._client = routes, client
        self._upstreams = {service: httpx.URL(url) for service, url in upstreams.items()}

    async def __call__(self, request: Request) -> Response:
        service = self._routes.service_for(request.url.path)
        if service is None or {".", ".."} & set(request.url.path.split("/")):  # what is asked for lies elsewhere
            return _sorry(request, 404, NO_SUCH_PAGE)
        try:
            answer = await self._forward(request, self._upstreams[service])
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return _sorry(request, 503, "服务正在启动或维护，请稍候再试。")
        except httpx.TimeoutException:
            return _sorry(request, 504, "服务没有及时答复，请稍候再试。")
        except httpx.TransportError:
            return _sorry(request, 502, "服务的答复中断，请稍候再试。")
        response = StreamingResponse(_body(answer), status_code=answer.status_code)
        response.raw_headers = _end_to_end(answer.headers.raw)
        return response

    async def _forward(self, request: Request, upstream: httpx.URL) -> httpx.Response:
        target = request.scope["raw_path"]
        if query := request.scope["query_string"]:
            target += b"?" + query
        has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
        outgoing = httpx.Request(
            request.method,
            upstream.copy_with(raw_path=target),
            headers=_to_service(request),
            content=request.stream() if has_body else None,
            extensions={"timeout": self._client.timeout.as_dict()},
        )
        try:
            return await self._client.send(outgoing, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError):
            # A kept connection that the service closed as we took it up; nothing was done on it.
            if has_body or request.method not in SAFE_TO_REPEAT:
                raise
            return await self._client.send(outgoing, stream=True)


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()


def _sorry(request: Request, status: int, detail: str) -> Response:
    """A page for people, RFC 9457 for programs."""
    headers = {"Retry-After": "5"} if status == 503 else {}
    if "text/html" not in request.headers.get("accept", ""):
        problem = {"type": "about:blank", "title": detail, "status": status}
        content = json.dumps(problem, ensure_ascii=False)
        return Response(content, status, headers, media_type="application/problem+json")
    return Response(PAGES[404 if status == 404 else 503], status, headers, media_type="text/html")


def create_gateway(upstreams: Mapping[str, str], routes: Routes | None = None) -> Starlette:
    """The gateway as an ASGI application; `upstreams` is service → base address, for every service of the table."""
    table = routes or read_routes()
    if missing := set(table.services()) - set(upstreams):
        raise ValueError(f"no address for {', '.join(sorted(missing))}")
    client = httpx.AsyncClient(
        timeout=httpx.Timeout(60, connect=3),
        limits=httpx.Limits(max_connections=500, max_keepalive_connections=100, keepalive_expiry=KEPT),
        trust_env=False,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    async def gone(_: Request, __: Exception) -> Response:
        return Response(status_code=499)  # nobody is there to read it

    async def nowhere(request: Request, _: Exception) -> Response:
        return _sorry(request, 404, NO_SUCH_PAGE)  # an address with a line break in it matches no route

    async def home(_: Request) -> Response:
        return RedirectResponse(table.home, status_code=302)

    async def alive(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    return Starlette(
        routes=[
            Route("/", home),
            Route("/healthz", alive),
            Route("/{path:path}", Gateway(table, upstreams, client).__call__, methods=METHODS),
        ],
        lifespan=lifespan,
        exception_handlers={ClientDisconnect: gone, 404: nowhere},
    )


def server_config(app: Starlette, *, host: str, port: int) -> uvicorn.Config:
    """How the gateway is served: nobody stands before it, so what visitors claim of themselves counts nothing."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        proxy_headers=False,
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=5,
    )


def main() -> None:
    upstreams = {service: os.environ[f"SUNLOT_UPSTREAM_{service.upper()}"] for service in read_routes().services()}
    host, port = os.environ.get("SUNLOT_HOST", "127.0.0.1"), int(os.environ.get("SUNLOT_PORT", "8000"))
    uvicorn.Server(server_config(create_gateway(upstreams), host=host, port=port)).run()


if __name__ == "__main__":
    main()
