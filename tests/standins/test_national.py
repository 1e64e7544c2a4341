"""The reference stand-in of the national platform, asked as the mirror asks it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from deploy.standins.national import ACCEPTED, PENDING, REFUSED, National, create_app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(National(polls=2)))
    async with httpx.AsyncClient(transport=transport, base_url="http://national.test") as client:
        yield client


def record(
    record_id: str = "record-1", result: str = "未发现问题", item: str = "合格", code: str = "91110875000022L9J2"
) -> bytes:
    document: dict[str, Any] = {
        "record_id": record_id,
        "operation": "i",
        "record": {"pripId": code, "details": [{"seqno": 1, "raninsItemName": "工资", "raninsCheckResName": item}]},
        "upload": {"结果": "未发现问题"},
    }
    return json.dumps(document, ensure_ascii=False).encode()


async def test_the_same_record_twice_is_one_record_with_one_answer(client: httpx.AsyncClient) -> None:
    first = (await client.post("/records", content=record())).json()
    assert (await client.post("/records", content=record())).json() == first
    listed = (await client.get("/records")).json()
    assert (listed["count"], listed["records"][0]["posts"]) == (1, 2)


async def test_another_record_under_the_same_id_is_a_conflict(client: httpx.AsyncClient) -> None:
    await client.post("/records", content=record())
    assert (await client.post("/records", content=record(item="未检查"))).status_code == 409


async def test_a_contradiction_and_a_wrong_code_are_refused_by_code(client: httpx.AsyncClient) -> None:
    answer = (await client.post("/records", content=record(item="不合格"))).json()
    assert (answer["status"], answer["code"]) == (REFUSED, "E203")
    answer = (await client.post("/records", content=record("record-2", code="坏代码"))).json()
    assert (answer["status"], answer["code"]) == (REFUSED, "E101")


async def test_many_records_get_all_three_answers_and_always_the_same(client: httpx.AsyncClient) -> None:
    answers = {}
    for number in range(60):
        answer = (await client.post("/records", content=record(f"record-{number}"))).json()
        answers[answer["record_id"]] = answer["status"]
    assert set(answers.values()) == {ACCEPTED, REFUSED, PENDING}
    waiting = next(record_id for record_id, status in answers.items() if status == PENDING)
    assert (await client.get(f"/receipts/{waiting}")).json()["status"] == PENDING
    assert (await client.get(f"/receipts/{waiting}")).json()["status"] == ACCEPTED
    other = httpx.ASGITransport(create_app(National()))
    async with httpx.AsyncClient(transport=other, base_url="http://national.test") as again:
        for number in range(60):
            answer = (await again.post("/records", content=record(f"record-{number}"))).json()
            assert answers[answer["record_id"]] == answer["status"]


async def test_failures_are_switched_and_counted(client: httpx.AsyncClient) -> None:
    await client.put("/failures", json={"mode": "down", "times": 1})
    assert (await client.post("/records", content=record())).status_code == 503
    assert (await client.get("/records")).json()["count"] == 0
    assert (await client.post("/records", content=record())).status_code in {201, 202}
    await client.put("/failures", json={"mode": "lost_answer", "times": 1})
    assert (await client.post("/records", content=record("record-2"))).status_code == 502
    assert (await client.get("/records")).json()["count"] == 2
    assert (await client.put("/failures", json={"mode": "nonsense"})).status_code == 422


async def test_what_is_no_record_is_refused_and_unknown_receipts_are_404(client: httpx.AsyncClient) -> None:
    assert (await client.post("/records", content=b"[]")).status_code == 400
    assert (await client.get("/receipts/never-sent")).status_code == 404
