"""The risk view: points by the table, with their reasons, of the subject itself."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, update

from libs.common import clock
from libs.common.http.auth import Role
from libs.common.testing.doors import actor
from services.trigger.app import SERVICE
from services.trigger.domain.risk import Complaint, Facts, Result, reckon, table_lines, total
from services.trigger.loops.watch import reckon_all
from services.trigger.store.risk import keep_result
from services.trigger.store.tables import signals
from services.trigger.store.warning_tables import risk_points
from services.trigger.usecases.reckon_risk import points_table, points_tables
from tests.conftest import MakeHouse
from tests.trigger.knocking import LUOLONG, order, register, subject, tell_subjects

TODAY = date(2026, 11, 20)
NOTHING = Facts("B", 20, 20, (), ())


def points(facts: Facts) -> dict[str, float]:
    return {reason.key: reason.points for reason in reckon(points_table(), facts, TODAY)}


def complaint(days: int) -> Complaint:
    return Complaint("s", "工资支付和最低工资标准", TODAY - timedelta(days=days))


def test_an_ordinary_firm_has_no_points() -> None:
    assert points(NOTHING) == {}
    assert total([]) == 0


def test_complaints_halve_in_half_a_year_and_have_a_cap() -> None:
    assert points(replace(NOTHING, complaints=[complaint(0)])) == {"complaint_open": 4.0}
    assert points(replace(NOTHING, complaints=[complaint(180)])) == {"complaint_open": 2.0}
    assert points(replace(NOTHING, complaints=[complaint(0)] * 50)) == {"complaint_open": 24.0}
    assert points(replace(NOTHING, complaints=[complaint(731)])) == {}


def test_what_was_complained_of_before_the_last_inspection_counts_less() -> None:
    visit = Result("c", "1", False, TODAY - timedelta(days=10))
    facts = replace(NOTHING, complaints=[complaint(20), complaint(0)], results=[visit])
    assert points(facts) == {"complaint_open": 4.0, "complaint_old": 0.9}


def test_a_clean_inspection_gives_nothing_and_a_confirmed_problem_does() -> None:
    assert points(replace(NOTHING, results=[Result("c", "1", False, TODAY)])) == {}
    assert points(replace(NOTHING, results=[Result("c", "E", False, TODAY)])) == {"confirmed": 10.0}


@pytest.mark.article(12)
def test_non_cooperation_weighs_most() -> None:
    found = points(replace(NOTHING, results=[Result("c", "8", True, TODAY)]))
    assert found == {"non_cooperation": 20.0}


@pytest.mark.article(6)
def test_class_and_insurance_count_once() -> None:
    facts = Facts("D", 100, 40, (), ())
    assert points(facts) == {"credit_class": 20.0, "insurance_gap": 10.0}
    assert points(Facts("U", 9, 0, (), ())) == {}


def test_the_two_grades_count_apart_and_the_older_table_knows_one() -> None:
    facts = replace(NOTHING, credit_class="D", integrity_grade="C")
    assert points(facts) == {"credit_class": 20.0, "integrity_grade": 10.0}
    newest, *_, first = points_tables()
    assert newest is points_table()
    assert [reason.key for reason in reckon(first, facts, TODAY)] == ["credit_class"]


def test_every_line_has_the_day_of_its_latest_fact_where_one_is_known() -> None:
    told = {"信用风险变化": TODAY - timedelta(days=3)}
    facts = Facts("D", 100, 40, [complaint(9), complaint(2)], (), told=told)
    days = {reason.key: reason.day for reason in reckon(points_table(), facts, TODAY)}
    assert days == {
        "complaint_open": TODAY - timedelta(days=2),
        "credit_class": TODAY - timedelta(days=3),
        "insurance_gap": None,
    }


def test_every_version_of_the_table_can_be_read_in_words() -> None:
    for table in points_tables():
        lines = table_lines(table)
        assert len(lines) == len([rule for rule in table.values() if isinstance(rule, dict)])
        assert all(name and "分" in how for name, how in lines)


def test_every_line_says_how_it_was_reckoned() -> None:
    facts = Facts("C", 100, 40, [complaint(0)], [Result("c", "A", False, TODAY - timedelta(days=400))])
    reasons = reckon(points_table(), facts, TODAY)
    assert all(reason.detail and reason.name for reason in reasons)
    assert [reason.points for reason in reasons] == sorted((r.points for r in reasons), reverse=True)


async def test_a_new_table_leaves_what_the_old_one_came_to(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    firm, gone = subject(1), subject(2)
    await tell_subjects(house, firm, gone)
    await platform.send(order("A-001", about=firm))
    today = clock.china_date(clock.now())
    await reckon_all(house.database, today)
    old = {"table_version": 1, "points": 77.0, "reckoned_on": today - timedelta(days=1)}
    async with house.database.transaction() as tx:
        row = dict((await tx.all(select(risk_points)))[0])
        await tx.execute(update(risk_points).values(old))
        await tx.execute(insert(risk_points).values(row | old | {"uscc": gone.uscc, "name": gone.name}))
    for _ in range(2):
        await reckon_all(house.database, today)
    async with house.client(actor(Role.LEAD)) as client:
        (listed,) = (await client.get("/trigger/api/v1/risk")).json()["items"]
        assert (listed["uscc"], listed["table_version"]) == (firm.uscc, points_table()["version"])
        for uscc in (firm.uscc, gone.uscc):
            (earlier,) = (await client.get(f"/trigger/api/v1/risk/{uscc}")).json()["earlier"]
            assert (earlier["table_version"], earlier["points"]) == (1, 77.0)
            assert "77.0" in (await client.get(f"/trigger/risk/{uscc}")).text
        assert (await client.get("/trigger/api/v1/risk?version=1")).json()["total"] == 0
        assert (await client.get("/trigger/api/v1/risk?version=x")).json()["total"] == 0
        assert "第 1 版" in (await client.get("/trigger/risk-table")).text
        assert len((await client.get("/trigger/api/v1/risk-tables")).json()) == len(points_tables())


async def test_a_subject_its_signals_and_its_cases_are_one_click_apart(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    firm = subject(1)
    await tell_subjects(house, firm)
    await platform.send(order("A-001", about=firm))
    async with house.database.transaction() as tx:
        await keep_result(tx, "case-7", firm.uscc, "E", [], clock.china_date(clock.now()))
        signal_id = await tx.scalar(select(signals.c.signal_id))
    async with house.client(actor(Role.LEAD)) as client:
        page = (await client.get(f"/trigger/risk/{firm.uscc}")).text
        for link in (f"/trigger/signals/{signal_id}", f"/trigger/signals?q={firm.uscc}", "/inspection/cases/case-7"):
            assert f'href="{link}"' in page
        assert f'href="/trigger/risk/{firm.uscc}"' in (await client.get(f"/trigger/signals/{signal_id}")).text
        assert (await client.get(f"/trigger/api/v1/signals?q={firm.uscc}")).json()["total"] == 1


async def test_the_grade_that_registry_tells_is_kept_and_shown(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    firm = subject(1)
    await tell_subjects(house, firm)
    await tell_subjects(house, firm.model_copy(update={"version": 2, "integrity_grade": "C", "credit_class": "D"}))
    async with house.client(actor(Role.LEAD)) as client:
        found = (await client.get(f"/trigger/api/v1/risk/{firm.uscc}")).json()
    days = {reason["key"]: reason["day"] for reason in found["reasons"]}
    assert days == {"credit_class": clock.china_date(clock.now()).isoformat(), "integrity_grade": None}


async def test_the_list_is_made_each_day_and_seen_by_the_county(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    firm, other = subject(1), subject(2)
    await tell_subjects(house, firm, other)
    await platform.send(order("A-001", about=firm))
    today = clock.china_date(clock.now())
    await reckon_all(house.database, today)
    await reckon_all(house.database, today)
    async with house.client(actor(Role.UNIT, LUOLONG)) as client:
        (row,) = (await client.get("/trigger/api/v1/risk")).json()["items"]
        assert (row["uscc"], row["reasons"][0]["key"]) == (firm.uscc, "complaint_open")
        text = (await client.get("/trigger/risk?format=csv")).text
        assert firm.name in text
        assert other.name not in text
        page = (await client.get(f"/trigger/risk/{firm.uscc}")).text
        assert "尚未检查的投诉举报" in page
        assert "不作为处罚" in page
        assert "来电人" not in page
        assert (await client.get(f"/trigger/api/v1/risk/{other.uscc}")).json()["points"] == 0
    async with house.client(actor(Role.UNIT, "410323")) as client:
        assert (await client.get("/trigger/api/v1/risk")).json()["total"] == 0
        assert (await client.get(f"/trigger/risk/{firm.uscc}")).status_code == 404
    async with house.client(actor(Role.LEAD)) as client:
        assert (await client.get("/trigger/risk")).status_code == 200
