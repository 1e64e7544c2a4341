"""Cells as exports write them: times, numbers that are names, counties."""

from datetime import datetime

import pytest

from libs.common.clock import CHINA
from services.trigger.domain.cells import Cell, county, kept, moment, number_text


@pytest.mark.parametrize(
    "told",
    [
        "2026/11/20 15:05", "2026-11-20 15:05:00.0", "2026年11月20日 15时5分", "2026/11/20 下午3:05", "20261120150500",
        "202611201505", "2026-11-20 星期五 15:05", "2026-11-20T07:05:00Z", "2026-11-20 15:05:00 +0800",
        "'2026-11-20 15:05", "２０２６－１１－２０ １５：０５", 46346.62847222,  # noqa: RUF001 - as it was written
    ],
)  # fmt: skip
def test_a_time_is_read_in_every_way_that_exports_write_it(told: Cell) -> None:
    found = moment(kept(told))
    assert found is not None
    assert found.astimezone(CHINA) == datetime(2026, 11, 20, 15, 5, tzinfo=CHINA)


@pytest.mark.parametrize("told", ["2026-11-20-15:05", "2026-13-01", "2026-11-20 25:00", "昨天", "11/20/2026", True])
def test_what_is_no_time_is_not_guessed(told: Cell) -> None:
    assert moment(kept(told)) is None


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("'91410300MA3X1A2B3C", "91410300MA3X1A2B3C"), ('="91410300MA3X1A2B3C"', "91410300MA3X1A2B3C"),
        ("９１４１０３００ＭＡ３Ｘ１Ａ２Ｂ３Ｃ", "91410300MA3X1A2B3C"), ("\u202d13800001111\u202c", "13800001111"),  # noqa: RUF001
        (13800001111.0, "13800001111"), ("\t20261122001", "20261122001"), ('=""', ""),
    ],
)  # fmt: skip
def test_what_keeps_digits_as_text_is_no_part_of_them(told: Cell, number: str) -> None:
    assert number_text(kept(told)) == (number, False)


def test_words_in_quotes_keep_them() -> None:
    assert kept("'90后'员工反映") == "'90后'员工反映"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("瀍河区", "410304"),
        ("河南省洛阳市瀍河回族区", "410304"),
        ("新安", "410323"),
        ("市本级", "410300"),
        ("郑州市", None),
    ],
)
def test_a_county_is_known_by_what_people_call_it(told: str, code: str | None) -> None:
    assert county(told) == code
