"""The gateway sends every address to its service, says who the visitor is, and speaks for a service that is down."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from deploy.gateway.nginx import CONFIG, nginx_config
from deploy.gateway.routes import Routes, read_routes
from deploy.local.gateway import KEPT, create_gateway, server_config
from libs.common.cli import IDLE

ADDRESSES = {
    "/registry": "registry",
    "/registry/login": "registry",
    "/trigger/api/v1/signals": "trigger",
    "/open311/v2/requests.json": "trigger",
    "/draw/api/openapi.json": "draw",
    "/drawing": None,
    "/public": "publicity",
    "/public/": "publicity",
    "/public/results": "publicity",
    "/public/log/checkpoint": "publicity",
    "/public/draws": "draw",
    "/public/draws.json": "draw",
    "/public/draws/410300202611220001-1/certificate.json": "draw",
    "/public/drawsheet": "publicity",
    "/public/verify": "draw",
    "/public/verify.py": "draw",
    "/public/notices/1": "inspection",
    "/metrics": None,
    "/readyz": None,
    "/publicdraws": None,
}


@pytest.mark.parametrize(("path", "service"), ADDRESSES.items())
def test_an_address_belongs_to_one_service(path: str, service: str | None) -> None:
    assert read_routes().service_for(path) == service


def test_containers_route_by_the_same_table() -> None:
    assert CONFIG.read_text("utf-8") == nginx_config(read_routes())


def test_a_prefix_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no prefix"):
        Routes(home="/public/", prefixes={"/Draw/": "draw"})


async def echo(request: Request) -> Response:
    body = await request.body()
    return JSONResponse(
        {
            "method": request.method,
            "target": request.scope["raw_path"].decode() + "?" + request.url.query,
            "headers": [[name.decode(), value.decode()] for name, value in request.headers.raw],
            "size": len(body),
        }
    )


async def two_cookies(_: Request) -> Response:
    response = Response(status_code=303, headers={"Location": "/draw/tasks", "Connection": "x-inner", "X-Inner": "1"})
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


async def own_503(_: Request) -> Response:
    return JSONResponse({"title": "数据库暂时不可用"}, status_code=503)


class Served:
    """An application on a free port of this machine."""

    def __init__(self, app: Starlette) -> None:
        self._server = uvicorn.Server(server_config(app, host="127.0.0.1", port=0))
        self._task: asyncio.Task[None] | None = None
        self.url = ""

    async def __aenter__(self) -> "Served":
        # The socket listens before the server does: a visitor who comes early waits in its queue.
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        assert self._task is not None
        await self._task


@pytest.fixture
def gate() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def draw(gate: asyncio.Event) -> Served:
    async def slow(_: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"first"
            await gate.wait()
            yield b"last"

        return StreamingResponse(parts())

    methods = ["GET", "POST", "PUT", "DELETE"]
    return Served(
        Starlette(
            routes=[
                Route("/draw/cookies", two_cookies),
                Route("/draw/slow", slow),
                Route("/draw/503", own_503),
                Route("/{path:path}", echo, methods=methods),
            ]
        )
    )


@pytest.fixture
async def outside(draw: Served) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor in front of a gateway behind which only `draw` is up."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(draw)
        down = dict.fromkeys(read_routes().services(), "http://127.0.0.1:9")
        gateway = await stack.enter_async_context(Served(create_gateway(down | {"draw": draw.url})))
        yield await stack.enter_async_context(httpx.AsyncClient(base_url=gateway.url, trust_env=False))


Echoed = Callable[..., Awaitable[dict[str, list[str]]]]


@pytest.fixture
def headers_seen(outside: httpx.AsyncClient) -> Echoed:
    async def seen(**headers: str) -> dict[str, list[str]]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await outside.get("/draw/echo", headers=sent)
        grouped: dict[str, list[str]] = {}
        for name, value in answer.json()["headers"]:
            grouped.setdefault(name, []).append(value)
        return grouped

    return seen


async def test_the_bare_address_leads_to_the_public_site(outside: httpx.AsyncClient) -> None:
    answer = await outside.get("/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/public/")


async def test_method_address_query_and_body_arrive_unchanged(outside: httpx.AsyncClient) -> None:
    target = "/draw/tasks/%E6%A0%91%2F1?q=%E5%B7%A5%E8%B5%84&q=2"
    answer = await outside.post(target, content=b"x" * 300_000)
    assert answer.json()["method"] == "POST"
    assert answer.json()["target"] == target
    assert answer.json()["size"] == 300_000


async def test_a_body_of_unknown_length_streams_through(outside: httpx.AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"y" * 1000

    assert (await outside.put("/draw/upload", content=parts())).json()["size"] == 3000


async def test_what_a_visitor_claims_to_be_is_replaced_by_what_is_known(headers_seen: Echoed) -> None:
    seen = await headers_seen(
        X_Forwarded_For="10.1.1.1", X_Forwarded_Proto="https", X_Forwarded_User="lead", Forwarded="for=10.1.1.1",
        X_Real_IP="10.1.1.1", X_Request_Id="chosen-outside", Host="lot.example.cn",
    )  # fmt: skip
    assert seen["x-forwarded-for"] == ["127.0.0.1"]
    assert seen["x-forwarded-proto"] == ["http"]
    assert seen["x-forwarded-host"] == seen["host"] == ["lot.example.cn"]
    assert len(seen["x-request-id"]) == 1
    assert seen["x-request-id"] != ["chosen-outside"]
    assert not {"x-forwarded-user", "forwarded", "x-real-ip"} & set(seen)


async def test_headers_of_one_connection_end_with_it(outside: httpx.AsyncClient, headers_seen: Echoed) -> None:
    seen = await headers_seen(Connection="x-secret-hop", X_Secret_Hop="1", TE="trailers", Upgrade="h2c")
    assert not {"x-secret-hop", "te", "upgrade"} & set(seen)
    answer = await outside.get("/draw/cookies")
    assert "x-inner" not in answer.headers
    assert answer.status_code == 303
    assert answer.headers.get_list("set-cookie") == ["a=1; Path=/; SameSite=lax", "b=2; Path=/; SameSite=lax"]


async def test_an_answer_is_passed_on_while_it_is_being_made(outside: httpx.AsyncClient, gate: asyncio.Event) -> None:
    async with outside.stream("GET", "/draw/slow") as answer:
        parts = answer.aiter_raw()
        assert await anext(parts) == b"first"
        gate.set()
        assert await anext(parts) == b"last"


async def test_a_service_that_is_down_is_excused_in_chinese_and_the_others_go_on(outside: httpx.AsyncClient) -> None:
    page = await outside.get("/inspection/cases", headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert page.headers["retry-after"] == "5"
    assert "服务暂时无法访问" in page.text
    assert (await outside.get("/draw/echo")).status_code == 200


async def test_a_program_gets_a_problem_document_when_a_service_is_down(outside: httpx.AsyncClient) -> None:
    answer = await outside.post("/trigger/api/v1/signals", json={})
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.content)["status"] == 503


async def test_a_services_own_failure_is_passed_on_as_it_is(outside: httpx.AsyncClient) -> None:
    answer = await outside.get("/draw/503", headers={"Accept": "text/html"})
    assert answer.json() == {"title": "数据库暂时不可用"}


async def test_an_address_that_nobody_has_is_said_to_be_none(outside: httpx.AsyncClient) -> None:
    page = await outside.get("/metrics", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "没有这个页面" in page.text


@pytest.mark.parametrize(
    "path", ["/draw/../metrics", "/draw/./../readyz", "/draw/%2e%2e/metrics", "/draw/..%2fmetrics"]
)
async def test_no_detour_leads_to_what_a_service_tells_its_operators(outside: httpx.AsyncClient, path: str) -> None:
    target = outside.base_url.copy_with(path="/")
    reader, writer = await asyncio.open_connection(target.host, target.port)  # an HTTP client would straighten it out
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert (await reader.readline()).split()[1] == b"404"
    writer.close()


async def test_a_gateway_that_misses_a_service_does_not_start() -> None:
    with pytest.raises(ValueError, match="registry"):
        create_gateway({"draw": "http://127.0.0.1:9"})


def test_a_service_never_closes_a_connection_that_the_gateway_may_still_use() -> None:
    # Both loops can be busy for seconds, and a form that meets a closed door can't be sent again by itself.
    assert KEPT * 5 < IDLE
