"""The pure rules: states, texts of the notice, files, times."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from libs.common.errors import Invalid
from services.inspection.domain import codes
from services.inspection.domain.case import Case, State
from services.inspection.domain.dispatch import Dispatch, Subject, TeamMember
from services.inspection.domain.errors import (
    AlreadyArchived,
    AlreadyStarted,
    FollowUpOpen,
    NotApproved,
    NotCompleted,
    NotPublished,
    RecordFrozen,
)
from services.inspection.domain.evidence import clean_name, media_type_of
from services.inspection.domain.follow_up import derived, opened
from services.inspection.domain.frozen import record_document
from services.inspection.domain.notice import normal_code
from services.inspection.domain.record import Conclusion, Record, Saved, Visit, check_part

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
CASE = Case(
    Dispatch(
        case_id="c-1",
        draw_id="d",
        task_id="t",
        task_name="任务",
        plan_id="p",
        plan_name="计划",
        directed=True,
        county="410311",
        unit_id="u",
        unit_name="单位",
        subject=Subject("91330000566997460T", "某公司", "企业", "某路", "赵", "L7263", "小", 3, 3, 0),
        officers=(TeamMember("o-1", "张三", "豫1"), TeamMember("o-2", "李四", "豫2")),
        assignment="random",
        item_codes=("0101",),
        trigger_ids=(),
        source="投诉举报",
        urgent=False,
        finish_by=date(2026, 12, 1),
        dispatched_at=NOW,
    ),
    "correlation",
)


@pytest.mark.article(7)
def test_steps_out_of_order_are_refused() -> None:
    with pytest.raises(NotApproved):
        CASE.start(("o-1", "o-2"), NOW)
    with pytest.raises(NotCompleted):
        CASE.publish("/public/results/1", NOW)
    started = CASE.approve("unit", "单位", NOW).start(("o-1", "o-2"), NOW)
    with pytest.raises(AlreadyStarted):
        started.start(("o-1", "o-2"), NOW)
    completed = started.complete({}, "0" * 64, "zhang", NOW)
    with pytest.raises(RecordFrozen):
        completed.must_be_recording()
    with pytest.raises(NotPublished):
        completed.archive(NOW, follow_up_open=False)
    published = completed.publish("/public/results/1", NOW)
    with pytest.raises(FollowUpOpen):
        published.archive(NOW, follow_up_open=True)
    archived = published.archive(NOW, follow_up_open=False)
    assert archived.state is State.ARCHIVED
    with pytest.raises(AlreadyArchived):
        archived.archive(NOW, follow_up_open=False)


@pytest.mark.article(14)
def test_hearing_of_a_publication_twice_keeps_the_first() -> None:
    published = CASE.approve("u", "u", NOW).start((), NOW).complete({}, "", "z", NOW).publish("/a", NOW)
    assert published.publish("/b", NOW + timedelta(days=1)) == published


def test_only_known_sources_are_named() -> None:
    assert codes.source_in_public("投诉举报") == "投诉举报"
    assert "王小明" not in codes.source_in_public("王小明的举报")


@pytest.mark.article(15)
@pytest.mark.parametrize(
    ("result", "kind"),
    [("1", "none"), ("E", "rectification"), ("A", "supervision"), ("8", "supervision"), ("F", "none"), ("9", "none")],
)
def test_the_follow_up_is_derived_from_the_result(result: str, kind: str) -> None:
    assert derived(Conclusion(subject_result=result)) == kind
    follow_up = opened(Conclusion(subject_result=result), "u", "单位", date(2026, 11, 22))
    assert follow_up.open is (kind != "none")


@pytest.mark.article(15)
def test_a_follow_up_that_was_chosen_is_kept() -> None:
    assert derived(Conclusion(subject_result="A", follow_up="case_office")) == "case_office"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0..", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n..", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"<svg onload=alert(1)>", ""),
        (b"RIFF\x00\x00\x00\x00WAVE", ""),
    ],
)
def test_a_file_is_known_by_its_first_bytes(content: bytes, kind: str) -> None:
    assert media_type_of(content) == kind


def test_a_file_name_keeps_no_path() -> None:
    assert clean_name("..\\..\\现场\r\n照片.jpg") == "现场照片.jpg"
    assert clean_name("/") == "证据"


def test_a_code_may_be_typed_with_spaces_and_small_letters() -> None:
    assert normal_code(" abcd-EFGH 2345 abcd efgh 2345") == "ABCDEFGH2345ABCDEFGH2345"
    assert normal_code("ABC") == ""


def test_the_frozen_record_writes_one_moment_one_way() -> None:
    china = timezone(timedelta(hours=8))
    documents = []
    for ended in (NOW, NOW.astimezone(china)):
        parts = {
            "visit": Saved(1, Visit(("1",), ended), "张三", NOW),
            "conclusion": Saved(1, Conclusion(subject_result="6"), "张三", NOW),
        }
        documents.append(record_document(CASE, Record((), parts), "zhang", NOW))
    assert documents[0] == documents[1]


@pytest.mark.article(11)
def test_a_finding_of_market_regulation_is_told_where_to_go() -> None:
    with pytest.raises(Invalid) as refused:
        check_part(CASE, "conclusion", Conclusion(subject_result="B"), NOW)
    assert "移交" in refused.value.fields[0].message
