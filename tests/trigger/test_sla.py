"""Clocks in working days: terms by platform and kind, with history, what is due and late, and the numbers by month."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from libs.common.clock import china_date, now
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.trigger.app import SERVICE
from services.trigger.domain.signal import due_of
from services.trigger.domain.sla import next_workday
from services.trigger.store.order_tables import reviews
from services.trigger.store.tables import signals
from tests.conftest import MakeHouse
from tests.trigger.knocking import message, order, register, subject, tell_subjects


async def due(house: House, order_id: str) -> date:
    async with house.database.transaction() as tx:
        found: date = await tx.scalar(select(signals.c.due).where(signals.c.order_id == order_id))
        return found


@pytest.mark.article(2)
async def test_five_working_days_unless_agreed_otherwise_and_every_change_is_kept(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    admin = actor(Role.ADMIN)
    await platform.send(order("A-001"))
    assert await due(house, "A-001") == due_of(now(), 5).due
    form = {"csrf": admin.csrf, "code": "ly-12345", "clock": "accept", "kind": "投诉举报", "days": "2"}
    async with house.client(admin) as client:
        for wrong, field in (({"days": "0"}, "days"), ({"kind": "咨询"}, "kind"), ({"clock": "x"}, "clock")):
            refused = await client.post("/trigger/sla", data=form | wrong)
            assert refused.status_code == 422
            assert f'href="#f-{field}"' in refused.text
        assert (await client.post("/trigger/sla", data=form)).status_code == 303
        await platform.send(order("A-002"))
        assert (await client.post("/trigger/sla", data=form | {"days": ""})).status_code == 303
        await platform.send(order("A-003"))
        changes = (await client.get("/trigger/api/v1/sla/changes")).json()
        page = (await client.get("/trigger/sla")).text
    assert [(one["before"], one["after"]) for one in changes] == [(2, None), (None, 2)]
    assert "2 → 默认" in page
    assert await due(house, "A-001") == due_of(now(), 5).due  # what runs keeps its day
    assert await due(house, "A-002") == due_of(now(), 2).due
    assert await due(house, "A-003") == due_of(now(), 5).due
    async with house.client(actor(Role.LEAD)) as client:
        assert (await client.post("/trigger/sla", data=form)).status_code == 403


async def test_a_review_has_the_clock_of_its_platform_and_kind(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    async with house.client(actor(Role.ADMIN)) as client:
        term = {"code": "ly-12345", "clock": "review", "kind": "投诉举报", "days": 3}
        assert (await client.put("/trigger/api/v1/sla/terms", json=term)).status_code == 204
    await platform.send(order("A-001"))
    await platform.say("A-001", message("revisit", "M-1", result="unsatisfied"))
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(reviews.c.due)) == due_of(now(), 3).due


async def test_an_extension_moves_the_day(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    await platform.send(order("A-001"))
    until = china_date(now()) + timedelta(days=40)
    await platform.say("A-001", message("extend", "M-1", until=until.isoformat()))
    assert await due(house, "A-001") == until


async def test_what_is_due_and_late_stands_on_the_desk_and_can_be_filtered(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    today = china_date(now())
    days = {
        "LATE": today - timedelta(days=1),
        "TODAY": today,
        "SOON": next_workday(today),
        "LATER": today + timedelta(30),
    }
    for name, day in days.items():
        await platform.send(order(f"A-{name}"))
        async with house.database.transaction() as tx:
            await tx.execute(update(signals).where(signals.c.order_id == f"A-{name}").values(due=day))
    await platform.say("A-LATER", message("revisit", "M-1", result="unsatisfied"))
    async with house.database.transaction() as tx:
        await tx.execute(update(signals).where(signals.c.order_id == "A-LATER").values(review_due=today - timedelta(3)))
    async with house.client(actor(Role.LEAD)) as client:

        async def filtered(late: str) -> set[str]:
            found = (await client.get(f"/trigger/api/v1/signals?late={late}")).json()["items"]
            return {one["order_id"] for one in found}

        assert await filtered("1") == {"A-LATE", "A-LATER"}
        assert await filtered("due") == {"A-TODAY", "A-SOON"}
        desk = (await client.get("/trigger/todo")).text
        numbers = (await client.get("/trigger/api/v1/overview")).json()
    assert (numbers["late"], numbers["due"], numbers["reviews"]) == (2, 2, 1)
    assert desk.count("2 件") == 2


async def test_in_time_and_late_are_counted_by_month_platform_and_clock(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    await tell_subjects(house, subject(0))
    for number in range(5):
        await platform.send(order(f"A-{number}00", about=subject(0) if number < 3 else None))
    await platform.say("A-400", message("withdraw", "M-1"))
    await platform.say("A-300", message("revisit", "M-1", result="unsatisfied"))
    march = date(2026, 3, 10)
    async with house.database.transaction() as tx:
        await tx.execute(update(signals).where(signals.c.order_id == "A-000").values(due=march))  # decided today: late
        await tx.execute(update(signals).where(signals.c.order_id == "A-300").values(due=march))  # never decided: late
        await tx.execute(update(reviews).values(due=march))
    async with house.client(actor(Role.AUDITOR)) as client:
        items = (await client.get("/trigger/api/v1/sla?sort=month")).json()["items"]
        text = (await client.get("/trigger/sla?format=csv&clock=accept")).text
        page = (await client.get("/trigger/sla")).text
    counted = {(one["month"], one["clock"]): (one["in_time"], one["late"], one["running"]) for one in items}
    month = due_of(now(), 5).due.strftime("%Y-%m")
    assert counted == {("2026-03", "accept"): (0, 2, 0), ("2026-03", "review"): (0, 1, 0), (month, "accept"): (2, 0, 0)}
    assert "洛阳市 12345 热线" in text
    assert "复核" not in text
    assert "2026-03" in page
