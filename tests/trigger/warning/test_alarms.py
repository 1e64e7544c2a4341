"""From orders to counts, from counts to alarms, from alarms to somebody's judgement."""

import asyncio
import html
import re
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import func, insert, select

from libs.common import clock
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.trigger.app import SERVICE
from services.trigger.domain.warning import monday_of
from services.trigger.loops.watch import add_up_counts, look_through
from services.trigger.store.tables import signals
from services.trigger.store.warning_tables import alarms, count_steps, daily_counts
from tests.conftest import MakeHouse
from tests.trigger.knocking import LUOLONG, order, register, subject, tell_subjects
from tests.trigger.warning.history import WAGES, Surge, history

SONG = "410325"


async def with_history(house: House, weeks: int = 40) -> None:
    """A made-up history that ends yesterday, with a surge in its last ten days."""
    today = clock.china_date(clock.now())
    first = monday_of(today) - timedelta(weeks=weeks)
    surge = Surge(SONG, WAGES, today - timedelta(days=12), 12, 25.0)
    rows = [
        {"county": county, "category": category, "day": day, "number": number}
        for county, category, day, number in history(first, (today - first).days, surges=(surge,))
    ]
    async with house.database.transaction() as tx:
        await tx.execute(insert(daily_counts), rows)


async def one_alarm(house: House) -> str:
    await with_history(house)
    assert await look_through(house.database, clock.now()) > 0
    async with house.database.transaction() as tx:
        return str(
            await tx.scalar(select(alarms.c.alarm_id).where(alarms.c.county == SONG, alarms.c.category == WAGES))
        )


async def counted(house: House) -> dict[tuple[str, str], int]:
    await add_up_counts(house.database)
    async with house.database.transaction() as tx:
        rows = await tx.all(select(daily_counts).where(daily_counts.c.number != 0))
    return {(row["county"], row["category"]): row["number"] for row in rows}


