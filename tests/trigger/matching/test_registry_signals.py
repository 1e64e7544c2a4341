"""What registry tells of a subject becomes a signal of its own: once, and never because it is heard again."""

import pytest

from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.registry.events.published import SubjectsChanged, SubjectState
from services.trigger.app import SERVICE
from services.trigger.domain.registry_signal import Limits, changes
from tests.conftest import MakeHouse
from tests.trigger.knocking import LUOLONG, subject, tell_subjects


def known(version: int, **more: object) -> SubjectState:
    """A subject in this version."""
    return subject(1, version=version).model_copy(update=more)


async def listed(house: House) -> list[dict[str, object]]:
    """All signals."""
    async with house.client(actor(Role.LEAD)) as client:
        rows: list[dict[str, object]] = (await client.get("/trigger/api/v1/signals?sort=order_id")).json()["items"]
    return rows


@pytest.mark.article(6)
async def test_a_class_that_worsens_is_one_signal_however_often_it_is_heard(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await tell_subjects(house, known(1, credit_class="B"))
    await tell_subjects(house, known(2, credit_class="D"))
    for state in (known(1, credit_class="B"), known(2, credit_class="D"), known(2, credit_class="D")):
        await tell_subjects(house, state)
    await tell_subjects(house, known(3, credit_class="D", headcount=21))
    (signal,) = await listed(house)
    assert (signal["kind"], signal["source"], signal["state"]) == ("信用风险变化", "信用风险分类", "matched")
    assert (signal["uscc"], signal["county"]) == (subject(1).uscc, LUOLONG)
    async with house.client(actor(Role.LEAD)) as client:
        page = (await client.get(f"/trigger/signals/{signal['signal_id']}")).text
        assert "由 B 类 变为 D 类" in page
        assert "名录库" in page
        assert (await client.get("/trigger/api/v1/answers")).json()["total"] == 0


async def test_a_change_told_twice_in_one_message_is_one_signal(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await tell_subjects(house, known(1))
    await tell_subjects(house, known(3, credit_class="C", headcount=21), known(2, credit_class="C"))
    (signal,) = await listed(house)
    assert signal["order_id"] == f"XY-{subject(1).uscc}-3"


@pytest.mark.article(4)
async def test_figures_of_insurance_are_a_signal_when_they_become_strange(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await tell_subjects(house, known(1, headcount=100, insured_headcount=95))
    await tell_subjects(house, known(2, headcount=100, insured_headcount=40))
    await tell_subjects(house, known(3, headcount=110, insured_headcount=40))  # no news
    await tell_subjects(house, known(4, headcount=110, insured_headcount=110))
    await tell_subjects(house, known(5, headcount=110, insured_headcount=20))
    rows = await listed(house)
    assert [(row["kind"], row["category"]) for row in rows] == [("参保人数异常", "社会保险")] * 2


async def test_the_first_state_is_no_change_and_a_dead_firm_no_signal(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await tell_subjects(house, known(1, credit_class="D", headcount=100, insured_headcount=0))
    await tell_subjects(house, known(2, credit_class="D", headcount=100, insured_headcount=0))
    await tell_subjects(house, subject(2))
    await tell_subjects(house, subject(2, version=2).model_copy(update={"credit_class": "C", "live": False}))
    assert await listed(house) == []


async def test_a_subject_told_in_two_counties_gives_one_signal(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await tell_subjects(house, known(1))
    moved = known(2, credit_class="C", county="410323")
    await tell_subjects(house, moved)  # to the county where it is now
    await house.hear(SubjectsChanged(subjects=[moved]), aggregate=f"subjects/{LUOLONG}", county=LUOLONG)
    (signal,) = await listed(house)
    assert signal["county"] == "410323"


@pytest.mark.parametrize(
    ("before", "after", "number"),
    [("A", "C", 1), ("C", "D", 1), ("U", "C", 1), ("A", "B", 0), ("D", "C", 0), ("C", "C", 0), ("", "D", 0)],
)
def test_only_a_worse_class_counts(before: str, after: str, number: int) -> None:
    same: dict[str, str | int] = {"headcount": 10, "insured_headcount": 10}
    assert len(changes({"credit_class": before, **same}, {"credit_class": after, **same}, Limits())) == number


def test_a_small_firm_and_a_small_gap_are_no_signal() -> None:
    fine: dict[str, str | int] = {"credit_class": "B", "headcount": 100, "insured_headcount": 100}
    for headcount, insured, number in ((9, 0, 0), (10, 0, 1), (100, 71, 0), (100, 69, 1), (1000, 995, 0)):
        after: dict[str, str | int] = {"credit_class": "B", "headcount": headcount, "insured_headcount": insured}
        assert len(changes(fine, after, Limits())) == number
