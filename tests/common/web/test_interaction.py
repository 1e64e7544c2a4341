"""Lists and forms in a browser: the same with and without JavaScript, and all of it by keyboard."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture(params=[True, False], ids=["htmx", "no-javascript"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=request.param, locale="zh-CN")
    yield context.new_page()
    context.close()


def test_filter_keeps_the_order_and_ends_in_an_address(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/gallery/subjects")
    page.get_by_role("link", name="用工人数").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("用工人数")
    page.get_by_label("县区").select_option("410323")
    page.get_by_label("D 类").check()
    page.get_by_role("button", name="筛选").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("共 [0-9]+ 条，显示第"))
    page.wait_for_url(re.compile(r"county=410323.*sort=headcount"))
    expect(page.locator("tbody tr").first).to_contain_text("新安县")
    counts = [int(text) for text in page.locator("tbody td:nth-child(6)").all_inner_texts()]
    assert counts == sorted(counts)
    export = page.get_by_role("link", name="Excel").get_attribute("href") or ""
    assert "county=410323" in export
    assert "credit=D" in export
    assert "sort=headcount" in export


def test_paging_and_going_back(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/gallery/subjects")
    first = page.locator("tbody tr").first.inner_text()
    page.get_by_role("link", name="下一页").click()
    page.wait_for_url(re.compile("page=2"))
    expect(page.get_by_role("status")).to_contain_text("显示第 51–100 条")
    page.go_back()
    expect(page.get_by_role("status")).to_contain_text("显示第 1–50 条")
    assert page.locator("tbody tr").first.inner_text() == first
    assert page.locator("h1").inner_text() == "检查对象"


def test_a_refused_form_keeps_what_was_typed_and_leads_to_the_field(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/gallery/plan")
    page.get_by_label("抽查比例").fill("300")
    page.get_by_label("抽查范围说明").fill("全市劳务派遣单位")
    page.get_by_role("button", name="提交审批").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("请先处理 3 个问题")
    assert page.get_by_label("抽查比例").input_value() == "300"
    assert page.get_by_label("抽查范围说明").input_value() == "全市劳务派遣单位"
    summary.get_by_role("link", name="请选择抽查方式").click()
    assert page.url.endswith("#f-kind")


def test_a_good_form_ends_on_the_next_page(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/gallery/plan")
    page.get_by_label("计划名称").fill("第四季度专项")
    page.get_by_label("抽查比例").fill("3")
    page.get_by_label("定向抽查", exact=True).check()
    page.get_by_role("button", name="提交审批").click()
    page.wait_for_url(re.compile("/gallery/task"))
    expect(page.locator("h1")).to_have_text("劳务派遣单位专项抽查")
    expect(page.locator("nav [aria-current=page]").first).to_have_text("抽查任务")


def test_the_keyboard_reaches_content_first_and_errors_have_the_focus(chromium: Browser, gallery: str) -> None:
    page = chromium.new_page()
    page.goto(f"{gallery}/gallery/subjects")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到主要内容"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    page.goto(f"{gallery}/gallery/plan")
    page.get_by_role("button", name="提交审批").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.close()


def test_sorting_by_keyboard_keeps_the_place(chromium: Browser, gallery: str) -> None:
    page = chromium.new_page()
    page.goto(f"{gallery}/gallery/subjects")
    page.get_by_role("link", name="用工人数").focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("用工人数")
    expect(page.get_by_role("link", name="用工人数")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=descending]")).to_have_text("用工人数")
    page.close()
