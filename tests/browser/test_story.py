import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, Stage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

TITLE = "栾川县体育健身单位专项抽查"
Keep = Callable[[Page, str], None]
AXE = Axe()


def sound(page: Page, where: str) -> None:
    """The page can be used by everybody: axe finds nothing, and nothing sticks out at the side."""
    found = AXE.run(page)
    assert found.violations_count == 0, f"{where}: {found.generate_report()}"
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, f"{where} scrolls sideways"


@pytest.mark.article(3, 5, 7, 8, 10, 14)
def test_a_plan_becomes_a_public_result_by_hand_in_browsers(stage: Stage, pictures: Keep) -> None:
    lead, other_lead, section = (stage.signed_in(name) for name in ("lead1", "lead2", "section1"))
    sound(lead, "desk")
    pictures(lead, "desk")
    task = propose_and_approve(lead, other_lead, pictures)
    firm = hold_ceremony(lead, section, task, pictures)
    case = inspect(stage, lead, firm, pictures)
    publish_and_look_up(stage, case, firm, pictures)


def propose_and_approve(lead: Page, other_lead: Page, keep: Keep) -> str:
    lead.goto("/draw/plans/new")
    lead.get_by_label("计划名称").fill(TITLE)
    lead.get_by_label("依据和理由").fill("年度抽查计划，体育健身行业预付费用工问题较多")
    lead.get_by_label("工资支付和最低工资标准").check()
    lead.get_by_label("检查完成期限").fill("2027-12-31")
    lead.get_by_label("栾川县").check()
    lead.get_by_label("所属行业（大类").fill("R9051")
    # Leaving the field asks for the size of the pool; it comes back without a reload.
    lead.get_by_label("依据和理由").focus()
    expect(lead.locator("#size")).to_contain_text("将抽中")
    sound(lead, "new plan")
    keep(lead, "plan-new")
    lead.get_by_role("button", name="提出计划").click()
    expect(lead.get_by_text("待审批")).to_be_visible()
    address = lead.url
    expect(lead.get_by_role("heading", name=TITLE)).to_be_visible()
    lead.get_by_label("文号").fill("洛人社监察〔2027〕1号")
    lead.get_by_role("button", name="审批并公布计划").click()
    expect(lead.get_by_role("alert")).to_contain_text("不能审批本计划")
    other_lead.goto(address)
    other_lead.get_by_label("文号").fill("洛人社监察〔2027〕1号")
    other_lead.get_by_role("button", name="审批并公布计划").click()
    other_lead.wait_for_url(re.compile(r"/draw/tasks/\d{18}"))
    keep(other_lead, "task")
    return other_lead.url


def hold_ceremony(lead: Page, section: Page, task: str, keep: Keep) -> str:
    lead.goto(task)
    lead.get_by_role("button", name="冻结名录").click()
    lead.wait_for_url(re.compile(r"/draw/draws/"))
    draw = lead.url
    for party in (lead, section):
        party.goto(draw)
        expect(party.locator("input[name=commit]")).to_have_value(re.compile("^[0-9a-f]{64}$"))
        party.get_by_role("button", name="登记本方承诺").click()
    lead.goto(draw)
    lead.get_by_role("button", name="登记抽取承诺").click()
    # The log's receipt comes back as an event; the page waits for it by itself and then holds the next form.
    expect(lead.get_by_role("button", name="揭示随机数")).to_be_visible(timeout=PATIENCE)
    section.goto(draw)
    for party in (lead, section):
        expect(party.locator("input[name=reveal]")).to_have_value(re.compile("^[0-9a-f]{64}$"))
        party.get_by_role("button", name="揭示随机数").click()
    sound(section, "ceremony")
    keep(section, "ceremony")
    lead.goto(draw)
    lead.get_by_label("骰子结果").fill("31415926")
    lead.get_by_role("button", name="录入骰子结果").click()
    section.goto(draw)
    section.get_by_label("确认骰子结果").fill("31415926")
    section.get_by_role("button", name="确认骰子结果").click()
    lead.goto(draw)
    expect(lead.get_by_role("button", name="派发名单")).to_be_visible(timeout=PATIENCE)
    # The waiting page has shown itself anew, the state beside the heading too.
    expect(lead.locator(".head").first).to_contain_text("已抽取")
    sound(lead, "drawn")
    keep(lead, "drawn")
    lead.get_by_role("button", name="派发名单").click()
    expect(lead.get_by_text("查看检查进展")).to_be_visible()
    return lead.locator("section", has_text="抽取结果").locator("td.code").first.inner_text()


