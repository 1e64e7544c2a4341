"""Start, parts, evidence and completion."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from libs.common import clock
from libs.common.canonical import digest
from services.inspection.domain.evidence import MAX_BYTES
from tests.inspection.story import (
    API,
    CONTRACTS,
    LEADER,
    SECOND,
    STRANGER,
    UNIT,
    WAGES,
    Story,
    officer_state,
)

BOTH = {"certificates_shown": ["o-1", "o-2"]}


@pytest.mark.article(10)
async def test_one_officer_is_not_enough(story: Story) -> None:
    await story.approved()
    refused = await story.post(LEADER, f"{API}/start", {"certificates_shown": ["o-1", "o-1"]})
    assert refused.status_code == 422
    assert "不得少于两人" in refused.text


@pytest.mark.article(10)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"certificate_valid_to": date(2020, 1, 1)}, "执法证件已过期"),
        ({"staff_kind": "辅助人员"}, "不计入执法人员"),
        ({"on_duty": False}, "不在岗"),
        ({"recusals": ["91330000566997460T"]}, "必须回避"),
    ],
)
async def test_who_may_not_inspect_on_the_day_does_not_start(story: Story, change: dict[str, Any], reason: str) -> None:
    await story.approved()
    await story.officers(officer_state("o-2", "李四", version=2, **change))
    refused = await story.post(LEADER, f"{API}/start", BOTH)
    assert refused.status_code == 422
    assert reason in refused.text
    assert (await story.get(LEADER, API)).json()["state"] == "approved"


@pytest.mark.article(10)
async def test_a_third_person_never_counts(story: Story) -> None:
    await story.approved()
    refused = await story.post(LEADER, f"{API}/start", {"certificates_shown": ["o-1", "o-9"]})
    assert refused.status_code == 422
    assert "不是本次检查的承办人员" in refused.text


async def test_nothing_starts_before_its_approval(story: Story) -> None:
    await story.known()
    assert (await story.post(LEADER, f"{API}/start", BOTH)).status_code == 409
    assert (await story.put(LEADER, f"{API}/items/{WAGES}", {"result": "合格"})).status_code == 409


async def test_an_urgent_inspection_is_approved_afterwards_and_marked(story: Story) -> None:
    await story.known(urgent=True)
    started = await story.post(LEADER, f"{API}/start", BOTH)
    assert started.json()["state"] == "inspecting"
    assert started.json()["notice_code"]
    assert "approval" in await story.missing()
    assert (await story.post(UNIT, f"{API}/approve", {})).status_code == 200
    case = (await story.get(LEADER, API)).json()
    assert case["approved_afterwards"] is True
    assert case["notice"]["code"] == started.json()["notice_code"]
    assert "approval" not in await story.missing()


@pytest.mark.article(7)
async def test_only_who_inspects_records(story: Story) -> None:
    await story.started()
    assert (await story.put(STRANGER, f"{API}/items/{WAGES}", {"result": "合格"})).status_code == 404
    assert (await story.put(UNIT, f"{API}/items/{WAGES}", {"result": "合格"})).status_code == 403


async def test_two_officers_saving_one_item_lose_nothing_silently(story: Story) -> None:
    await story.started()
    await story.put(LEADER, f"{API}/items/{WAGES}", {"result": "合格", "version": 0})
    refused = await story.put(SECOND, f"{API}/items/{WAGES}", {"result": "不合格", "version": 0})
    assert refused.status_code == 409
    assert "第 1 版" in refused.json()["detail"]
    again = await story.put(SECOND, f"{API}/items/{WAGES}", {"result": "不合格", "facts": "欠薪", "version": 1})
    assert again.json()["version"] == 2
    assert again.json()["saved_by"] == "李四"


async def test_two_officers_at_the_same_moment_make_one_version(story: Story) -> None:
    await story.started()
    answers = await asyncio.gather(
        *(
            story.put(who, f"{API}/items/{WAGES}", {"result": "不合格", "facts": facts})
            for who, facts in ((LEADER, "欠薪三人"), (SECOND, "欠薪四人"))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_saving_the_same_twice_is_one_version(story: Story) -> None:
    await story.started()
    for _ in range(2):
        answer = await story.put(LEADER, f"{API}/items/{WAGES}", {"result": "合格"})
        assert answer.json()["version"] == 1


@pytest.mark.article(9, 10)
async def test_everything_missing_is_listed_at_once(story: Story) -> None:
    await story.started()
    assert await story.missing() == {
        "methods", "ended_at", f"result-{WAGES}", f"result-{CONTRACTS}", "subject_result", "kind",
    }  # fmt: skip


@pytest.mark.article(10)
@pytest.mark.parametrize("result", ["不合格", "未检查", "合理缺项"])
async def test_facts_or_reason_are_recorded(story: Story, result: str) -> None:
    await story.filled(item1={"result": result})
    assert f"facts-{WAGES}" in await story.missing()


@pytest.mark.article(10)
@pytest.mark.parametrize(
    ("signature", "lacking"),
    [
        ({"kind": "signed"}, {"signer"}),
        ({"kind": "sealed"}, {"signer"}),
        ({"kind": "refused"}, {"reason", "witness"}),
        ({"kind": "refused", "reason": "拒不签名"}, {"witness"}),
    ],
)
async def test_a_signature_or_its_reason_is_needed(story: Story, signature: dict[str, Any], lacking: set[str]) -> None:
    await story.filled(signature=signature)
    assert await story.missing() == lacking


@pytest.mark.article(10)
@pytest.mark.parametrize("rest", [{"witness": "居委会孙某"}, {"no_witness_reason": "夜间无人在场"}])
async def test_a_refused_signature_with_reason_and_witness_is_complete(story: Story, rest: dict[str, str]) -> None:
    await story.completed(signature={"kind": "refused", "reason": "拒不签名", **rest})


@pytest.mark.article(10)
@pytest.mark.parametrize(
    "conclusion",
    [{"subject_result": "1"}, {"subject_result": "6"}, {"subject_result": "F"}],
)
async def test_a_failed_item_excludes_no_problem(story: Story, conclusion: dict[str, str]) -> None:
    await story.filled(item1={"result": "不合格", "facts": "欠薪"}, conclusion=conclusion)
    assert await story.missing() == {"subject_result"}


async def test_a_problem_without_a_failed_item_is_refused(story: Story) -> None:
    await story.filled(conclusion={"subject_result": "A"})
    assert await story.missing() == {"subject_result"}


@pytest.mark.parametrize("follow_up", ["rectification", "supervision", "case_office"])
async def test_no_problem_excludes_a_follow_up(story: Story, follow_up: str) -> None:
    conclusion = {"subject_result": "1", "follow_up": follow_up, "requirements": "改", "rectify_by": "2099-01-01"}
    await story.filled(conclusion=conclusion)
    assert await story.missing() == {"follow_up"}


@pytest.mark.parametrize("code", ["7", "9", "10", "11", "12"])
async def test_a_subject_that_is_gone_has_no_item_results(story: Story, code: str) -> None:
    await story.filled(conclusion={"subject_result": code})
    assert await story.missing() == {f"result-{WAGES}", f"result-{CONTRACTS}"}
    for item in (WAGES, CONTRACTS):
        assert (await story.put(LEADER, f"{API}/items/{item}", {"result": "", "version": 1})).status_code == 200
    assert (await story.post(LEADER, f"{API}/complete")).status_code == 200
    [(_, said)] = await story.house.said("inspection.inspection_completed")
    assert '"item_results":[]' in said


@pytest.mark.article(11)
@pytest.mark.parametrize("code", ["B", "C", "X"])
async def test_results_of_market_regulation_are_refused(story: Story, code: str) -> None:
    await story.started()
    refused = await story.put(LEADER, f"{API}/conclusion", {"subject_result": code})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "subject_result"


@pytest.mark.article(12)
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
async def test_non_cooperation_needs_record_and_evidence(story: Story, kind: int) -> None:
    await story.filled(conclusion={"subject_result": "8"})
    assert await story.missing() == {"facts-1"}
    await story.put(LEADER, f"{API}/non-cooperation/{kind}", {"facts": "闭门不开"})
    assert await story.missing() == {f"file-{kind}"}
    assert (await story.upload(LEADER, f"non_cooperation/{kind}")).status_code == 201
    assert (await story.post(LEADER, f"{API}/complete")).status_code == 200
    [(_, said)] = await story.house.said("inspection.inspection_completed")
    assert f'"non_cooperation":[{kind}]' in said


@pytest.mark.article(12)
async def test_evidence_of_non_cooperation_without_a_record_is_not_enough(story: Story) -> None:
    await story.filled()
    await story.upload(LEADER, "non_cooperation/2")
    assert await story.missing() == {"facts-2"}


@pytest.mark.article(12)
async def test_non_cooperation_excludes_no_problem(story: Story) -> None:
    await story.filled()
    await story.put(LEADER, f"{API}/non-cooperation/1", {"facts": "闭门不开"})
    await story.upload(LEADER, "non_cooperation/1")
    assert await story.missing() == {"subject_result"}


async def test_evidence_is_kept_once_with_its_digest(story: Story) -> None:
    await story.started()
    first, second = [(await story.upload(LEADER, "general")).json() for _ in range(2)]
    assert first["evidence_id"] == second["evidence_id"]
    file = await story.get(UNIT, f"{API}/evidence/{first['evidence_id']}")
    assert file.headers["content-type"] == "image/jpeg"
    assert (await story.get(STRANGER, f"{API}/evidence/{first['evidence_id']}")).status_code == 404


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"MZ program", "只接受"), (b"", "请先选择文件"), (b"%PDF-" + b"0" * MAX_BYTES, "10 MB")],
)
async def test_other_files_are_refused_with_what_to_do(story: Story, content: bytes, why: str) -> None:
    await story.started()
    refused = await story.upload(LEADER, "general", content, "照片.jpg")
    assert refused.status_code == 422
    assert why in refused.text


async def test_an_end_before_the_start_or_after_now_is_refused(story: Story) -> None:
    await story.started()
    for shift in (timedelta(days=-1), timedelta(days=1)):
        body = {"methods": ["1"], "ended_at": (clock.now() + shift).isoformat()}
        assert (await story.put(LEADER, f"{API}/visit", body)).status_code == 422


async def test_a_record_that_lacks_nothing_waits_to_be_handed_in(story: Story) -> None:
    await story.filled()
    assert (await story.get(LEADER, API)).json()["state"] == "ready"
    await story.put(LEADER, f"{API}/items/{WAGES}", {"result": "", "version": 1})
    assert (await story.get(LEADER, API)).json()["state"] == "inspecting"


async def test_completing_twice_at_once_says_one_thing(story: Story) -> None:
    await story.filled()
    answers = await asyncio.gather(*(story.post(who, f"{API}/complete") for who in (LEADER, SECOND, LEADER)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["record_sha256"] for answer in answers}) == 1
    assert len(await story.house.said("inspection.inspection_completed")) == 1


async def test_a_completed_record_is_frozen_and_its_digest_can_be_recomputed(story: Story) -> None:
    await story.completed()
    case = (await story.get(LEADER, API)).json()
    assert digest(case["record"]) == case["record_sha256"]
    assert case["record"]["recorded_by"] == LEADER.account_id
    for answer in (
        await story.put(LEADER, f"{API}/items/{WAGES}", {"result": "不合格", "facts": "改", "version": 1}),
        await story.put(LEADER, f"{API}/visit", {"methods": ["2"], "version": 1}),
        await story.upload(LEADER, "general"),
    ):
        assert answer.status_code == 409
        assert "不能修改" in answer.text
    assert (await story.post(LEADER, f"{API}/supplements", {"text": "补充：工资表第3页"})).status_code == 201
    after = (await story.get(LEADER, API)).json()
    assert after["record_sha256"] == case["record_sha256"]
    assert after["supplements"][0]["text"] == "补充：工资表第3页"


@pytest.mark.article(10, 14)
async def test_what_is_said_of_a_completed_inspection(story: Story) -> None:
    await story.completed()
    [(envelope, said)] = await story.house.said("inspection.inspection_completed")
    assert envelope.aggregate_id.startswith("case/")
    for words in ('"subject_result":"1"', '"recorded_by":"zhang"', '"follow_up":"none"', '"methods":["1","2"]'):
        assert words in said
