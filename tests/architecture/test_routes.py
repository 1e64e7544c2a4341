"""Every door says for whom it is: a role, everyone, or a machine that signs."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount

from deploy.gateway.routes import read_routes
from libs.common.cli import Service
from libs.common.http.auth import Allow, Anyone, Role
from tests.architecture.services import NAMES, SERVICES, app

SAFE = {"GET", "HEAD", "OPTIONS"}
ITS_OWN = {"/healthz", "/readyz", "/metrics"}  # asked by whoever runs it, not by the gateway
# Doors whose caller proves who it is by other means than a session: path → how.
MACHINES = {
    "/trigger/api/v1/platforms/{platform}/orders": "HMAC-SHA256 over the request, by the platform's key",
    "/trigger/api/v1/platforms/{platform}/orders/{order_id}/messages": "the same",
    "/trigger/api/v1/platforms/{platform}/monitoring": "the same",
    "/trigger/api/v1/platforms/{platform}/referrals": "the same",
}
# Doors that anyone may knock at with an unsafe method: path → why.
OPEN_TO_ALL = {
    "/open311/v2/requests": "the form holds the client's api_key, as GeoReport v2 has it",
    "/open311/v2/requests.{format}": "the same",
    "/open311/v2/servicerequestupdates": "the same",
    "/open311/v2/servicerequestupdates.{format}": "the same",
    "/open311/v2{rest:path}": "refuses everything that is not an address of the specification",
    "/registry/login": "nobody is signed in yet; Origin is checked",
    "/registry/logout": "the session may have ended already; Origin is checked, and the CSRF secret while it lives",
    "/registry/password": "the old password proves who asks, whatever the role; Origin is checked, guesses are counted",
    "/public/notices/{code}/recusal": "the notice's unguessable code is the proof; Origin is checked, requests counted",
    "/registry/api/v1/sessions": "nobody is signed in yet; name and password are the proof",
}


@dataclass(frozen=True)
class Door:
    """One route as it is served, whatever routers it was included by."""

    path: str
    methods: frozenset[str]
    dependant: Dependant
    html: bool


def _routes(service: Service) -> Iterator[Door]:
    for route in iter_route_contexts(app(service).routes):
        if not isinstance(route.original_route, APIRoute) or route.path in ITS_OWN:
            continue
        served: Any = route
        response = getattr(served.response_class, "value", served.response_class)
        html = "html" in str(getattr(response, "media_type", "")) or _answers_html(served.endpoint)
        yield Door(str(route.path), frozenset(served.methods or ()), served.dependant, html)


def _answers_html(endpoint: Callable[..., Any]) -> bool:
    return "HTML" in str(inspect.signature(endpoint).return_annotation)


def _audiences(dependant: Dependant) -> Iterator[Any]:
    if isinstance(dependant.call, Allow | Anyone):
        yield dependant.call
    for below in dependant.dependencies:
        yield from _audiences(below)


def _unsafe(route: Door) -> set[str]:
    return set(route.methods - SAFE)


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_every_route_declares_its_audience(service: Service) -> None:
    missing = [
        f"{sorted(route.methods)} {route.path}"
        for route in _routes(service)
        if not list(_audiences(route.dependant)) and route.path not in MACHINES
    ]
    assert missing == []


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_the_auditor_changes_nothing(service: Service) -> None:
    """行政执法监督 sees everything and changes nothing; a party's own reveal in the draw is not a change of others'."""
    allowed = [
        route.path
        for route in _routes(service)
        if _unsafe(route)
        and any(isinstance(one, Allow) and Role.AUDITOR in one.roles for one in _audiences(route.dependant))
        and route.path not in AUDITOR_MAY
    ]
    assert allowed == []


# 监督 is a party of the draw: it commits to its own number and reveals it. That is its whole part.
AUDITOR_MAY = frozenset[str]()


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_the_auditor_may_look_at_everything_that_a_role_may_look_at(service: Service) -> None:
    hidden = [
        route.path
        for route in _routes(service)
        if not _unsafe(route)
        for one in _audiences(route.dependant)
        if isinstance(one, Allow)
        and Role.AUDITOR not in one.roles
        and one.roles != {Role.ADMIN}
        and route.path not in EMPTY_FORMS
    ]
    assert hidden == []


# They show nothing but what is still to be filled in, by those who may.
EMPTY_FORMS = frozenset({"/draw/plans/new", "/draw/policies/new"})


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_nobody_changes_anything_without_saying_who_they_are(service: Service) -> None:
    nameless = [
        route.path
        for route in _routes(service)
        if _unsafe(route)
        and not any(isinstance(one, Allow) for one in _audiences(route.dependant))
        and route.path not in {*MACHINES, *OPEN_TO_ALL}
    ]
    assert nameless == []


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_every_address_reaches_its_service_through_the_gateway(service: Service) -> None:
    table = read_routes()
    doors = app(service)
    paths = [route.path for route in _routes(service)] + [r.path for r in doors.routes if isinstance(r, Mount)]
    astray = [path for path in paths if table.service_for(path) != service.name]
    assert astray == []


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_public_pages_are_for_everyone_and_inner_ones_are_not(service: Service) -> None:
    wrong = []
    for route in _routes(service):
        public = any(isinstance(one, Anyone) for one in _audiences(route.dependant))
        inside = not route.path.startswith(("/public", OPEN_STANDARD)) and route.path not in {*MACHINES, *OPEN_TO_ALL}
        if public and inside and route.path not in BEFORE_SIGNING_IN:
            wrong.append(route.path)
    assert wrong == []


# GeoReport v2 is read by everyone; what is written needs an api_key.
OPEN_STANDARD = "/open311/"

# Inside by their address, but needed by who is not (or no longer) signed in.
BEFORE_SIGNING_IN = frozenset({"/registry/session/renew"})


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_every_public_page_has_a_json_twin(service: Service) -> None:
    paths = {route.path for route in _routes(service) if route.path.startswith("/public") and not _unsafe(route)}
    pages = {route.path for route in _routes(service) if route.path in paths and route.html}
    assert {page for page in pages if f"{page.rstrip('/') or page}.json" not in paths} == set()


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_no_visitor_says_what_went_wrong_on_a_page(service: Service) -> None:
    """Every parameter of a route can be given from outside: what a page shows as our refusal may not be one."""
    told = [
        f"{sorted(route.methods)} {route.path}"
        for route in _routes(service)
        if not route.path.startswith(OPEN_STANDARD)  # `status` is the specification's, and there is no page
        and {field.name for field in (*route.dependant.query_params, *route.dependant.body_params)}
        & {"errors", "status"}
    ]
    assert told == []
