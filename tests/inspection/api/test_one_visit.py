"""一次抽查、全面体检: another task joins a visit that has not begun; the draw takes a case back or changes its team."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from libs.common import clock
from libs.common.messaging.inbox import Outcome
from tests.inspection.story import API, AT, CASE, CONTRACTS, LEADER, UNIT, WAGES, Story, item_state, officer_state
from tests.inspection.visits import INSURANCE, SECOND_DRAW, case, code_of, extend, put_in, withdraw


async def _said(story: Story, kind: str) -> list[dict[str, Any]]:
    return [json.loads(text) for _, text in await story.house.said(kind)]


@pytest.mark.article(3, 7)
async def test_what_joins_before_the_approval_is_on_the_one_notice_and_check_table(story: Story) -> None:
    await story.known()
    due = clock.china_date(clock.now()) + timedelta(days=5)
    assert await extend(story, finish_by=due) is Outcome.APPLIED
    await extend(story)  # said again
    assert (await story.post(UNIT, f"{API}/approve", {})).status_code == 200
    body = await case(story)
    assert [item["code"] for item in body["check_table"]] == [WAGES, CONTRACTS, INSURANCE]
    assert [task["task_name"] for task in body["further_tasks"]] == ["社会保险专项抽查"]
    assert body["finish_by"] == due.isoformat()
    page = (await story.get(LEADER, f"{AT}/notice")).text
    for words in (
        "劳务派遣单位专项抽查",
        "社会保险专项抽查",
        "2 项任务一次检查完成",
        "市市场监管局",
        "风险防控",
        "参保缴费情况",
    ):
        assert words in page
    page = (await story.get(LEADER, AT)).text
    assert page.index("劳动监察科") < page.index("社会保险科")


@pytest.mark.article(3, 7)
async def test_what_joins_after_the_approval_is_approved_anew_and_the_old_notice_stays(story: Story) -> None:
    await story.approved()
    code = await code_of(story)
    await extend(story)
    assert (await case(story))["state"] == "awaiting_approval"
    refused = await story.post(LEADER, f"{API}/start", {"certificates_shown": ["o-1", "o-2"]})
    assert refused.status_code == 409
    assert "重新审批" in (await story.get(None, f"/public/notices/{code}")).text
    await story.items(item_state(WAGES, version=2, name="改了名"))
    assert (await story.post(UNIT, f"{API}/approve", {})).status_code == 200
    body = await case(story)
    assert (body["notice"]["code"], body["notice"]["version"]) == (code, 2)
    assert [item["name"] for item in body["check_table"]] == ["工资支付情况", "劳动合同签订情况", "参保缴费情况"]
    public = (await story.get(None, f"/public/notices/{code}.json")).json()
    assert public["because"] == "检查事项有变更、联合检查部门有变更"
    assert "参保缴费情况" not in (await story.get(LEADER, f"{AT}/notice?version=1")).text
    assert "参保缴费情况" in (await story.get(LEADER, f"{AT}/notice")).text
    assert (await story.get(LEADER, f"{AT}/notice?version=9")).status_code == 404


@pytest.mark.article(3)
async def test_a_visit_that_has_begun_takes_nothing_more_and_says_so(story: Story) -> None:
    await story.started()
    assert [one["case_id"] for one in await _said(story, "inspection.inspection_started")] == [CASE]
    await extend(story)
    refused = await _said(story, "inspection.extension_refused")
    assert [(one["draw_id"], one["reason"]) for one in refused] == [(SECOND_DRAW, "检查已经开始")]
    body = await case(story)
    assert body["further_tasks"] == []
    assert "未并入本次检查" in str(body["history"])


async def test_another_firm_never_joins(story: Story) -> None:
    await story.known()
    await extend(story, uscc="91410311MA00000001")
    assert [one["reason"] for one in await _said(story, "inspection.extension_refused")] == ["检查对象不是同一个"]


@pytest.mark.article(3, 10)
async def test_the_result_says_which_items_are_whose(story: Story) -> None:
    await story.known()
    await extend(story)
    await story.post(UNIT, f"{API}/approve", {})
    await story.post(LEADER, f"{API}/start", {"certificates_shown": ["o-1", "o-2"]})
    for code in (WAGES, CONTRACTS, INSURANCE):
        assert (await story.put(LEADER, f"{API}/items/{code}", {"result": "合格"})).status_code == 200
    ended = {"methods": ["1"], "ended_at": clock.now().isoformat()}
    await story.put(LEADER, f"{API}/visit", ended)
    await story.put(LEADER, f"{API}/conclusion", {"subject_result": "1"})
    await story.put(LEADER, f"{API}/signature", {"kind": "signed", "signer": "赵钱"})
    assert (await story.post(LEADER, f"{API}/complete")).status_code == 200
    [said] = await _said(story, "inspection.inspection_completed")
    assert {one["item_code"] for one in said["item_results"]} == {WAGES, CONTRACTS, INSURANCE}
    assert (said["item_codes"], said["trigger_ids"]) == ([WAGES, CONTRACTS], ["t-1"])
    [further] = said["further_tasks"]
    assert (further["draw_id"], further["item_codes"], further["trigger_ids"]) == (SECOND_DRAW, [INSURANCE], ["t-2"])
    record = (await case(story))["record"]
    assert record["further_tasks"][0]["items"] == [INSURANCE]
    assert record["participants"] == ["市市场监管局"]
    assert "社会保险专项抽查" in (await story.get(LEADER, f"{AT}/sheet")).text
    found = (await story.get(UNIT, "/inspection/api/v1/cases?q=410311202611250001")).json()
    assert [row["case_id"] for row in found["cases"]] == [CASE]


async def test_a_withdrawn_case_ends_and_tells_the_officer_not_to_go(story: Story) -> None:
    await story.approved()
    await extend(story)
    await withdraw(story)
    await withdraw(story)
    assert (await case(story))["state"] == "withdrawn"
    for address in (AT, f"{AT}/record"):
        answer = await story.get(LEADER, address)
        assert "不要前往" in answer.text
        assert "抽取前已注销" in answer.text
    assert "不要前往" in (await story.get(LEADER, "/inspection/todo")).text
    assert (await story.post(LEADER, f"{API}/start", {"certificates_shown": ["o-1", "o-2"]})).status_code == 409
    assert (await story.post(UNIT, f"{API}/approve", {})).status_code == 409
    code = (await case(story))["notice"]["code"]
    assert "检查人员不会到场" in (await story.get(None, f"/public/notices/{code}")).text
    refused = await _said(story, "inspection.extension_refused")
    assert [one["draw_id"] for one in refused] == [SECOND_DRAW]  # it was drawn by itself and gets its own case
    assert (await story.get(UNIT, "/inspection/api/v1/counts")).json()["overdue"] == 0


async def test_a_result_is_never_withdrawn(story: Story) -> None:
    await story.completed()
    await withdraw(story)
    body = await case(story)
    assert body["state"] == "completed"
    assert "结果保留" in str(body["history"])


@pytest.mark.article(3)
async def test_a_task_that_leaves_takes_its_items_along(story: Story) -> None:
    await story.known()
    await extend(story)
    await story.post(UNIT, f"{API}/approve", {})
    await withdraw(story, SECOND_DRAW)
    body = await case(story)
    assert body["state"] == "approved"
    assert [item["code"] for item in body["check_table"]] == [WAGES, CONTRACTS]
    assert body["notice"]["version"] == 2
    await extend(story)
    await story.post(UNIT, f"{API}/approve", {})
    assert [item["code"] for item in (await case(story))["check_table"]] == [WAGES, CONTRACTS, INSURANCE]


@pytest.mark.article(5, 10)
async def test_a_replaced_officer_gives_a_new_notice_and_the_scan_shows_the_present_team(story: Story) -> None:
    await story.approved()
    await story.officers(officer_state("o-3", "王五"))
    code = await code_of(story)
    await put_in(story)
    await put_in(story)
    public = (await story.get(None, f"/public/notices/{code}.json")).json()
    assert [one["name"] for one in public["officers"]] == ["张三", "王五"]
    assert (public["version"], public["because"]) == (2, "检查人员有更换")
    assert "李四" in (await story.get(LEADER, f"{AT}/notice?version=1")).text
    assert (await story.post(LEADER, f"{API}/start", {"certificates_shown": ["o-1", "o-2"]})).status_code == 422
    assert (await story.post(LEADER, f"{API}/start", {"certificates_shown": ["o-1", "o-3"]})).status_code == 200


@pytest.mark.article(10)
async def test_after_the_start_nobody_is_replaced_and_the_page_says_so(story: Story) -> None:
    await story.started()
    await put_in(story)
    body = await case(story)
    assert [one["officer_id"] for one in body["officers"]] == ["o-1", "o-2"]
    assert "未采用：检查已经开始" in str(body["history"])


@pytest.mark.article(3, 5)
async def test_what_the_new_officer_may_not_inspect_leaves_the_visit(story: Story) -> None:
    await story.known()
    await extend(story)
    await story.officers(officer_state("o-3", "王五", items_allowed=["01 劳动用工"]))
    await put_in(story)
    assert (await case(story))["further_tasks"] == []
    [refused] = await _said(story, "inspection.extension_refused")
    assert (refused["draw_id"], "执法事项范围" in refused["reason"]) == (SECOND_DRAW, True)


async def test_an_urgent_task_makes_the_visit_urgent_and_it_may_start_at_once(story: Story) -> None:
    await story.approved()
    await extend(story, urgent=True, finish_by=date(2999, 1, 1))
    answer = await story.post(LEADER, f"{API}/start", {"certificates_shown": ["o-1", "o-2"]})
    assert answer.status_code == 200, answer.text
    body = await case(story)
    assert [item["code"] for item in body["check_table"]] == [WAGES, CONTRACTS, INSURANCE]
    assert body["notice"]["version"] == 2
