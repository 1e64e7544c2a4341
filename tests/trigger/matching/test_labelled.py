"""What matches by itself is right, on thousands of reports of which it is known what they mean."""

from collections import Counter

import pytest
from sqlalchemy import text

from libs.common.testing.doors import House
from services.trigger.app import SERVICE
from services.trigger.domain.matching import decide, keys_for, keys_of
from services.trigger.store import subjects
from services.trigger.usecases.find_subjects import likely
from tests.conftest import MakeHouse
from tests.trigger.matching.labelled import BRANCH, NEIGHBOUR, UNKNOWN, WAYS, Case, Firm, cases, firms

REGISTERED = 5_000
REPORTS = 3_000
SURE = ("原样", "全半角、括号、有限责任公司", "缺地名", "缺公司后缀", "只知市、不知县区", "代码小写、O 代 0、有空格")
SEARCHED = ("同音字", "漏一字", "两字颠倒", "错一字（不同音）")


def split(count: int) -> tuple[list[Firm], list[Firm]]:
    """Firms that are registered, and a tenth as many that are not."""
    every = firms(count + count // 10)
    return every[:count], every[count:]


async def register(house: House, registered: list[Firm]) -> None:
    """Into the read model, as registry's events put them there."""
    none = {"version": 1, "scale": "", "enterprise_type": "", "headcount": 0, "insured_headcount": 0}
    async with house.database.transaction() as tx:
        for start in range(0, len(registered), 500):
            rows = [
                {
                    **none, **keys_for(one.known.name), "credit_class": "B",
                    **{name: getattr(one.known, name) for name in ("uscc", "name", "county", "industry", "live")},
                    "address": one.known.address,
                }
                for one in registered[start : start + 500]
            ]  # fmt: skip
            await subjects.keep(tx, rows)


async def test_ninety_nine_of_a_hundred_automatic_matches_are_right(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    registered, others = split(REGISTERED)
    await register(house, registered)
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    wrong: list[Case] = []
    async with house.database.transaction() as tx:
        for case in cases(registered, others, REPORTS):
            total[case.way] += 1
            [found] = await subjects.found_by(tx, [keys_of(case.reported)])
            match = decide(case.reported, found)
            if match and match.subject.uscc == case.meant:
                right[case.way] += 1
            elif match:
                wrong.append(case)
    precision = sum(right.values()) / (sum(right.values()) + len(wrong))
    assert precision >= 0.99, wrong
    assert {*total} == {*WAYS, BRANCH, NEIGHBOUR, UNKNOWN}
    assert min(right[way] / total[way] for way in SURE) >= 0.95
    assert right["同音字"] / total["同音字"] >= 0.85
    assert not any(case.way in {BRANCH, NEIGHBOUR} for case in wrong)


@pytest.mark.parametrize("crowded", [False, True])
async def test_a_clerk_finds_a_misspelled_firm_among_the_first_three(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch, *, crowded: bool
) -> None:
    house = await make_house(SERVICE)
    registered, others = split(REGISTERED)
    await register(house, registered)
    shown = asked = 0
    async with house.database.transaction() as tx:
        if crowded:  # as if so many were registered that no part of a name is rare
            await tx.execute(text("analyze subjects"))
            monkeypatch.setattr(subjects, "_READ", 0)
        for case in cases(registered, others, 1_000, "clerks"):
            if case.way in SEARCHED:
                asked += 1
                best = await likely(tx, case.reported)
                shown += case.meant in [match.subject.uscc for match in best[:3]]
    assert asked > 200
    assert shown / asked >= 0.95, (shown, asked)
