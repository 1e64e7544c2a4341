"""How dates, names, codes and ratios read."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.reference import COUNTIES, county_name
from libs.common.web.filters import county, day, masked_code, masked_name, moment, percent, thousands


def test_dates_are_chinese_and_local() -> None:
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    assert day(date(2026, 11, 2)) == "2026年11月2日"
    assert day(late) == "2026年11月23日"
    assert moment(late) == "2026年11月23日 00:30"
    assert moment(None) == "—"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        moment(datetime(2026, 11, 22, 7, 4))  # noqa: DTZ001 - the mistake that is refused


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张建国", "张*"),
        ("欧阳修", "欧*"),
        ("李", "李*"),
        ("阿卜杜热西提·买买提", "阿*"),
        ("洛阳某某人力资源有限公司", "洛阳某某人力资源有限公司"),
        ("老张饭店", "老张饭店"),
        ("", "—"),
    ],
)
def test_only_persons_are_masked(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@given(st.text(min_size=1, max_size=30))
def test_a_masked_code_keeps_its_length_and_hides_something(code: str) -> None:
    masked = masked_code(code)
    assert len(masked) == len(code)
    assert "*" in masked


@pytest.mark.parametrize(
    ("pair", "digits", "shown"),
    [([12, 398], 1, "3.0%"), ([1, 3], 2, "33.33%"), ([1, 8], 0, "13%"), ([199, 200], 0, "100%"), ([0, 0], 1, "—")],
)
def test_percent_is_exact_and_rounds_half_up(pair: list[int], digits: int, shown: str) -> None:
    assert percent(pair, digits) == shown


def test_thousands_are_set_apart_without_a_break() -> None:
    assert thousands(1234567) == "1\u202f234\u202f567"
    assert thousands(None) == "—"


def test_the_city_has_fifteen_counties_and_an_unknown_code_stays() -> None:
    assert len(COUNTIES) == 15
    assert county("410323") == "新安县"
    assert county_name("999999") == "999999"
