"""Orders that arrive together are written together, and none of them notices the others."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import func, insert, select

from services.trigger.app import SERVICE
from services.trigger.domain.message import MOST
from services.trigger.store.tables import rule_facts, signal_history, signal_messages, signals
from tests.conftest import MakeHouse
from tests.trigger.knocking import order, register, subject, tell_subjects


async def test_orders_sent_at_once_become_one_signal_each_in_their_own_matter(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    firms = [subject(number, industry=f"{'CEI'[number % 3]}1000") for number in range(20)]
    await tell_subjects(house, *firms)
    sent = [order(f"A-{n:03d}", about=firms[n % 20] if n % 4 else None) for n in range(60)]
    answers = await asyncio.gather(*(platform.send(body) for body in sent))
    assert {answer.status_code for answer in answers} == {201}
    assert [answer.json()["status"] for answer in answers] == ["matched" if n % 4 else "waiting" for n in range(60)]
    async with house.database.transaction() as tx:
        rows = {row["signal_id"]: row for row in await tx.all(select(signals))}
        counted = await tx.scalar(select(func.count()).select_from(rule_facts))
    assert [rows[answer.json()["signal_id"]]["order_id"] for answer in answers] == [body["order_id"] for body in sent]
    assert [rows[answer.json()["signal_id"]]["uscc"] for answer in answers] == [
        firms[n % 20].uscc if n % 4 else "" for n in range(60)
    ]
    # Each is traced by the id that its sender was given.
    assert {answer.headers["x-request-id"] for answer in answers} == {row["correlation_id"] for row in rows.values()}
    assert counted == 45
    said = [envelope.correlation_id for envelope, _ in await house.said("trigger.signal_matched")]
    assert sorted(said) == sorted(row["correlation_id"] for row in rows.values() if row["state"] == "matched")
    assert len(await house.said("trigger.trigger_fired")) == 3  # one an industry


async def test_of_copies_and_replays_sent_at_once_one_is_taken(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    answers = await asyncio.gather(
        *(platform.send(order(f"A-{n}")) for n in range(8)),
        *(platform.send(order("B-1", content=f"拖欠 {n} 个月工资")) for n in range(4)),
        *(platform.send(order(f"C-{n}"), nonce="r" * 32) for n in range(4)),
    )
    assert [answer.status_code for answer in answers[:8]] == [201] * 8
    assert sorted(answer.status_code for answer in answers[8:12]) == [200, 200, 200, 201]
    assert sorted(answer.status_code for answer in answers[12:]) == [201, 401, 401, 401]
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(signals)) == 10
        assert await tx.scalar(select(func.count()).select_from(signal_messages)) == 3  # what the copies add is kept


async def test_one_that_is_refused_or_cannot_be_stored_spoils_no_other(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    bodies = [order(f"A-{n}") for n in range(20)]
    bodies[7]["kind"] = "表扬"  # was not agreed
    bodies[11]["channel"] = "热\u0000线"  # PostgreSQL has no text for it
    answers = await asyncio.gather(*(platform.send(body) for body in bodies))
    assert [n for n, answer in enumerate(answers) if answer.status_code != 201] == [7, 11]
    assert {answers[n].status_code for n in (7, 11)} == {422}
    assert "kind" in answers[7].text
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(signals)) == 18
        assert await tx.scalar(select(func.count(func.distinct(signal_history.c.signal_id)))) == 18


async def test_an_order_that_waits_for_a_lock_keeps_no_other_waiting(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    known = (await platform.send(order("A-1"))).json()["signal_id"]
    async with asyncio.timeout(12):  # seconds; a lock may take 15
        async with house.database.transaction() as tx:
            await tx.execute(select(signals).where(signals.c.signal_id == known).with_for_update())
            again = asyncio.create_task(platform.send(order("A-1", content="又拖欠一个月工资")))
            others = await asyncio.gather(*(platform.send(order(f"B-{n}")) for n in range(20)))
            later = await platform.send(order("C-1"))
            assert not again.done()
        assert {answer.status_code for answer in (*others, later)} == {201}
        assert (await again).status_code == 200


async def test_an_order_is_added_to_so_often_and_no_more(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    known = (await platform.send(order("A-1"))).json()["signal_id"]
    row = {"signal_id": known, "key_id": "", "sealed": b"", "received_at": datetime.now(UTC)}
    async with house.database.transaction() as tx:
        await tx.execute(
            insert(signal_messages), [row | {"number": n, "content_mark": f"{n}"} for n in range(1, MOST + 1)]
        )
    once_more, other = await asyncio.gather(
        platform.send(order("A-1", content="再补充一次情况")), platform.send(order("A-2"))
    )
    assert (once_more.status_code, other.status_code) == (409, 201)
    assert "以新的工单报送" in once_more.json()["detail"]
