from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.publicity.domain.correction import differences
from services.publicity.domain.errors import ResultsContradict
from services.publicity.domain.mirror import LONGEST_WAIT, advice, next_attempt
from services.publicity.domain.record import channel_of
from services.publicity.domain.results import SUBJECT_RESULTS, TERMINAL, check_results

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "kind", "channel"),
    [
        ("91110875000022L9J2", "企业", "http"),
        ("92410300MA0000000X", "个体", "http"),
        ("93410300MA0000000X", "合作社", "http"),
        ("51410300000000000X", "社会组织", "file"),
        ("52410300000000000X", "社会组织", "file"),
        ("11370100004188784H", "机关事业", "file"),
        ("12370100004188784H", "机关事业", "file"),
        ("410300100001234", "企业", "http"),
        ("410300100001234", "机关事业", "file"),
    ],
)
def test_the_channel_follows_the_kind_of_subject(code: str, kind: str, channel: str) -> None:
    assert channel_of(code, kind) == channel


@settings(deadline=None)  # a busy machine is not a fault
@given(st.sampled_from(sorted(SUBJECT_RESULTS)), st.lists(st.sampled_from(["合格", "不合格", "未检查", "合理缺项"])))
def test_no_findings_excludes_failed_items_and_a_subject_that_is_gone_excludes_inspected_ones(
    result: str, items: list[str]
) -> None:
    wrong = (result == "1" and "不合格" in items) or (result in TERMINAL and bool({"合格", "不合格"} & set(items)))
    try:
        check_results(result, [(str(n), item) for n, item in enumerate(items)])
    except ResultsContradict:
        assert wrong
    else:
        assert not wrong


@settings(deadline=None)  # a busy machine is not a fault
@given(st.text(max_size=40), st.text(max_size=40))
def test_a_difference_shows_both_texts_whole(old: str, new: str) -> None:
    found = differences([("检查结果", old)], [("检查结果", new)])
    assert bool(found) == (old != new)
    for line in found:
        assert "".join(text for text, _ in line.old) == old
        assert "".join(text for text, _ in line.new) == new


@settings(deadline=None)  # a busy machine is not a fault
@given(st.integers(1, 1000))
def test_patience_doubles_and_ends_at_half_an_hour(attempts: int) -> None:
    wait = next_attempt(attempts, NOW, timedelta(seconds=5)) - NOW
    assert timedelta(seconds=5) <= wait <= LONGEST_WAIT


def test_an_unknown_refusal_still_says_what_to_do() -> None:
    assert "重新报送" in advice("E999")
