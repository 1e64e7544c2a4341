"""The intake: signed, once, in time, and clear about what is wrong."""

import asyncio
import time

import pytest
from sqlalchemy import func, select

from services.trigger.app import SERVICE
from services.trigger.store.tables import answers, signal_messages, signals
from tests.conftest import MakeHouse
from tests.trigger.knocking import message, order, register, subject, tell_subjects


@pytest.mark.article(2)
async def test_a_signed_order_becomes_a_signal(make_house: MakeHouse) -> None:
    platform = await register(await make_house(SERVICE))
    answer = await platform.send(order("A-001"))
    assert answer.status_code == 201
    assert answer.json()["status"] == "waiting"
    assert answer.json()["signal_id"]


async def test_either_of_two_keys_is_good_and_a_rotated_one_is_not(make_house: MakeHouse) -> None:
    from libs.common.http.auth import Role
    from libs.common.testing.doors import actor

    house = await make_house(SERVICE)
    platform = await register(house)
    older, newer = platform.keys
    assert (await platform.send(order("A-001"), key=older)).status_code == 201
    assert (await platform.send(order("A-002"), key=newer)).status_code == 201
    async with house.client(actor(Role.ADMIN)) as client:
        (third,) = (await client.post("/trigger/api/v1/platforms/ly-12345/keys")).json()["keys"]
    assert (await platform.send(order("A-003"), key=older)).status_code == 401
    assert (await platform.send(order("A-004"), key=newer)).status_code == 201
    assert (await platform.send(order("A-005"), key=third)).status_code == 201


async def test_wrong_key_old_time_used_nonce_and_unknown_platform_get_the_same_refusal(make_house: MakeHouse) -> None:
    platform = await register(await make_house(SERVICE))
    assert (await platform.send(order("A-000"), nonce="n" * 32)).status_code == 201
    refusals = [
        await platform.send(order("A-001"), key="wrong"),
        await platform.send(order("A-001"), at=time.time() - 301),
        await platform.send(order("A-001"), at=time.time() + 302),
        await platform.send(order("A-001"), nonce="n" * 32),
        await platform.send(order("A-001"), nonce="short"),
        await platform.send(order("A-001"), code="nobody"),
    ]
    assert {answer.status_code for answer in refusals} == {401}
    assert {answer.headers["content-type"] for answer in refusals} == {"application/problem+json"}
    assert len({answer.json()["detail"] for answer in refusals}) == 1
    assert {answer.headers["www-authenticate"] for answer in refusals} == {"SUNLOT-HMAC-SHA256"}
    assert {(answer.json()["type"], answer.json()["title"]) for answer in refusals} == {
        ("urn:sunlot:problem:wrong-signature", "签名无效")  # nothing to sign in to
    }


async def test_a_changed_body_breaks_the_signature(make_house: MakeHouse) -> None:
    platform = await register(await make_house(SERVICE))
    good = order("A-001")
    async with platform.house.client() as client:
        sent = (await platform.send(good)).request
        tampered = sent.content.replace(b"A-001", b"A-002")
        answer = await client.post(
            sent.url.path, content=tampered, headers=dict(sent.headers) | {"content-length": str(len(tampered))}
        )
    assert answer.status_code == 401


