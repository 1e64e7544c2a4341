"""What people might do to rules and alarms that nobody should: bombs, floods of clicks, names that are programs."""

import asyncio
import time
from typing import Any

import pytest
from sqlalchemy import func, select

from libs.common.http.auth import Role
from libs.common.testing.doors import actor
from services.trigger.app import SERVICE
from services.trigger.domain.rule_text import LONGEST, BrokenText, read_text
from services.trigger.store.tables import back_tests, rules
from services.trigger.store.warning_tables import alarm_notes
from tests.conftest import MakeHouse
from tests.trigger.test_rule_pages import TEXT, written
from tests.trigger.warning.test_alarms import SONG, one_alarm

PROGRAM = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 9_000 + "]" * 9_000,
        "a: " + "{a: " * 3_900 + "}" * 3_900,
        "\n".join(" " * level + "a:" for level in range(180)),
        "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]",
        "a: " + "9" * 19_000,
        "a: " + ":".join(["59"] * 6_000),
        "a: !!python/object/apply:os.system ['id']",
        "---\n" * 5_000,
    ],
    ids=["brackets", "braces", "indents", "aliases", "digits", "base sixty", "programs", "documents"],
)
def test_a_text_made_to_hurt_is_refused_soon(text: str) -> None:
    assert len(text) <= LONGEST
    begun = time.process_time()
    with pytest.raises(BrokenText):
        read_text(text)
    assert time.process_time() - begun < 10  # it was over a minute


async def test_a_megabyte_of_rule_is_refused_at_each_door(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    lead = actor(Role.LEAD)
    deep: Any = 1
    for _ in range(300):
        deep = {"when": deep}
    async with house.client(lead) as client:
        for text in ("长" * 400_000, "a: b\n" * 200_000, "x" * LONGEST):
            form = await client.post("/trigger/rules/new", data={"csrf": lead.csrf, "text": text})
            assert form.status_code in {413, 422}
            sent = await client.post("/trigger/api/v1/rule-texts", json={"text": text})
            assert sent.status_code in {413, 422}
        assert (await client.post("/trigger/api/v1/rules", json={"document": deep})).status_code == 422
        brackets = b'{"document": {"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}}"
        refused = await client.post(
            "/trigger/api/v1/rules", content=brackets, headers={"content-type": "application/json"}
        )
        assert refused.status_code in {400, 413, 422}
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(rules)) == 1  # the shipped one


async def test_a_name_that_is_a_program_is_shown_and_not_run(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    section = actor(Role.SECTION)
    async with house.client(section) as client:
        text = TEXT.replace("name: 县区内欠薪情节严重", f"name: {PROGRAM}").replace("id: wages-severe", "id: program")
        address = await written(client, section.csrf, text + f"# {PROGRAM}</textarea>\n")
        started = await client.post(f"{address}/back-tests", data={"csrf": section.csrf})
        pages = ["/trigger/rules", address, started.headers["location"], "/trigger/rules/new?rule=program"]
        for path in pages:
            page = await client.get(path)
            assert page.status_code == 200
            assert PROGRAM not in page.text
            assert "&lt;script&gt;" in page.text


async def test_many_clicks_are_one_back_test_and_one_activation(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    section, lead = actor(Role.SECTION), actor(Role.LEAD)
    async with house.client(section) as client:
        address = await written(client, section.csrf)
        clicks = [client.post(f"{address}/back-tests", data={"csrf": section.csrf}) for _ in range(5)]
        answers = sorted(answer.status_code for answer in await asyncio.gather(*clicks))
        assert answers == [303, 409, 409, 409, 409]
        assert (await client.post(f"{address}/activate", data={"csrf": section.csrf})).status_code == 403
    for role in (Role.UNIT, Role.OFFICER, Role.AUDITOR, Role.ADMIN):
        someone = actor(role, SONG)
        async with house.client(someone) as client:
            for step in ("activate", "back-tests"):
                refused = await client.post(f"{address}/{step}", data={"csrf": someone.csrf})
                assert refused.status_code == 403
    async with house.client(lead) as client:
        clicks = [client.post(f"{address}/activate", data={"csrf": lead.csrf}) for _ in range(5)]
        assert sorted(answer.status_code for answer in await asyncio.gather(*clicks)) == [303, 409, 409, 409, 409]
    async with house.client(actor(Role.LEAD)) as client:
        assert (await client.get(address)).text.count("批准执行") == 0
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(back_tests)) == 1
        active = select(func.count()).select_from(rules).where(rules.c.rule_id == "wages-severe", rules.c.active)
        assert await tx.scalar(active) == 1


async def test_many_clicks_are_one_judgement_and_its_words_stay_words(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    alarm = await one_alarm(house)
    unit = actor(Role.UNIT, SONG)
    said = {"csrf": unit.csrf, "conclusion": "watch", "note": f"{PROGRAM} 已核实"}
    async with house.client(unit) as client:
        address = f"/trigger/warning/{alarm}"
        clicks = [client.post(f"{address}/acknowledge", data=said) for _ in range(5)]
        assert {answer.status_code for answer in await asyncio.gather(*clicks)} == {303}
        assert PROGRAM not in (await client.get(address)).text
        for wrong in ({"conclusion": "guilty"}, {"note": "   好   "}, {"note": "长" * 1_001}):
            assert (await client.post(f"{address}/acknowledge", data=said | wrong)).status_code == 422
        assert (await client.post("/trigger/warning/nothing/acknowledge", data=said)).status_code == 404
        for path in (
            *("warning?page=999999999", "warning?sort=note", "warning/counts?category=x", "risk/%00", "risk?q=%00"),
            *("risk?industry=%25", "risk?page=-1", "warning?county='", "warning/counts?county=000000"),
        ):
            assert (await client.get(f"/trigger/{path}")).status_code < 500
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(alarm_notes)) == 1
