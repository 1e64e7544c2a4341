"""What any request may be, and what every answer carries, whatever the service."""

import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Literal

import httpx
import pytest
from fastapi import APIRouter, Form
from pydantic import BaseModel, Field
from sqlalchemy import BigInteger, Text, cast, literal, select

from libs.common.http.app import Db, create_app
from libs.common.http.auth import anyone
from libs.common.http.limits import LARGEST_FORM, LARGEST_UPLOAD
from tests.common.messaging.probe.service import FOLDER, SERVICE
from tests.conftest import MakeHouse

router = APIRouter(dependencies=[anyone()])


class Note(BaseModel):
    """Something that is sent."""

    text: Annotated[str, Field(pattern=r"^[^!]*$")]
    kind: Literal["a", "b", "c"] = "a"
    many: list[int] = []
    share: Annotated[float, Field(le=180)] = 0
    on: date | None = None
    inner: dict[str, str] = {}


@router.get("/probe/api/v1/texts/{text}")
async def find_text(database: Db, text: str) -> None:
    """Looks for a text."""
    async with database.transaction() as tx:
        await tx.execute(select(cast(literal(text, Text), Text)))


@router.get("/probe/api/v1/numbers/{number}")
async def find_number(database: Db, number: int) -> None:
    """Looks for a number."""
    async with database.transaction() as tx:
        await tx.execute(select(cast(literal(number, BigInteger), BigInteger)))


@router.get("/probe/desk/")
async def desk() -> dict[str, str]:
    """An address that ends in a slash."""
    return {"desk": "here"}


@router.post("/probe/api/v1/notes")
async def note(body: Note) -> int:
    """Takes JSON."""
    return len(body.text)


@router.post("/probe/form")
async def form(text: str = Form("")) -> int:
    """Takes a form."""
    return len(text)


@router.get("/probe/bug")
async def bug() -> None:
    """Breaks."""
    raise RuntimeError


@pytest.fixture
async def client(make_house: MakeHouse) -> AsyncIterator[httpx.AsyncClient]:
    house = await make_house(SERVICE)
    app = create_app(FOLDER, "探针", house.settings, house.database, router)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://evil.test") as visitor:
        yield visitor


@pytest.mark.parametrize("path", ["texts/a%00b", f"numbers/{2**63}"])
async def test_a_value_that_no_column_holds_is_the_callers_mistake(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/probe/api/v1/{path}")
    assert answer.status_code == 422
    assert "请检查后重新提交" in answer.json()["detail"]


async def test_a_value_that_does_not_fit_is_not_repeated_in_the_log(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await client.get(f"/probe/api/v1/numbers/{10**30}")).status_code == 422
    assert caplog.records
    assert str(10**30) not in caplog.text


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/probe/api/v1/notes", {"json": {"text": "x" * LARGEST_FORM}}),
        ("/probe/form", {"data": {"text": "x" * LARGEST_FORM}}),
        ("/probe/form", {"files": {"file": b"x" * (LARGEST_UPLOAD + 1)}}),
    ],
)
async def test_what_is_too_large_is_refused(client: httpx.AsyncClient, path: str, sent: dict[str, object]) -> None:
    answer = await client.post(path, **sent, headers={"accept": "application/json"})  # type: ignore[arg-type]
    assert answer.status_code == 413
    assert "过大" in answer.json()["detail"]


async def test_what_is_large_but_allowed_is_taken(client: httpx.AsyncClient) -> None:
    answer = await client.post("/probe/api/v1/notes", json={"text": "x" * (LARGEST_FORM - 100)})
    assert answer.json() == LARGEST_FORM - 100


async def test_a_forgotten_slash_leads_nobody_to_another_host(client: httpx.AsyncClient) -> None:
    answer = await client.get("/probe/desk?q=1")
    assert (answer.status_code, answer.headers["location"]) == (307, "/probe/desk/?q=1")


async def test_whoever_only_asks_for_the_head_gets_it(client: httpx.AsyncClient) -> None:
    answer = await client.head("/probe/desk/")
    assert answer.status_code == 200
    assert "content-security-policy" in answer.headers


async def test_a_refused_method_says_which_ones_are_taken(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/probe/api/v1/notes")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_the_page_of_a_bug_is_as_closed_as_any_other(client: httpx.AsyncClient) -> None:
    answer = await client.get("/probe/bug")
    assert answer.status_code == 500
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("kind", "d", "只能取：a、b、c"),
        ("text", "!", "格式不正确，应符合 ^[^!]*$"),
        ("text", 1, "应为文字"),
        ("text", "\ud800", "含有不能识别的字符"),
        ("many", 1, '应为列表，如 ["…"]'),
        ("many", [1.5], "应为整数"),
        ("share", 181, "不能大于 180"),
        ("share", float("inf"), "不能大于 180"),
        ("on", True, "应为日期，如 2026-11-22"),
        ("inner", "x", '应为对象，如 {"…": "…"}'),
    ],
)
async def test_a_wrong_value_is_told_in_chinese_with_what_is_due(
    client: httpx.AsyncClient, field: str, value: object, told: str
) -> None:
    content = json.dumps({"text": "x"} | {field: value})
    answer = await client.post("/probe/api/v1/notes", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"].partition(".")[0], error["detail"]) == (field, told)


@pytest.mark.parametrize(
    ("kind", "content", "status", "slug", "word"),
    [
        ("text/plain", b'{"text": "x"}', 415, "not-json", "application/json"),
        ("application/x-www-form-urlencoded", b"text=x", 415, "not-json", "application/json"),
        ("application/json", b'{"text": "x",', 422, "invalid", "JSON"),
        ("application/json", b"[1]", 422, "invalid", "对象"),
        ("application/json", b"", 422, "invalid", "必填"),
        ("application/json", b'{"text": "\xd6\xd0"}', 400, "unreadable", "UTF-8"),
        ("application/json", b"[" * 9999 + b"]" * 9999, 400, "unreadable", "UTF-8"),
        ("multipart/form-data", b"x", 415, "not-json", "application/json"),
    ],
)
async def test_a_body_that_cannot_be_read_is_a_problem_that_says_what_to_send(
    client: httpx.AsyncClient, kind: str, content: bytes, status: int, slug: str, word: str
) -> None:
    answer = await client.post("/probe/api/v1/notes", content=content, headers={"content-type": kind})
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert problem["type"] == f"urn:sunlot:problem:{slug}"
    assert word in problem["detail"] + str(problem.get("errors"))
    assert [error["field"] for error in problem.get("errors", [])] in ([], ["body"])
