"""Charts: places, words and tables from numbers."""

import pytest

from libs.common.reference import COUNTIES
from libs.common.web import charts


def test_the_tile_map_has_every_county_once_in_its_own_place() -> None:
    assert set(charts.TILES) == {area.adcode for area in COUNTIES}
    assert len(set(charts.TILES.values())) == 15


def test_counties_fall_into_four_shades_of_about_a_quarter() -> None:
    drawn = charts.tile_map({area.adcode: i for i, area in enumerate(COUNTIES)}, "户")
    shades = [tile.shade for tile in drawn.tiles]
    assert [shades.count(level) for level in range(1, 5)] == [4, 4, 4, 3]
    assert drawn.legend == [(1, "0–3户"), (2, "4–7户"), (3, "8–11户"), (4, "12–14户")]
    assert drawn.words.startswith("最多的是洛阳高新技术产业开发区 14户")


def test_equal_numbers_share_a_shade_and_missing_ones_have_none() -> None:
    drawn = charts.tile_map({"410302": 5, "410303": 5, "410304": 0})
    shade = {tile.adcode: tile.shade for tile in drawn.tiles}
    assert shade["410302"] == shade["410303"] > shade["410304"] == 1
    assert shade["410311"] == 0
    assert drawn.legend[-1] == (0, "无数据")


def test_no_data_at_all_still_draws() -> None:
    assert charts.tile_map({}).words == "没有数据"
    assert charts.bars([("投诉举报", 0)]) == [charts.Bar("投诉举报", 0, "0")]
    assert charts.lines([], [("线索", [])]).words == "线索没有数据"
    assert charts.strips([("涧西区", [])]).strips[0].middle == "—"


def test_a_gap_breaks_the_line_and_stays_a_gap_in_the_table() -> None:
    chart = charts.lines(["1月", "2月", "3月"], [("线索", [4, None, 8])], "件")
    assert chart.lines[0].runs == ["0.0,50.0", "100.0,0.0"]
    assert chart.table == [["1月", "4"], ["2月", "—"], ["3月", "8"]]
    assert chart.words == "线索最低 4件（1月），最高 8件（3月），最近 8件（3月）"


def test_a_series_without_all_its_values_is_refused() -> None:
    with pytest.raises(ValueError, match="2 values for 1 labels"):
        charts.lines(["1月"], [("线索", [1, 2])])


@pytest.mark.parametrize(("span", "step"), [(0, 1), (3, 1), (9, 5), (25, 10), (610, 200), (8000, 2000)])
def test_ticks_are_round_numbers(span: int, step: int) -> None:
    assert charts.tick_step(span) == step
