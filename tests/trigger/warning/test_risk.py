"""The risk view: points by the table, with their reasons, of the subject itself."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from libs.common import clock
from libs.common.http.auth import Role
from libs.common.testing.doors import actor
from services.trigger.app import SERVICE
from services.trigger.domain.risk import Complaint, Facts, Result, reckon, total
from services.trigger.loops.watch import reckon_all
from services.trigger.usecases.reckon_risk import points_table
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


def test_every_line_says_how_it_was_reckoned() -> None:
    facts = Facts("C", 100, 40, [complaint(0)], [Result("c", "A", False, TODAY - timedelta(days=400))])
    reasons = reckon(points_table(), facts, TODAY)
    assert all(reason.detail and reason.name for reason in reasons)
    assert [reason.points for reason in reasons] == sorted((r.points for r in reasons), reverse=True)


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
