"""No address and no form breaks a page: none is answered by 500, whatever stands in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
import requests
from fastapi.routing import APIRoute, iter_route_contexts

from libs.common.http.auth import COOKIE, Actor, Role
from libs.common.testing.doors import actor
from services.trigger.app import SERVICE
from tests.architecture.services import app
from tests.trigger.at_a_port import Served, at_a_port

# NUL, half a character, a number that no column holds, the last of days, script, and far too much.
HOSTILE = ("\x00", "\ud800", "9" * 40, "9999-12-31", "<script>alert(1)</script>", "x" * 90_000)


@dataclass(frozen=True)
class Door:
    """One page or form with the names of its parameters."""

    method: str
    path: str
    fields: tuple[str, ...]


def _doors() -> Iterator[Door]:
    for route in iter_route_contexts(app(SERVICE).routes):
        served: Any = route
        if not isinstance(route.original_route, APIRoute) or served.include_in_schema or "/api/" in str(route.path):
            continue
        if str(route.path).startswith("/trigger"):
            dependant = served.dependant
            names = [one.alias for one in (*dependant.query_params, *dependant.body_params)]
            for method in sorted(served.methods):
                yield Door(method, str(route.path), tuple(names))


DOORS = tuple(_doors())


@pytest.fixture(scope="module")
def served(postgres_url: str) -> Iterator[Served]:
    with at_a_port(postgres_url) as one:
        yield one


@pytest.mark.parametrize("door", DOORS, ids=[f"{door.method} {door.path}" for door in DOORS])
def test_no_hostile_value_breaks_a_page(served: Served, door: Door) -> None:
    broken = []
    who = actor(Role.ADMIN if "platforms" in door.path else Role.LEAD)
    with requests.Session() as session:
        session.cookies.set(COOKIE, served.token(who))
        for value in HOSTILE:
            for request in _requests(door, served, who, value):
                answer = session.send(session.prepare_request(request), allow_redirects=False, timeout=30)
                if answer.status_code >= 500:
                    broken.append((answer.status_code, str(request.url)[:80], value[:20]))
                assert "<script>alert" not in answer.text
    assert broken == []


def _requests(door: Door, served: Served, who: Actor, value: str) -> Iterator[requests.Request]:
    text = value.encode("utf-8", "surrogatepass")
    address = served.url + door.path.format_map(_Known(served.known))
    if door.method == "GET":
        names = {*door.fields, "q", "page", "sort", "county", "state", "since", "until", "week", "format", "per_page"}
        yield requests.Request("GET", address, params=dict.fromkeys(sorted(names), text[:2_000]))
        odd = value[:200].encode("utf-8", "surrogatepass").decode("latin-1")
        yield requests.Request("GET", served.url + door.path.format_map(_Same(odd or "%20")))
    else:
        yield requests.Request("POST", address, data={"csrf": who.csrf, **dict.fromkeys(door.fields, text)})
        for name in door.fields:
            yield requests.Request("POST", address, data={"csrf": who.csrf, name: text})


class _Known(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "unknown"


class _Same(dict[str, str]):
    def __init__(self, value: str) -> None:
        super().__init__()
        self._value = value

    def __missing__(self, name: str) -> str:
        return quote(self._value, safe="")
