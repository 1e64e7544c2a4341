"""Files as the hotlines of several cities export them: the right sheet, the right header, the right columns."""

import io
from typing import Any

import pytest
import xlsxwriter

from libs.common.sheets import SheetUnreadable, find_sheet
from libs.common.table import Sheet
from services.trigger.domain.errors import TooManyColumns
from services.trigger.domain.upload_columns import KINDS
from services.trigger.domain.upload_table import Table, read_table
from tests.trigger.channels.files import HEADERS, csv, row

COMPLAINT = KINDS["complaint"]


def read(content: bytes) -> Table:
    """A file of work orders."""
    return read_table(find_sheet(content, COMPLAINT.headers), "complaint")


def book(*sheets: tuple[str, bool, list[list[Any]]]) -> bytes:
    """A workbook: the name of each sheet, whether it shows, and its rows."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as workbook:
        for name, shown, rows in sheets:
            sheet = workbook.add_worksheet(name)
            for place, line in enumerate(rows):
                sheet.write_row(place, 0, line)
            if shown:
                sheet.activate()
            else:
                sheet.hide()
        workbook.get_worksheet_by_name(next(name for name, shown, _ in sheets if shown)).set_first_sheet()
    return file.getvalue()


# Headers as they stand in published exports, each with the field it is; the last two are made up of others.
EXPORTS = [
    """诉求编号=order_id 诉求来源=channel 诉求来源小类 诉求类型=kind 事件类型 一级分类名称=category_1
    二级分类名称=category_2 三级分类名称=category_3 诉求类别 诉求标题=title 诉求内容=content 诉求性质
    登记时间=accepted_at 封存时间 事件状态 城市名称 区域名称 街道名称=street 事发区域=county 地址描述=address
    所有办理部门 办理描述 批转单位 退回部门 退回原因 诉求标签 事发时间 答复内容 评价满意度 部门办理截止时间""",
    """工单性质=kind 问题大类=category_1 问题小类=category_2 案件编号=order_id 案件状态 案件来源=channel
    被诉主体=employer_name 责任主体 上报时间=accepted_at 事件位置=address 地址描述 问题描述=content""",
    """序号 工单编号=order_id 来电时间=accepted_at 来电人姓名=reporter_name 主叫号码=reporter_phone
    涉事企业名称=employer_name 所属区域=county 工单内容=content 承办单位 办理期限 回访结果""",
    """*登记编号（必填）=order_id 投诉日期：=accepted_at 投诉人姓名=reporter_name 投诉人手机号=reporter_phone
    被投诉单位名称=employer_name 被投诉单位地址=address 投诉内容=content 投诉人通讯地址""",
]


@pytest.mark.parametrize("export", EXPORTS)
def test_the_headers_of_real_exports_map_by_themselves(export: str) -> None:
    columns = [column.partition("=") for column in export.split()]
    mapping = COMPLAINT.guess([header for header, _, _ in columns], {})
    assert mapping == {field: place for place, (_, _, field) in enumerate(columns) if field}
    assert not COMPLAINT.missing(mapping)


def test_no_header_names_two_fields() -> None:
    for kind in KINDS.values():
        assert len(kind.headers) == sum(len(set(words)) for words in kind.fields.values())


def test_a_header_of_two_lines_under_merged_cells_is_read_as_one() -> None:
    upper = ["工单编号", "受理时间", "诉求人信息", "", "诉求分类", "", "诉求内容", "涉事企业名称"]
    lower = ["", "", "姓名", "电话", "一级分类", "二级分类", "", ""]
    rows: list[list[Any]] = [
        ["洛阳市 12345 热线工单", *[""] * 7], upper, lower,
        ["GD-001", "2026-11-20 09:30", "王某某", "13800001111", "劳动和社会保障", "拖欠工资", "拖欠工资", "某公司"],
    ]  # fmt: skip
    table = read_table(Sheet(rows), "complaint")
    assert table.headers == ["工单编号", "受理时间", "姓名", "电话", "一级分类", "二级分类", "诉求内容", "涉事企业名称"]
    assert [line.number for line in table.lines] == [4]


def test_an_orders_own_words_are_never_taken_for_a_second_line_of_the_header() -> None:
    rows: list[list[Any]] = [["工单编号", "受理时间", "反映内容", "备注"], ["", "", "", "电话"], ["GD-1", "", "x", ""]]
    assert read_table(Sheet(rows), "complaint").headers == ["工单编号", "受理时间", "反映内容", "电话"]
    rows[1] = ["GD-0", "", "", "电话"]
    assert read_table(Sheet(rows), "complaint").headers == ["工单编号", "受理时间", "反映内容", "备注"]


def test_orders_are_read_from_the_sheet_that_has_them() -> None:
    orders = [list(HEADERS), row(1)]
    cover = [["洛阳市 12345 热线"], ["制表", "张某"], ["说明", "内容"]]
    table = read(book(("旧", False, orders), ("封面", True, cover), ("明细", True, orders), ("空", True, [])))
    assert table.headers == list(HEADERS)
    assert table.sheet == "“明细”，文件共有 2 个工作表"
    assert len(table.lines) == 1


def test_columns_that_nobody_could_name_are_refused_and_empty_ones_are_not_counted() -> None:
    wide = tuple(f"备用{n}" for n in range(90))
    with pytest.raises(TooManyColumns, match="101 列"):
        read(csv(row(1), headers=HEADERS + wide))
    assert len(read(csv(row(1), headers=HEADERS + ("",) * 300)).headers) == len(HEADERS)
    assert read(csv([*row(1), "无表头"])).headers[-1] == ""


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_a_character_cut_in_two_costs_no_more_than_itself(encoding: str) -> None:
    whole = csv(*(row(n) for n in range(20)), encoding=encoding)
    cut = whole.replace("第7件".encode(encoding), "第7件拖".encode(encoding)[:-1])
    table = read(cut)
    assert len(table.lines) == 20
    assert [line.number for line in table.lines if any("\ufffd" in str(cell) for cell in line.cells)] == [9]


def test_a_title_without_the_delimiter_hides_no_columns() -> None:
    assert read("导出工单，共 1 条\n".encode() + csv(row(1)).replace(b",", b";")).headers == list(HEADERS)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<html><table><tr><td>1</td></tr></table></html>", "网页格式"),
        (csv(row(1), row(2)) + b'\n"GD-3,x', "第 4 行的引号不成对"),
        (bytes(range(128, 256)) * 20, "编码无法识别"),
    ],
)
def test_what_is_no_table_says_what_to_do(content: bytes, told: str) -> None:
    with pytest.raises(SheetUnreadable, match=told):
        find_sheet(content)
