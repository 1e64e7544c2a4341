"""How much a platform may send: its own quota alone is used up, and a flood is refused without the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select

from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from libs.common.testing.waiting import eventually
from services.trigger.app import SERVICE
from services.trigger.store.tables import nonces, signals
from tests.conftest import MakeHouse
from tests.trigger.knocking import Platform, order

API = "/trigger/api/v1/platforms"


def _agreement(rate: int, burst: int) -> dict[str, object]:
    return {
        "name": "某平台", "kinds": ["投诉举报"], "callback_url": "http://127.0.0.1:9/answers", "rate": rate,
        "burst": burst, "open311": True,
    }  # fmt: skip


async def _register(house: House, code: str, *, rate: int = 1, burst: int = 3) -> Platform:
    async with house.client(actor(Role.ADMIN)) as client:
        answer = await client.post(API, json={"code": code} | _agreement(rate, burst))
    assert answer.status_code == 201, answer.text
    return Platform(house, answer.json()["keys"], code)


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes for quotas, however slow the machine is."""
    monkeypatch.setattr("throttled.utils.now_mono_f", lambda: 1000.0)


@contextmanager
def _counting(house: House) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    engine = house.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.usefixtures("stopped")
async def test_more_than_agreed_is_refused_and_told_when_to_come_again(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await _register(house, "quick")
    taken = [await platform.send(order(f"A-{number:03d}")) for number in range(3)]
    assert [answer.status_code for answer in taken] == [201] * 3
    assert [answer.headers["x-ratelimit-remaining"] for answer in taken] == ["2", "1", "0"]
    assert {answer.headers["x-ratelimit-limit"] for answer in taken} == {"3"}
    refused = await platform.send(order("A-003"))
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:sunlot:problem:too-often"
    assert 1 <= int(refused.headers["retry-after"]) <= 3
    assert refused.headers["x-ratelimit-remaining"] == "0"
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(signals)) == 3
        assert await tx.scalar(select(func.count()).select_from(nonces)) == 3


async def test_a_refused_order_is_taken_once_the_time_has_passed(make_house: MakeHouse) -> None:
    platform = await _register(await make_house(SERVICE), "quick", rate=20, burst=1)
    assert (await platform.send(order("A-001"))).status_code == 201

    async def again() -> bool:
        return bool((await platform.send(order("A-002"))).status_code == 201)

    await eventually(again, "the second order is taken")


@pytest.mark.usefixtures("stopped")
async def test_a_flood_from_one_platform_leaves_the_others_theirs(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    noisy, quiet = await _register(house, "noisy"), await _register(house, "quiet")
    flood = [await noisy.send(order(f"N-{number:03d}")) for number in range(8)]
    assert {answer.status_code for answer in flood[4:]} == {429}
    assert [(await quiet.send(order(f"Q-{number}00"))).status_code for number in range(3)] == [201] * 3


@pytest.mark.usefixtures("stopped")
async def test_a_signed_flood_is_refused_without_the_database(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await _register(house, "noisy")
    for number in range(4):
        await platform.send(order(f"N-{number:03d}"))
    with _counting(house) as statements:
        flood = [await platform.send(order(f"N-{number:03d}")) for number in range(100, 160)]
    assert sum(answer.status_code == 429 for answer in flood) >= 55
    admitted = sum(answer.status_code == 201 for answer in flood)
    assert len([text for text in statements if "nonces" in text]) == admitted


async def test_what_nobody_signed_uses_up_no_quota_and_few_queries(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await _register(house, "victim")
    await platform.send(order("A-000"))
    began = time.monotonic()
    with _counting(house) as statements:
        flood = [await platform.send(order("A-001"), key="wrong") for _ in range(100)]
        flood += [await platform.send(order("A-001"), code=f"nobody-{number}") for number in range(100)]
    assert {answer.status_code for answer in flood} == {401}
    assert {answer.json()["detail"] for answer in flood} == {flood[0].json()["detail"]}
    assert not any("x-ratelimit-limit" in answer.headers for answer in flood)
    looks = 20 + 11 * (time.monotonic() - began) + 2  # ten a second and the one a second that everybody causes
    assert len(statements) <= 2 * looks  # platforms and keys
    assert (await platform.send(order("A-001"))).status_code == 201


async def test_a_revoked_key_stops_at_once_and_a_new_one_works_at_once(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await _register(house, "rotating", burst=50)
    older, newer = platform.keys
    assert (await platform.send(order("A-001"), key=older)).status_code == 201  # now it is remembered
    async with house.client(actor(Role.ADMIN)) as client:
        (third,) = (await client.post(f"{API}/rotating/keys")).json()["keys"]
    assert (await platform.send(order("A-002"), key=older)).status_code == 401
    assert (await platform.send(order("A-003"), key=newer)).status_code == 201
    assert (await platform.send(order("A-004"), key=third)).status_code == 201


async def test_the_administrator_changes_how_much_a_platform_may_send(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await _register(house, "growing", burst=1)
    assert (await platform.send(order("A-001"))).status_code == 201
    assert (await platform.send(order("A-002"))).status_code == 429
    async with house.client(actor(Role.ADMIN)) as client:
        assert (await client.put(f"{API}/growing", json=_agreement(100, 100))).status_code == 204
        listed = next(one for one in (await client.get(API)).json() if one["code"] == "growing")
    assert (listed["rate"], listed["burst"]) == (100, 100)

    async def taken() -> bool:
        answer = await platform.send(order("A-002"))
        return bool(answer.headers.get("x-ratelimit-limit") == "100")

    await eventually(taken, "the new quota is known")


@pytest.mark.parametrize("wrong", [{"rate": 0}, {"burst": 0}, {"rate": 10_001}])
async def test_a_quota_has_sensible_bounds(make_house: MakeHouse, wrong: dict[str, int]) -> None:
    house = await make_house(SERVICE)
    async with house.client(actor(Role.ADMIN)) as client:
        answer = await client.post(API, json={"code": "odd-one"} | _agreement(1, 1) | wrong)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == list(wrong)


@pytest.mark.usefixtures("stopped")
async def test_open311_shares_the_quota_and_refuses_in_its_own_form(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await _register(house, "app-city", burst=1)
    assert (await platform.send(order("A-001"))).status_code == 201
    form = {"api_key": f"app-city.{platform.keys[0]}", "service_code": "wages", "description": "某事"}
    async with house.client() as client:
        refused = await client.post("/open311/v2/requests.json", data=form)
        wrong = await client.post("/open311/v2/requests.json", data=form | {"api_key": "app-city.wrong"})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()[0]["code"] == 429
    assert wrong.status_code == 403


async def test_the_document_tells_of_quota_and_refusal(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client() as client:
        document = (await client.get("/trigger/api/openapi.json")).json()
    operation = document["paths"][f"{API}/{{platform}}/orders"]["post"]
    assert {"Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} == set(
        operation["responses"]["429"]["headers"]
    )
    assert set(operation["responses"]["201"]["headers"]) < set(operation["responses"]["429"]["headers"])
    assert "application/problem+json" in operation["responses"]["429"]["content"]
