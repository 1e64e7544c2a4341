"""The pages of an inspection, as people use them without JavaScript."""

import io
import zipfile

import pytest

from libs.common import clock
from services.inspection.pages.forms import local_minute
from tests.inspection.story import API, AT, AUDITOR, CASE, JPEG, LEAD, LEADER, SECOND, UNIT, WAGES, Story, item_state


@pytest.mark.article(7)
async def test_the_whole_visit_by_forms_alone(story: Story) -> None:
    await story.known()
    assert "批准检查，签发通知书" in (await story.get(UNIT, AT)).text
    assert (await story.form(UNIT, f"{AT}/approve", remark="同意")).status_code == 303
    started = await story.form(LEADER, f"{AT}/start", certificates_shown=["o-1", "o-2"])
    assert started.headers["location"] == f"{AT}/record"
    for code in (WAGES, "0102"):
        saved = await story.form(
            LEADER, f"{AT}/record/item/{code}", **{"version": "0", f"result-{code}": "合格", f"facts-{code}": "已核对"}
        )
        assert saved.headers["location"] == f"{AT}/record#part-{code}"
    ended = local_minute(clock.now())
    await story.form(LEADER, f"{AT}/record/visit", version="0", methods=["1", "2"], ended_at=ended)
    await story.form(LEADER, f"{AT}/record/conclusion", version="0", subject_result="1")
    await story.form(LEADER, f"{AT}/record/signature", version="0", kind="signed", signer="赵钱")
    assert (await story.form(LEADER, f"{AT}/complete")).headers["location"] == AT
    page = (await story.get(UNIT, AT)).text
    assert "未发现问题" in page
    assert "洛龙区人社局" in page
    assert "张三（豫Co-1）、李四（豫Co-2），已出示执法证件" in (await story.get(AUDITOR, f"{AT}/sheet")).text


@pytest.mark.article(10)
async def test_a_start_with_one_officer_shows_the_form_again(story: Story) -> None:
    await story.approved()
    refused = await story.form(LEADER, f"{AT}/start", certificates_shown="o-1")
    assert refused.status_code == 422
    assert 'href="#f-certificates_shown"' in refused.text
    assert "细则第十条" in refused.text


@pytest.mark.article(10)
async def test_completing_lists_everything_that_is_missing_with_links(story: Story) -> None:
    await story.started()
    refused = await story.form(LEADER, f"{AT}/complete")
    assert refused.status_code == 422
    assert "请先处理 6 个问题" in refused.text
    for field in (f"result-{WAGES}", "result-0102", "methods", "ended_at", "subject_result", "kind"):
        assert f'href="#f-{field}"' in refused.text
        assert f'id="f-{field}"' in refused.text


async def test_a_conflict_shows_both_texts_and_can_be_resolved(story: Story) -> None:
    await story.started()
    await story.form(LEADER, f"{AT}/record/item/{WAGES}", **{"version": "0", f"facts-{WAGES}": "甲看到三人"})
    conflict = await story.form(SECOND, f"{AT}/record/item/{WAGES}", **{"version": "0", f"facts-{WAGES}": "乙看到四人"})
    assert conflict.status_code == 409
    assert "已保存的内容是：甲看到三人" in conflict.text
    assert "乙看到四人</textarea>" in conflict.text
    again = await story.form(SECOND, f"{AT}/record/item/{WAGES}", **{"version": "1", f"facts-{WAGES}": "乙看到四人"})
    assert again.status_code == 303


async def test_only_what_was_not_saved_can_be_lost(story: Story) -> None:
    await story.started()
    await story.form(LEADER, f"{AT}/record/item/{WAGES}", **{"version": "0", f"facts-{WAGES}": "已核对工资表"})
    refused = await story.form(LEADER, f"{AT}/record/visit", version="0", ended_at="昨天")
    assert refused.status_code == 422
    assert "已核对工资表" in refused.text