async def test_the_same_order_twice_is_one_signal(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    body = order("A-001")
    first, second = await platform.send(body), await platform.send(body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["signal_id"] == second.json()["signal_id"]
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(signal_messages)) == 0


async def test_a_changed_content_is_a_message_on_the_order(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    body = order("A-001")
    first = await platform.send(body)
    changed = body | {"content": "拖欠四个月工资"}
    again = [await platform.send(changed), await platform.send(changed), await platform.send(body)]
    assert [answer.status_code for answer in again] == [200, 200, 200]
    assert {answer.json()["signal_id"] for answer in again} == {first.json()["signal_id"]}
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(signal_messages)) == 1


async def test_ten_copies_at_once_are_one_signal(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    known = subject(1)
    await tell_subjects(house, known)
    body = order("A-001", about=known)
    replies = await asyncio.gather(*(platform.send(body) for _ in range(10)))
    assert sorted(answer.status_code for answer in replies) == [200] * 9 + [201]
    assert {answer.json()["status"] for answer in replies} == {"matched"}
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(signals)) == 1
        assert await tx.scalar(select(func.count()).select_from(answers)) == 2
    assert len(await house.said("trigger.signal_matched")) == 1


async def test_a_body_above_64_kb_is_refused(make_house: MakeHouse) -> None:
    platform = await register(await make_house(SERVICE))
    answer = await platform.send(b'{"x": "' + b"a" * 70_000 + b'"}')
    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:sunlot:problem:order-too-large"


async def test_a_refusal_names_fields_in_chinese_and_repeats_no_content(make_house: MakeHouse) -> None:
    platform = await register(await make_house(SERVICE))
    broken = order("A-001") | {"accepted_at": "canary-time", "categories": [], "content": ""}
    answer = await platform.send(broken)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"accepted_at", "categories", "content"}
    assert "canary" not in answer.text


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'{"order_id": "A-1"', b"\xff\xfe"])
async def test_what_is_no_order_is_refused_clearly(make_house: MakeHouse, body: bytes) -> None:
    platform = await register(await make_house(SERVICE))
    answer = await platform.send(body)
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:sunlot:problem:invalid"


async def test_a_kind_that_was_not_agreed_and_a_time_to_come_are_refused(make_house: MakeHouse) -> None:
    platform = await register(await make_house(SERVICE))
    kind = await platform.send(order("A-001") | {"kind": "建议"})
    future = await platform.send(order("A-002", days_ago=-1))
    assert kind.json()["type"] == "urn:sunlot:problem:kind-not-agreed"
    assert kind.json()["errors"] == [{"field": "kind", "detail": "只能取：投诉举报"}]
    assert future.json()["type"] == "urn:sunlot:problem:order-from-the-future"
    assert [error["field"] for error in future.json()["errors"]] == ["accepted_at"]


@pytest.mark.article(2)
async def test_the_complainant_is_told_within_how_many_working_days(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    await platform.send(order("A-001"))
    async with house.database.transaction() as tx:
        row = await tx.first(select(answers))
        due = await tx.scalar(select(signals.c.due))
    assert row is not None
    assert row["stage"] == "accepted"
    assert f"{due.year}年{due.month}月{due.day}日" in row["text"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+08:00", "0001-01-01T00:00:00Z", "1999-12-31T00:00:00Z", 1])
async def test_a_time_that_nobody_can_mean_is_refused_and_breaks_no_page(
    make_house: MakeHouse, moment: str | int
) -> None:
    house = await make_house(SERVICE)
    platform = await register(house, kinds=["投诉举报", "转办交办", "网络监测"])
    hit = {"url": "https://bbs.example.org/1", "accepted_at": moment, "content": "欠薪"}
    matter = {
        "document_number": "豫人社转〔2026〕3号",
        "sender": "河南省人社厅",
        "content": "欠薪",
        "accepted_at": moment,
    }
    refusals = [
        await platform.send(order("A-001") | {"accepted_at": moment}),
        await platform.say("A-001", message("urge", "M-1") | {"at": moment}),
        await platform.send(hit, door="monitoring"),
        await platform.send(matter | {"reply_by": "2026-12-20"}, door="referrals"),
        await platform.send(
            matter | {"accepted_at": "2026-11-01T00:00:00Z", "reply_by": "9999-12-31"}, door="referrals"
        ),
    ]
    assert [answer.status_code for answer in refusals] == [422] * 5
    assert [answer.json()["errors"][0]["field"] for answer in refusals] == [
        "accepted_at", "at", "accepted_at", "accepted_at", "reply_by",
    ]  # fmt: skip
