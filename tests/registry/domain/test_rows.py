"""Rows of files: what is taken, what is refused, and what a spreadsheet has spoilt."""

from datetime import date, datetime

import pytest

from libs.common.clock import CHINA
from services.registry.domain.counties import find_county
from services.registry.domain.industry import industry_code
from services.registry.domain.item import read_items
from services.registry.domain.officer import Officer, read_officers
from services.registry.domain.subject import Visits, read_subjects
from services.registry.domain.table import Cell, Table
from services.registry.domain.uscc import examine, kind_of


@pytest.mark.parametrize("code", ["91330000566997460T", "91330204677670997X", "11370100004188784H", "410300123456789"])
def test_real_codes_are_good(code: str) -> None:
    assert examine(code) == examine("91330000566997460T")


def test_a_wrong_check_digit_is_a_doubt_and_a_wrong_form_an_error() -> None:
    assert examine("91350203M0001FUE2P").doubt
    assert examine("9135020").error
    assert examine("91350203I0001FUE2P").error


@pytest.mark.parametrize(
    ("code", "kind"),
    [("91", "企业"), ("92", "个体"), ("93", "合作社"), ("52", "社会组织"), ("11", "机关事业"), ("12", "机关事业")],
)
def test_the_code_tells_the_kind(code: str, kind: str) -> None:
    assert kind_of(code + "330000566997460T") == kind


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("洛龙", "410311"), ("洛阳市洛龙区", "410311"), ("410311000000", "410311"), ("偃师市", "410307"),
        ("410381", "410307"), ("410322", "410308"), ("410306", "410308"), ("吉利", "410308"), ("瀍河", "410304"),
        ("高新区", "410371"), ("栾川县", "410324"), ("洛阳", "410300"), ("郑州市", None), ("4103", None), ("", None),
    ],
)  # fmt: skip
def test_counties_are_known_by_every_name_and_old_code(words: str, code: str | None) -> None:
    assert find_county(words) == code


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("I6520", "I6520"),
        ("6520", "I6520"),
        ("e", "E"),
        ("L72", "L72"),
        ("A6520", None),
        ("9999", None),
        ("建筑", None),
    ],
)
def test_an_industry_is_a_letter_and_the_digits_that_belong_to_it(words: str, code: str | None) -> None:
    assert industry_code(words) == code


def subject_errors(column: str, cell: Cell) -> list[str]:
    head = ["统一社会信用代码", "名称", "县区", column]
    parsed = read_subjects(Table([head, ["91330000566997460T", "示例", "洛龙区", cell]]))
    return [error.message for error in parsed.errors]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("用工人数", "约30"), ("用工人数", -1), ("规模", "巨型"), ("信用风险分类", "E"), ("登记状态", "不详"),
        ("信用分类日期", "2026-02-30"), ("白名单", "也许"), ("联系电话", 1.23e17), ("行业", "X1"),
    ],
)  # fmt: skip
def test_a_cell_that_means_nothing_is_refused(column: str, cell: Cell) -> None:
    assert len(subject_errors(column, cell)) == 1


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("用工人数", 30.0), ("用工人数", "1,200人"), ("规模", "大型"), ("信用风险分类", "未分类"), ("登记状态", "在业"),
        ("信用分类日期", datetime(2026, 11, 1, tzinfo=CHINA)), ("信用分类日期", "2026年11月1日"),
        ("信用分类日期", "20261101"),
        ("白名单", "是"), ("联系电话", 13800000000.0), ("行业", 6520.0),
    ],
)  # fmt: skip
def test_a_cell_that_loses_nothing_is_mended(column: str, cell: Cell) -> None:
    assert subject_errors(column, cell) == []


def test_a_fifteen_digit_number_survives_a_spreadsheet_and_a_longer_one_does_not() -> None:
    head: list[Cell] = ["注册号", "名称", "县区"]
    rows: list[list[Cell]] = [[410300123456789.0, "示例", "洛龙区"], [91410300123456789.0, "示例", "洛龙区"]]
    parsed = read_subjects(Table([head, *rows]))
    assert [one.uscc for one in parsed.rows] == ["410300123456789"]
    assert [error.row for error in parsed.errors] == [3]


def test_a_row_that_stands_twice_is_named_with_its_first() -> None:
    head: list[Cell] = ["统一社会信用代码", "名称", "县区"]
    row: list[Cell] = ["91330000566997460T", "示例", "洛龙区"]
    parsed = read_subjects(Table([head, row, row]))
    assert [(error.row, "第 2 行重复" in error.message) for error in parsed.errors] == [(3, True)]


def test_a_category_that_spans_rows_holds_for_all_of_them() -> None:
    table = Table([["序号", "抽查类别", "抽查事项", "检查依据"], [1, "社会保险", "甲", "法"], [None, None, "乙", "法"]])
    assert [item.category for item in read_items(table).rows] == ["社会保险", "社会保险"]


def officer(**cells: Cell) -> Officer:
    values: dict[str, Cell] = {
        "人员编号": "L0001", "姓名": "例甲", "单位编号": "U1", "执法证号": "160300", "有效期至": date(2027, 12, 31),
        **cells,
    }  # fmt: skip
    parsed = read_officers(Table([list(values), list(values.values())]))
    assert not parsed.errors, parsed.errors
    return parsed.rows[0]


@pytest.mark.article(10)
def test_only_a_certified_officer_on_duty_can_be_drawn() -> None:
    today = date(2026, 11, 22)
    assert officer().drawable(today)
    assert officer(有效期至=today).drawable(today)
    assert not officer(有效期至=date(2026, 11, 21)).drawable(today)
    assert not officer(在岗状态="休假").drawable(today)
    assert not officer(人员类别="辅助人员").drawable(today)


def test_a_count_begins_anew_with_the_year() -> None:
    visits = Visits().and_one(date(2025, 12, 30)).and_one(date(2026, 1, 5)).and_one(date(2026, 3, 1))
    assert (visits.in_year(2026), visits.in_year(2027), visits.last_on) == (2, 0, date(2026, 3, 1))


@pytest.mark.parametrize("name", ["洛阳\x00示例公司", "洛阳\x1b[2J示例公司", "洛阳示例公司\x7f"])
def test_a_sign_that_nobody_sees_is_named_before_it_fails_to_be_kept(name: str) -> None:
    head = ["统一社会信用代码", "企业名称", "县区", "法定代表人"]
    parsed = read_subjects(Table([head, ["91330000566997460T", name, "洛龙区", "样甲乙"]]))
    assert [(error.row, error.field, "控制字符" in error.message) for error in parsed.errors] == [(2, "企业名称", True)]