async def test_a_file_is_uploaded_by_form_and_seen_by_the_unit(story: Story) -> None:
    await story.started()
    async with story.house.client(LEADER) as client:
        sent = await client.post(
            f"{AT}/evidence",
            data={"csrf": LEADER.csrf, "about": f"item/{WAGES}"},
            files={f"file-{WAGES}": ("现场.jpg", JPEG)},
        )
        assert sent.status_code == 303
        refused = await client.post(f"{AT}/evidence", data={"csrf": LEADER.csrf, "about": "general"})
        assert refused.status_code == 422
        assert "请先选择文件" in refused.text
    file = (await story.get(UNIT, API)).json()["evidence"][0]
    assert (await story.get(UNIT, f"{AT}/evidence/{file['evidence_id']}")).content == JPEG


async def test_an_item_code_of_any_shape_can_be_recorded(story: Story) -> None:
    await story.items(item_state("A.1/2"))
    await story.officers()
    await story.dispatch(item_codes=["A.1/2"])
    await story.form(UNIT, f"{AT}/approve")
    await story.form(LEADER, f"{AT}/start", certificates_shown=["o-1", "o-2"])
    saved = await story.form(LEADER, f"{AT}/record/item/A.1/2", **{"version": "0", "result-A_1_2": "合格"})
    assert saved.status_code == 303
    assert (await story.get(LEADER, API)).json()["parts"]["item/A.1/2"]["content"]["result"] == "合格"


async def test_others_read_an_open_record_and_only_the_team_writes(story: Story) -> None:
    await story.started()
    await story.form(LEADER, f"{AT}/record/item/{WAGES}", **{"version": "0", f"facts-{WAGES}": "已核对工资表"})
    assert "执法人员正在填写检查记录" in (await story.get(UNIT, AT)).text
    for reader in (UNIT, AUDITOR):
        page = (await story.get(reader, f"{AT}/record")).text
        assert "已核对工资表" in page
        assert "保存本项" not in page
        assert (await story.form(reader, f"{AT}/record/item/{WAGES}", version="1")).status_code == 403


async def test_the_list_filters_and_exports(story: Story) -> None:
    await story.known()
    assert "某某劳务派遣有限公司" in (await story.get(LEAD, "/inspection/?state=awaiting_approval")).text
    assert "某某劳务派遣有限公司" not in (await story.get(LEAD, "/inspection/?state=completed")).text
    assert "某某劳务派遣有限公司" not in (await story.get(LEAD, "/inspection/?county=410322")).text
    workbook = zipfile.ZipFile(io.BytesIO((await story.get(LEAD, "/inspection/?format=xlsx")).content))
    sheet = b"".join(workbook.read(name) for name in workbook.namelist()).decode("utf-8", "ignore")
    assert CASE in sheet
    assert "待审批" in sheet


async def test_the_desk_says_what_waits_for_whom(story: Story) -> None:
    await story.known()
    assert "审批洛龙区某某劳务派遣有限公司" in (await story.get(UNIT, "/inspection/todo")).text
    assert "没有需要您办理的检查" in (await story.get(LEADER, "/inspection/todo")).text
    await story.form(UNIT, f"{AT}/approve")
    assert "检查洛龙区某某劳务派遣有限公司" in (await story.get(LEADER, "/inspection/todo")).text


@pytest.mark.article(11, 15)
async def test_transfer_follow_up_and_supplement_by_forms(story: Story) -> None:
    failed = {"result": "不合格", "facts": "欠薪"}
    await story.completed(item1=failed, conclusion={"subject_result": "A", "follow_up": "case_office"})
    refused = await story.form(LEADER, f"{AT}/transfers", department="", clue="线索")
    assert refused.status_code == 422
    assert "请填写接收部门" in refused.text
    assert (await story.form(LEADER, f"{AT}/transfers", department="公安局", clue="涉嫌拒不支付")).status_code == 303
    assert (await story.form(LEADER, f"{AT}/supplements", supplement="补充")).status_code == 303
    assert (await story.form(UNIT, f"{AT}/follow-up", outcome="已移交立案")).status_code == 303
    page = (await story.get(UNIT, AT)).text
    for words in ("公安局", "补充", "已移交立案"):
        assert words in page


async def test_the_public_page_to_type_a_code_is_open(story: Story) -> None:
    page = await story.get(None, "/public/notices")
    assert "核验码" in page.text
    assert (await story.get(None, "/public/notices?code=abc")).headers["location"] == "/public/notices/unknown"
    assert (await story.get(None, "/public/notices/unknown")).status_code == 404
