"""Approval, notice and check table."""

from datetime import UTC, date, datetime, timedelta

import pytest

from libs.common import clock
from libs.common.http.auth import Role
from libs.common.messaging.inbox import Outcome
from libs.common.testing.doors import actor
from tests.inspection.story import (
    API,
    AUDITOR,
    CASE,
    CONTRACTS,
    COUNTY,
    LEAD,
    LEADER,
    OTHER_COUNTY,
    STRANGER,
    UNIT,
    WAGES,
    Story,
    item_state,
)


@pytest.mark.article(7)
async def test_a_dispatched_subject_becomes_one_case(story: Story) -> None:
    await story.known()
    assert await story.dispatch() is Outcome.APPLIED
    body = (await story.get(LEAD, "/inspection/api/v1/cases")).json()
    assert [case["case_id"] for case in body["cases"]] == [CASE]
    assert body["cases"][0]["state"] == "awaiting_approval"


@pytest.mark.article(7)
async def test_items_may_be_heard_after_the_case(story: Story) -> None:
    await story.officers()
    await story.dispatch()
    refused = await story.post(UNIT, f"{API}/approve", {})
    assert refused.status_code == 409
    assert WAGES in refused.text
    assert CONTRACTS in refused.text
    await story.items()
    assert (await story.post(UNIT, f"{API}/approve", {})).json()["state"] == "approved"


@pytest.mark.article(7)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"legal_basis": " "}, "缺少法律依据"),
        ({"published_at": datetime(2999, 1, 1, tzinfo=UTC)}, "尚未公布"),
        ({"valid_to": date(2023, 1, 1)}, "不在有效期内"),
    ],
)
async def test_an_item_that_is_not_in_force_is_not_carried_out(
    story: Story, change: dict[str, object], reason: str
) -> None:
    await story.items(item_state(WAGES), item_state(CONTRACTS, **change))
    await story.dispatch()
    refused = await story.post(UNIT, f"{API}/approve", {})
    assert refused.status_code == 409
    assert [reason in error["detail"] for error in refused.json()["errors"]] == [True]
    assert (await story.get(LEAD, API)).json()["notice"] is None


@pytest.mark.article(3, 7)
async def test_the_check_table_merges_items_with_methods_and_materials(story: Story) -> None:
    await story.approved(item_codes=[CONTRACTS, WAGES, CONTRACTS])
    table = (await story.get(LEADER, API)).json()["check_table"]
    assert [item["code"] for item in table] == [WAGES, CONTRACTS]
    point = table[0]["check_points"][0]
    assert (point["method"], point["materials"]) == ("工资表与银行流水逐人核对", ["工资支付表"])


@pytest.mark.article(7)
async def test_the_check_table_stays_as_it_was_approved(story: Story) -> None:
    await story.approved()
    await story.items(item_state(WAGES, version=2, name="改了名"))
    assert (await story.get(LEADER, API)).json()["check_table"][0]["name"] == "工资支付情况"


async def test_a_late_older_version_of_an_item_changes_nothing(story: Story) -> None:
    await story.items(item_state(WAGES, version=3, name="新名"), item_state(CONTRACTS))
    await story.items(item_state(WAGES, version=2, name="旧名"))
    await story.dispatch()
    await story.post(UNIT, f"{API}/approve", {})
    assert (await story.get(LEADER, API)).json()["check_table"][0]["name"] == "新名"


async def test_who_inspects_does_not_approve(story: Story) -> None:
    await story.known()
    own = actor(Role.LEAD, account="zhang", officer_id="o-1")
    refused = await story.post(own, f"{API}/approve", {})
    assert refused.status_code == 403
    assert "承办本次检查的执法人员不能审批" in refused.text


async def test_another_county_sees_and_approves_nothing(story: Story) -> None:
    await story.known()
    for answer in (await story.post(OTHER_COUNTY, f"{API}/approve", {}), await story.get(OTHER_COUNTY, API)):
        assert answer.status_code == 404
    assert (await story.get(OTHER_COUNTY, "/inspection/api/v1/cases")).json()["total"] == 0


async def test_an_officer_sees_only_own_cases(story: Story) -> None:
    await story.known()
    assert (await story.get(STRANGER, API)).status_code == 404
    assert (await story.get(STRANGER, "/inspection/api/v1/cases")).json()["total"] == 0
    assert (await story.get(LEADER, "/inspection/api/v1/cases")).json()["total"] == 1


async def test_the_auditor_reads_and_changes_nothing(story: Story) -> None:
    await story.known()
    assert (await story.get(AUDITOR, API)).status_code == 200
    for address in ("approve", "start", "complete"):
        assert (await story.post(AUDITOR, f"{API}/{address}", {})).status_code == 403
    admin = actor(Role.ADMIN)
    assert (await story.get(admin, API)).status_code == 403


async def test_approving_twice_is_refused_and_said_once(story: Story) -> None:
    await story.approved()
    assert (await story.post(LEAD, f"{API}/approve", {})).status_code == 409
    said = await story.house.said("inspection.case_approved")
    assert [envelope.aggregate_id for envelope, _ in said] == [f"case/{CASE}"]
    assert said[0][0].county == COUNTY


async def test_the_notice_says_what_the_law_asks_and_no_informant(story: Story) -> None:
    await story.approved(source="群众王小明来电")
    notice = (await story.get(LEADER, f"{API}/notice")).json()
    assert notice["inspections_this_year"] == 1
    assert [officer["certificate_number"] for officer in notice["officers"]] == ["豫Co-1", "豫Co-2"]
    assert notice["items"][0]["legal_basis"] == "《保障农民工工资支付条例》第十一条"
    page = (await story.get(LEADER, f"/inspection/cases/{CASE}/notice")).text
    for words in ("申请其回避", "行政复议", "本次为第 2 次", "豫Co-1", "<svg"):
        assert words in page
    assert "王小明" not in page
    assert "王小明" not in str(notice)


async def test_anybody_can_check_a_notice_and_learns_nothing_about_the_firm(story: Story) -> None:
    await story.approved()
    code = (await story.get(LEADER, API)).json()["notice"]["code"]
    assert len(code) >= 16
    answer = await story.get(None, f"/public/notices/{code}.json")
    assert set(answer.json()) == {
        "genuine", "task_name", "task_names", "participants", "unit_name", "issued_at", "version", "because",
        "officers", "withdrawn", "recusals",
    }  # fmt: skip
    page = (await story.get(None, f"/public/notices/{code.lower()}")).text
    assert "张三" in page
    assert "豫Co-2" in page
    for secret in ("某某劳务派遣有限公司", "91330000566997460T", "开元大道", "投诉"):
        assert secret not in page
        assert secret not in answer.text
    moved = await story.get(None, f"/public/notices?code={code[:4]}%20{code[4:]}")
    assert moved.headers["location"] == f"/public/notices/{code}"


async def test_a_wrong_code_says_nothing_more_than_not_found(story: Story) -> None:
    await story.approved()
    answers = [
        await story.get(None, f"/public/notices/{code}.json") for code in ("A" * 24, "A" * 23, "1", "%27or%201=1")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json()["detail"] for answer in answers}) == 1


async def test_a_late_case_is_found_by_its_deadline(story: Story) -> None:
    await story.known(finish_by=clock.china_date(clock.now()) - timedelta(days=1))
    assert (await story.get(LEAD, "/inspection/api/v1/cases?due=overdue")).json()["total"] == 1
    assert (await story.get(LEAD, "/inspection/api/v1/cases?due=soon")).json()["total"] == 0
    assert (await story.get(LEAD, "/inspection/api/v1/counts")).json()["overdue"] == 1
