"""What registry tells of a subject becomes a signal of its own: once, and never because it is heard again."""

import json

import pytest

from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor, another
from services.draw.events.published import SubjectsDrawn
from services.registry.events.published import SubjectsChanged, SubjectState
from services.trigger.app import SERVICE
from services.trigger.domain.registry_signal import Limits, changes
from tests.conftest import MakeHouse
from tests.trigger.knocking import LUOLONG, subject, tell_subjects
from tests.trigger.test_answers import dispatched


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


@pytest.mark.article(2, 4, 6)
@pytest.mark.parametrize(
    ("kind", "source", "category", "asked", "worse"),
    [
        ("信用风险变化", "信用风险分类", "其他", {"classes": ["D"]}, {"credit_class": "D"}),
        ("参保人数异常", "风险防控", "社会保险", {"uninsured_from": 50}, {"headcount": 90, "insured_headcount": 30}),
    ],
)
async def test_a_rule_counts_what_registry_tells_and_nobody_is_answered(
    make_house: MakeHouse, kind: str, source: str, category: str, asked: dict[str, object], worse: dict[str, object]
) -> None:
    house = await make_house(SERVICE)
    author = actor(Role.LEAD)
    rule = {
        "id": "registry-tells", "version": 1, "name": "同县区对象变化集中", "article": "细则第二条、第四条",
        "source": source,
        "when": {
            "kinds": [kind], "categories": [category], "group_by": ["county"], "at_least": 2, "distinct": "subject",
            "window_days": 30, "cool_down_days": 30, "sources": [source], "subject": asked,
        },
        "effect": {
            "mode": "directed_draw", "item_categories": ["社会保险"], "urgent": False, "finish_within_days": 60,
        },
    }  # fmt: skip
    async with house.client(author) as client:
        assert (await client.post("/trigger/api/v1/rules", json={"document": rule})).status_code == 201
    async with house.client(another(author, "second")) as client:
        assert (await client.post("/trigger/api/v1/rules/registry-tells/1/activation")).status_code == 204
    await tell_subjects(house, *(subject(number) for number in range(4)))
    for number, more in enumerate((worse, {"credit_class": "C", "headcount": 40}, worse)):
        assert await house.said("trigger.trigger_fired") == []
        await tell_subjects(house, subject(number, version=2).model_copy(update=more))
    ((_, payload),) = await house.said("trigger.trigger_fired")
    fired = json.loads(payload)
    assert (fired["source"], fired["county"], fired["counts"]["subjects"]) == (source, LUOLONG, 2)
    drawn = SubjectsDrawn(
        draw_id="t-1", task_id="t", plan_id="p", trigger_ids=[fired["trigger_id"]], pool_rows=9, drawn=1,
        result_sha256="0" * 64, certificate_sha256="0" * 64,
    )  # fmt: skip
    await house.hear(drawn, aggregate="draw/t-1")
    await house.hear(dispatched("t-1-0001", 0, fired["trigger_id"]), aggregate="case/t-1-0001")
    async with house.client(author) as client:
        page = await client.get(f"/trigger/triggers/{fired['trigger_id']}")
        assert subject(0).name in page.text
        assert subject(1).name not in page.text
        assert (await client.get("/trigger/api/v1/answers")).json()["total"] == 0


async def test_a_rule_of_a_kind_that_nothing_has_is_refused(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(actor(Role.LEAD)) as client:
        (row,) = (await client.get("/trigger/api/v1/rules")).json()
        document = row["document"] | {"when": row["document"]["when"] | {"kinds": ["信用变化"]}}
        refused = await client.post("/trigger/api/v1/rules", json={"document": document})
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["field"] == "when.kinds"
    assert "信用风险变化" in error["detail"]


@pytest.mark.parametrize("code", ["registry", "early-warning"])
async def test_no_platform_takes_the_name_of_our_own_signals(make_house: MakeHouse, code: str) -> None:
    house = await make_house(SERVICE)
    async with house.client(actor(Role.ADMIN)) as client:
        body = {"code": code, "name": "热线", "callback_url": "https://hotline.example.org/answers"}
        refused = await client.post("/trigger/api/v1/platforms", json=body)
    assert [error["field"] for error in refused.json()["errors"]] == ["code"]


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