async def test_an_order_is_counted_once_however_often_it_is_sent(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    for _ in range(3):
        await platform.send(order("A-001"))
    await platform.send(order("A-002") | {"content": "另一件"})
    assert await counted(house) == {(LUOLONG, WAGES): 2}
    assert await counted(house) == {(LUOLONG, WAGES): 2}


async def test_a_signal_counts_where_its_subject_employs_people(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    firm = subject(1, county=SONG)
    await tell_subjects(house, firm)
    await platform.send(order("A-001") | {"employer_name": firm.name, "employer_uscc": firm.uscc})
    assert await counted(house) == {(SONG, WAGES): 1}


async def test_two_adding_up_at_once_count_everything_once(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    day = clock.china_date(clock.now())
    async with house.database.transaction() as tx:
        await tx.execute(
            insert(count_steps),
            [
                {"step_id": f"{number:06d}", "county": LUOLONG, "category": WAGES, "day": day, "change": 1}
                for number in range(12_000)
            ],
        )
    await asyncio.gather(*(add_up_counts(house.database) for _ in range(4)))
    assert await counted(house) == {(LUOLONG, WAGES): 12_000}


@pytest.mark.article(2, 4)
async def test_what_stands_out_is_one_signal_a_week_and_nothing_follows_by_itself(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await with_history(house)
    await asyncio.gather(*(look_through(house.database, clock.now()) for _ in range(3)))
    for days in (1, 2, 3):
        await look_through(house.database, clock.now() + timedelta(days=days))
    async with house.database.transaction() as tx:
        found = await tx.all(select(alarms).where(alarms.c.county == SONG, alarms.c.category == WAGES))
        made = await tx.all(
            select(signals).where(signals.c.kind == "风险预警", signals.c.county == SONG, signals.c.category == WAGES)
        )
        whole = await tx.scalar(select(func.count()).select_from(signals))
        alarmed = await tx.scalar(select(func.count()).select_from(alarms))
    assert 1 <= len({row["week"] for row in found}) == len(found) == len(made)
    assert whole == alarmed
    assert {(row["source"], row["state"], row["employer_name"]) for row in made} == {("风险防控", "warning", "")}
    assert await house.said() == []


async def test_an_alarm_is_judged_with_a_reason_and_the_judgement_stays(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    alarm = await one_alarm(house)
    unit = actor(Role.UNIT, SONG)
    async with house.client(unit) as client:
        address = f"/trigger/warning/{alarm}"
        assert (await client.get(address)).status_code == 200
        refused = await client.post(f"{address}/acknowledge", data={"csrf": unit.csrf, "conclusion": "", "note": ""})
        assert refused.status_code == 422
        assert 'href="#f-conclusion"' in refused.text
        said = {"csrf": unit.csrf, "conclusion": "watch", "note": "两个工地集中讨薪，已派人核实"}
        for _ in range(2):
            assert (await client.post(f"{address}/acknowledge", data=said)).status_code == 303
        page = await client.get(address)
        assert page.text.count("两个工地集中讨薪") == 1
        assert "已研判" in page.text
        assert (await client.get("/trigger/api/v1/alarms?state=open&county=" + SONG)).json()["total"] == len(
            (await client.get("/trigger/api/v1/alarms")).json()["items"]
        ) - 1
    auditor = actor(Role.AUDITOR)
    async with house.client(auditor) as client:
        assert (await client.post(f"{address}/acknowledge", data=said)).status_code == 403


async def test_an_alarm_stands_on_the_desk_until_somebody_has_judged_it(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    alarm = await one_alarm(house)
    unit = actor(Role.UNIT, SONG)
    async with house.client(unit) as client:
        waiting = (await client.get("/trigger/api/v1/overview")).json()["alarms"]
        assert waiting > 0
        assert f"{waiting} 次" in (await client.get("/trigger/todo")).text
        said = {"csrf": unit.csrf, "conclusion": "explained", "note": "集中宣传日所致"}
        await client.post(f"/trigger/warning/{alarm}/acknowledge", data=said)
        assert (await client.get("/trigger/api/v1/overview")).json()["alarms"] == waiting - 1
    async with house.client(actor(Role.UNIT, LUOLONG)) as client:
        assert "0 次" in (await client.get("/trigger/todo")).text


async def test_alarm_signal_and_the_complaints_counted_link_to_each_other(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    alarm = await one_alarm(house)
    async with house.database.transaction() as tx:
        week = await tx.scalar(select(alarms.c.week).where(alarms.c.alarm_id == alarm))
    at = datetime.combine(week, time.min, clock.CHINA)
    second = timedelta(seconds=1)
    moments = {"WK-A": at, "WK-B": at + timedelta(hours=2), "WK-C": at - second, "WK-D": at + timedelta(days=7)}
    for name, moment in moments.items():
        if moment < clock.now():
            sent = order(name) | {"accepted_at": moment.isoformat(), "county": SONG}
            assert (await platform.send(sent)).status_code == 201
    await platform.send(order("WK-E", kind="咨询") | {"accepted_at": at.isoformat(), "county": SONG})
    async with house.client(actor(Role.UNIT, SONG)) as client:
        page = (await client.get(f"/trigger/warning/{alarm}")).text
        assert f'href="/trigger/signals/{alarm}"' in page
        assert f'href="/trigger/warning/{alarm}"' in (await client.get(f"/trigger/signals/{alarm}")).text
        (link,) = (line for line in re.findall(r'href="([^"]*)"', page) if "week=" in line)
        listed = await client.get(html.unescape(link).replace("/trigger/", "/trigger/api/v1/"))
        assert {one["order_id"] for one in listed.json()["items"]} == {"WK-A", "WK-B"}
        assert set(re.findall(r">(WK-.)</a>", page)) == {"WK-A", "WK-B"}
        for wrong in ("2026-02-30", "x" * 50, "9999-12-31", "0001-01-01"):
            assert (await client.get("/trigger/signals", params={"week": wrong})).status_code == 200


async def test_another_county_sees_neither_alarm_nor_counts(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    alarm = await one_alarm(house)
    async with house.client(actor(Role.UNIT, LUOLONG)) as client:
        for path in (f"/trigger/warning/{alarm}", f"/trigger/api/v1/alarms/{alarm}"):
            assert (await client.get(path)).status_code == 404
        for path in ("/trigger/warning/counts", "/trigger/api/v1/warning/counts"):
            assert (await client.get(path, params={"county": SONG})).status_code == 404
            assert (await client.get(path, params={"county": "410300"})).status_code == 404
            assert (await client.get(path)).status_code == 200
        listed = (await client.get("/trigger/api/v1/alarms")).json()["items"]
        assert {one["county"] for one in listed} <= {LUOLONG}


async def test_alarms_are_filtered_sorted_and_exported_in_words(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await one_alarm(house)
    async with house.client(actor(Role.LEAD)) as client:
        text = (await client.get(f"/trigger/warning?format=csv&county={SONG}")).text
        sheet = await client.get("/trigger/warning?format=xlsx&sort=-strength")
        year = (await client.get(f"/trigger/warning/counts?format=csv&county={SONG}&category={WAGES}")).text
        assert (await client.get(f"/trigger/warning/counts?format=csv&county={SONG}")).text == year, "wages come first"
        weeks = (await client.get("/trigger/api/v1/warning/counts", params={"county": SONG, "category": WAGES})).json()
        signal = (await client.get("/trigger/signals?source=风险防控")).text
    assert "嵩县" in text
    assert "待研判" in text
    assert sheet.content[:2] == b"PK"
    assert year.count("嵩县") == len(weeks)
    assert "达到预警线" in year
    assert any(week["limit"] is not None and week["count"] >= week["limit"] for week in weeks)
    assert "风险提示" in signal


async def test_a_young_installation_says_from_when_on_it_judges(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(actor(Role.LEAD)) as client:
        assert "还没有投诉件数" in (await client.get("/trigger/warning")).text
        await with_history(house, weeks=1)
        await look_through(house.database, clock.now())
        page = (await client.get("/trigger/warning")).text
    assert "起可以按日判断" in page
    assert "还不能判断" in page


@pytest.mark.parametrize("path", ["warning", "warning/counts"])
async def test_the_pages_open_on_an_empty_database(make_house: MakeHouse, path: str) -> None:
    house = await make_house(SERVICE)
    assert await look_through(house.database, clock.now()) == 0
    async with house.client(actor(Role.AUDITOR)) as client:
        assert (await client.get(f"/trigger/{path}")).status_code == 200
    async with house.client(actor(Role.ADMIN)) as client:
        assert (await client.get(f"/trigger/{path}")).status_code == 403