def inspect(stage: Stage, lead: Page, firm: str, keep: Keep) -> str:
    unit = stage.signed_in("unit-410324-a")
    opened = "/inspection/?q=" + firm
    unit.goto(opened)
    reload_until(unit, lambda: unit.locator("#list tbody tr").count() > 0)
    unit.locator("#list tbody a").first.click()
    case = unit.url
    unit.get_by_role("button", name="批准检查，签发通知书").click()
    expect(unit.get_by_text("待检查").first).to_be_visible()
    sound(unit, "case")
    keep(unit, "case")
    officer_id = re.search(r"/inspection/cases/([^/?]+)", case)
    assert officer_id
    team = lead.request.get(f"/inspection/api/v1/cases/{officer_id[1]}").json()["officers"]
    officer = stage.signed_in(team[0]["officer_id"].lower(), phone=True)
    officer.goto(case)
    for member in team:
        officer.get_by_label(member["name"]).check()
    officer.get_by_role("button", name="开始检查").click()
    expect(officer.get_by_text("检查中").first).to_be_visible()
    officer.goto(case + "/record")
    sound(officer, "record")
    record(officer)
    keep(officer, "record")
    officer.get_by_role("button", name="提交检查记录").click()
    expect(officer.get_by_text("已完成").first).to_be_visible()
    keep(officer, "case-done")
    return case


def record(officer: Page) -> None:
    """Fill in the record part by part, as an officer's thumb does."""
    items = officer.get_by_role("button", name=re.compile("^保存.+")).filter(has_text="保存本项")
    for place in range(items.count()):
        form = officer.locator("form", has=officer.get_by_role("button").filter(has_text="保存本项")).nth(place)
        form.get_by_label("合格", exact=True).check()
        form.get_by_role("button").click()
        saved = officer.locator("form", has=officer.get_by_role("button").filter(has_text="保存本项")).nth(place)
        expect(saved).to_contain_text("第 1 版")
    officer.get_by_label("实地检查").check()
    minute = officer.evaluate(
        "new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 16)"
    )  # the present minute in China, as the field wants it
    officer.get_by_label("检查结束时间").fill(minute)
    officer.get_by_role("button", name="保存方式与时间").click()
    expect(officer.locator("section", has_text="核查方式与时间").first).to_contain_text("第 1 版")
    officer.get_by_label("检查结论", exact=True).select_option("1")
    officer.get_by_role("button", name="保存结论").click()
    expect(officer.locator("form", has=officer.get_by_role("button", name="保存结论"))).to_contain_text("第 1 版")
    signature = officer.locator("form", has=officer.get_by_role("button", name="保存签名情况"))
    signature.locator("input[name=kind]").first.check()
    signature.get_by_label("签名人或盖章单位").fill("单位负责人")
    signature.get_by_label("身份").select_option("法定代表人（负责人）")
    signature.get_by_role("button").click()
    expect(officer.get_by_text("内容已齐全")).to_be_visible()


def publish_and_look_up(stage: Stage, case: str, firm: str, keep: Keep) -> None:
    reviewer = stage.signed_in("unit-410324-b")
    reviewer.goto("/publicity/?q=" + firm)
    reload_until(reviewer, lambda: reviewer.locator("#list tbody tr").count() > 0)
    reviewer.locator("#list tbody a").first.click()
    sound(reviewer, "publication")
    keep(reviewer, "publication")
    reviewer.get_by_role("button", name="审核通过并公示").click()
    expect(reviewer.get_by_text("已公示").first).to_be_visible()
    citizen = stage.visitor()
    citizen.goto("/public/results?q=" + firm)
    expect(citizen.locator("#list tbody tr")).to_have_count(1)
    sound(citizen, "public results")
    citizen.locator("#list tbody a").first.click()
    expect(citizen.get_by_text("未发现问题").first).to_be_visible()
    sound(citizen, "public result")
    keep(citizen, "public-result")
    for address in ("/public/", "/public/items", "/public/plans", "/public/tasks", "/public/draws", "/public/log",
                    f"/public/subjects/{firm}"):  # fmt: skip
        citizen.goto(address)
        expect(citizen.locator("main")).to_be_visible()
        sound(citizen, address)
        keep(citizen, "public" + address.removeprefix("/public").replace("/", "-"))
    assert case


def reload_until(page: Page, ready: Callable[[], bool]) -> None:
    """Events take a moment from house to house: look again until the page shows what was said elsewhere."""
    for _ in range(40):
        if ready():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"{page.url} does not show it")
