import pytest

from services.trigger.domain.rule_text import BrokenText, read_text, write_text
from services.trigger.domain.rule_words import condition
from services.trigger.domain.severity import flags_in, known_by
from tests.trigger.test_rule_pages import TEXT


def test_what_is_written_reads_as_the_same_rule() -> None:
    rule, document = read_text(TEXT)
    again, _ = read_text(write_text(document))
    assert again == rule
    third, _ = read_text(write_text(rule.document()))
    assert third == rule
    assert ("反映情节", "") not in condition(rule)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("source: 投诉举报", "source: 听说", 5, "source"),
        ("  at_least: 2", "  at_least: 2\n  at_least: 3", 12, "重复"),
        ("  window_days: 30", "  window_days: &a 30\n  more: *a", 14, "引用"),
        ("half_life_days: 7", "half_live: 7", 12, "不认识"),
        ("flags: {极端行为: 5}", "flags: {生气: 5}", 12, "极端行为"),
        ("  group_by: [county]", "  group_by: [subject]", 16, "随机"),
        ("urgent: true", "urgent: true\n  ratio: 1/2", 19, "比例方案"),
        ("id: wages-severe", "id: wages-severe\nvalid_from: 2026-02-30", 1, "日期"),
        ("id: wages-severe", "id: wages-severe\nvalid_until: 2026-13", 3, "日期"),
        ("when:", "when: [", 8, "YAML"),
        ("name: 县区内欠薪情节严重\n", "", 1, "name"),
    ],
)
def test_a_fault_names_its_line(old: str, new: str, line: int, said: str) -> None:
    with pytest.raises(BrokenText) as broken:
        read_text(TEXT.replace(old, new))
    found = {fault.line: f"{fault.field} {fault.message}" for fault in broken.value.faults}
    assert said in found[line]


@pytest.mark.parametrize("text", ["", "[]", "just words", "- a\n- b", "\x00", "a: " + "[" * 5_000, "x" * 30_000])
def test_what_is_no_rule_at_all_is_refused_kindly(text: str) -> None:
    with pytest.raises(BrokenText):
        read_text(text)


def test_words_are_found_through_spaces_and_widths_and_people_through_spellings() -> None:
    assert flags_in("他们\u3000集 体\u3000跑路，还扣押身份证") == ["群体事件", "扣押财物", "恶意欠薪"]
    assert flags_in("一切正常") == []
    same = {
        known_by({"reporter_phone": phone})
        for phone in ("13700000000", "+86 137-0000-0000", "\uff11\uff13\uff17" + "\uff10" * 8)
    }
    assert len(same) == 1
    assert known_by({"reporter_name": "某甲"}) == ""
