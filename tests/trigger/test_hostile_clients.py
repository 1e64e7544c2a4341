"""No request breaks the API: none is answered by 500, or by a status or a shape that its document does not name."""

import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from libs.common.http.auth import Role
from libs.common.testing.doors import actor
from services.trigger.app import SERVICE
from services.trigger.domain.signature import sign
from tests.architecture.services import app
from tests.trigger.at_a_port import Served, at_a_port

DOCUMENT = app(SERVICE).openapi()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 6  # a request each; twice as many where a signature opens more
WHO = (actor(Role.LEAD), actor(Role.ADMIN))

# What has broken programs: NUL, half a character, sizes that no column holds, text where a number is due.
NASTIEST = 3  # of them one by one in each field, beside fields that are right
HOSTILE: tuple[Any, ...] = (
    *("\x00", "a\x00b", "\ud800", "\U0010ffff" * 30, "'; drop table signals --", "{{7*7}}", "../../etc/passwd"),
    *(10**30, -(10**30), 2**63, 1e308, "NaN", "9" * 400, "9999-12-31T23:59:59+00:00", "0001-01-01", "\u202e"),
    *([], {}, [[]], None, True, "", " ", ["\x00"], {"\x00": "\x00"}),
)


@pytest.fixture(scope="module")
def served(postgres_url: str) -> Iterator[Served]:
    with at_a_port(postgres_url) as one:
        yield one


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{m} {p}" for m, p in OPERATIONS])
def test_no_generated_request_breaks_it(served: Served, method: str, path: str) -> None:
    signed = "/platforms/{platform}/" in path
    operation = SCHEMA[path][method]

    @given(case=operation.as_strategy(), who=st.sampled_from(WHO), known=st.booleans(), honest=st.booleans())
    @settings(
        max_examples=EXAMPLES * (2 if signed else 1), deadline=None, database=None, derandomize=True,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def ask(case: Any, who: Any, known: bool, honest: bool) -> None:
        if known and case.path_parameters:
            case.path_parameters = {name: served.known.get(name, value) for name, value in case.path_parameters.items()}
        told = case.as_transport_kwargs(base_url=served.url)
        for name in ("timeout", "verify", "cert", "proxies", "stream", "allow_redirects"):
            told.pop(name, None)
        request = requests.Request(**told).prepare()
        request.headers["authorization"] = f"Bearer {served.token(who)}"
        if signed and honest:
            _sign(request, served.key)
        answer = session.send(request, allow_redirects=False, timeout=30)
        case.validate_response(Response.from_requests(answer, verify=True), checks=CHECKS)

    with requests.Session() as session:
        ask()


def _sign(request: requests.PreparedRequest, key: str) -> None:
    at, nonce = str(int(time.time())), uuid4().hex
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    assert isinstance(body, bytes)
    signature = sign(key, "POST", request.path_url, at, nonce, body)
    request.headers.update({"x-sunlot-timestamp": at, "x-sunlot-nonce": nonce, "x-sunlot-signature": signature})


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{m} {p}" for m, p in OPERATIONS])
def test_no_hostile_value_breaks_it(served: Served, method: str, path: str) -> None:
    """Each hostile value in each field of the body, in each parameter, and as the whole body."""
    operation = DOCUMENT["paths"][path][method]
    address = served.url + path.format_map(_Known(served.known))
    broken = []
    who = WHO["/platforms" in path and "{platform}" not in path]
    with requests.Session() as session:
        session.headers["authorization"] = f"Bearer {served.token(who)}"
        for request in _requests(operation, method, address):
            prepared = session.prepare_request(request)
            if "/platforms/{platform}/" in path:
                _sign(prepared, served.key)
            answer = session.send(prepared, allow_redirects=False, timeout=30)
            if answer.status_code >= 500:
                broken.append((answer.status_code, request.params, str(request.data)[:80]))
    assert broken == []


class _Known(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "unknown"


def _requests(operation: Any, method: str, address: str) -> Iterator[requests.Request]:
    names = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"] + ["q", "page", "sort"]
    for value in HOSTILE:
        text = value if isinstance(value, str) else json.dumps(value)
        yield requests.Request(method, address, params={name: text.encode("utf-8", "surrogatepass") for name in names})
    content = operation.get("requestBody", {}).get("content", {})
    fields = list(_schema_of(content).get("properties", {}))
    if method in {"post", "put"}:
        for value in HOSTILE:
            yield _body(method, address, value)
            yield _body(method, address, dict.fromkeys(fields, value))
        for value in HOSTILE[:NASTIEST]:
            for name in fields:
                yield _body(method, address, {**_plausible(content), name: value})
        for big in (b"x" * 1_048_576, b'{"a": "' + b"x" * 1_048_000 + b'"}', b"[" * 100_000, b"\xff\xfe\x00", b""):
            yield requests.Request(method, address, data=big, headers={"content-type": "application/json"})


def _body(method: str, address: str, value: Any) -> requests.Request:
    form = {"content-type": "application/x-www-form-urlencoded"}
    if "/open311/" in address and isinstance(value, str):
        data = b"description=" + value.encode("utf-8", "surrogatepass") + b"&api_key=a.b"
        return requests.Request(method, address, data=data, headers=form)
    return requests.Request(method, address, data=json.dumps(value), headers={"content-type": "application/json"})


def _schema_of(content: Any) -> dict[str, Any]:
    schema: dict[str, Any] = next(iter(content.values()))["schema"] if content else {}
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _plausible(content: Any) -> dict[str, Any]:
    """A body in which the other fields are right as far as their types say."""
    kinds = {"string": "ABC-123", "integer": 3, "number": 1.5, "boolean": True, "array": ["投诉举报"], "object": {}}
    return {
        name: field.get("examples", [field.get("default", kinds.get(field.get("type", ""), "ABC-123"))])[0]
        if field.get("format") != "date-time"
        else "2026-01-01T00:00:00+08:00"
        for name, field in _schema_of(content).get("properties", {}).items()
    }
