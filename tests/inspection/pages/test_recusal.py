"""The firm asks by its notice that an officer stands aside; the unit answers in writing before the visit."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.inspection.story import API, AT, AUDITOR, COUNTY, LEADER, UNIT, Story
from tests.inspection.visits import case, code_of, put_in

WHO = {"certificate_number": "豫Co-2", "reason": "kinship", "text": "系我公司股东的弟弟", "contact": "13800000000"}


async def _ask(story: Story, code: str, headers: dict[str, str] | None = None, **changes: str) -> httpx.Response:
    async with story.house.client(None, **(headers or {})) as client:
        return await client.post(f"/public/notices/{code}/recusal", data=WHO | changes)


async def _request_id(story: Story) -> str:
    return str((await case(story))["recusals"][-1]["request_id"])


async def _answer(story: Story, decision: str, answer: str = "经核实情况属实。", who: Any = UNIT) -> httpx.Response:
    address = f"{AT}/recusals/{await _request_id(story)}"
    return await story.form(who, address, decision=decision, answer=answer)


@pytest.mark.article(10)
async def test_the_visit_waits_for_the_answer_and_the_answer_is_on_the_notice(story: Story) -> None:
    await story.approved()
    code = await code_of(story)
    assert (await _ask(story, code)).headers["location"] == f"/public/notices/{code}#recusal"
    page = (await story.get(None, f"/public/notices/{code}")).text
    assert "待答复" in page
    assert "股东的弟弟" not in page
    assert "13800000000" not in page
    assert "答复回避申请" in (await story.get(UNIT, "/inspection/todo")).text
    assert "答复回避申请" not in (await story.get(LEADER, "/inspection/todo")).text
    inside = (await story.get(UNIT, AT)).text
    assert "股东的弟弟" in inside
    assert "准予回避" in inside
    refused = await story.post(LEADER, f"{API}/start", {"certificates_shown": ["o-1", "o-2"]})
    assert refused.status_code == 409
    assert "李四" in refused.text
    assert (await _answer(story, "reject", answer="")).status_code == 422
    assert (await _answer(story, "reject", answer="经查询户籍，不存在亲属关系。")).status_code == 303
    public = (await story.get(None, f"/public/notices/{code}.json")).json()["recusals"]
    assert [(one["decision"], one["answer"]) for one in public] == [("rejected", "经查询户籍，不存在亲属关系。")]
    assert "不存在亲属关系" in (await story.get(None, f"/public/notices/{code}")).text
    assert (await story.post(LEADER, f"{API}/start", {"certificates_shown": ["o-1", "o-2"]})).status_code == 200
    assert await story.house.said("inspection.recusal_granted") == []


@pytest.mark.article(5, 10)
async def test_who_stood_aside_does_not_start_and_the_replacement_does(story: Story) -> None:
    await story.approved()
    code = await code_of(story)
    await _ask(story, code)
    assert (await _answer(story, "grant")).status_code == 303
    [(envelope, text)] = await story.house.said("inspection.recusal_granted")
    assert (envelope.county, json.loads(text)["officer_id"]) == (COUNTY, "o-2")
    assert "股东" not in text
    assert (await _answer(story, "reject")).status_code == 409
    assert "等待按抽取规则更换人员" in (await story.get(UNIT, AT)).text
    scanned = (await story.get(None, f"/public/notices/{code}")).text
    assert "已准予回避，不参加检查" in scanned
    assert '<option value="豫Co-2"' not in scanned  # nobody asks for the same officer again
    refused = await story.post(LEADER, f"{API}/start", {"certificates_shown": ["o-1", "o-2"]})
    assert "不得参加本次检查" in refused.text
    await put_in(story)
    scanned = (await story.get(None, f"/public/notices/{code}")).text
    assert "王五" in scanned
    assert "不参加检查" not in scanned


async def test_neither_the_team_nor_another_unit_nor_the_auditor_decides(story: Story) -> None:
    await story.approved()
    await _ask(story, await code_of(story))
    member = replace(UNIT, officer_id="o-1")
    assert (await _answer(story, "reject", who=member)).status_code == 403
    assert (await _answer(story, "reject", who=replace(UNIT, county="410322", unit_id="u-322"))).status_code == 404
    assert (await _answer(story, "reject", who=AUDITOR)).status_code == 403
    assert (await case(story))["recusals"][0]["decision"] == "open"


async def test_one_open_request_an_officer_and_not_many_in_all(story: Story) -> None:
    await story.approved()
    code = await code_of(story)
    await _ask(story, code)
    again = await _ask(story, code)
    assert again.status_code == 422
    assert "正在等待检查单位答复" in again.text
    assert "股东的弟弟" in again.text  # what was typed stays in the form
    for _ in range(2):
        await _answer(story, "reject")
        await _ask(story, code)
    await _answer(story, "reject")
    assert (await _ask(story, code)).status_code == 409
    assert len((await case(story))["recusals"]) == 3


async def test_a_request_names_an_officer_of_the_notice_and_a_reason(story: Story) -> None:
    await story.approved()
    code = await code_of(story)
    assert (await _ask(story, code, certificate_number="豫Co-9")).status_code == 422
    assert (await _ask(story, code, reason="x")).status_code == 422
    assert (await _ask(story, code, reason="other", text=" ")).status_code == 422
    assert (await _ask(story, "A" * 24)).status_code == 404
    foreign = {"origin": "https://elsewhere.example"}
    assert (await _ask(story, code, foreign)).status_code == 403
    assert (await case(story))["recusals"] == []


async def test_after_the_start_the_form_is_gone_and_a_request_is_told_where_to_go(story: Story) -> None:
    await story.started()
    code = await code_of(story)
    assert "提交回避申请" not in (await story.get(None, f"/public/notices/{code}")).text
    late = await _ask(story, code)
    assert late.status_code == 409
    assert "当场提出" in late.text


async def test_an_urgent_visit_may_go_on_while_a_request_waits(story: Story) -> None:
    await story.approved(urgent=True)
    await _ask(story, await code_of(story))
    answer = await story.post(LEADER, f"{API}/start", {"certificates_shown": ["o-1", "o-2"]})
    assert answer.status_code == 200
    assert (await _answer(story, "grant")).status_code == 409
    assert (await _answer(story, "reject", answer="检查已由其他程序处理。")).status_code == 303
