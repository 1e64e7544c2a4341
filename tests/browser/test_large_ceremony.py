"""Two people in two browsers, and a big screen beside them, draw from a pool as large as a city's.

SUNLOT_CEREMONY_FIRMS=100000 makes it as large as a large city; `--log-cli-level=info` tells how long each step took.
"""

import hashlib
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from deploy.demo_data.generate import SUBJECTS, subjects_csv
from deploy.local.story.load import REGISTRY
from deploy.local.story.progress import Progress
from tests.browser.conftest import Stage, beside
from tests.browser.test_story import sound

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]

LOG = logging.getLogger(__name__)
FIRMS = int(os.environ.get("SUNLOT_CEREMONY_FIRMS", SUBJECTS))
LONG = 120_000  # ms for a step that works in the background
DICE = "3141592653"
# Percent by class: what the 130 officers of the invented city can inspect of 100 000 firms.
RATIOS = {"A": "0.1", "B": "0.2", "C": "0.5", "D": "1", "U": "0.2"}
Keep = Callable[[Page, str], None]


class Timed:
    """How long each step took, in the order they came."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Measure the block."""
        began = time.monotonic()
        yield
        self.steps.append((name, time.monotonic() - began))
        LOG.info("%7.1f s  %s", self.steps[-1][1], name)

    def __str__(self) -> str:
        """The whole, and its parts."""
        return f"{sum(spent for _, spent in self.steps):.1f} s = " + " + ".join(f"{s:.1f} {n}" for n, s in self.steps)


@pytest.mark.article(5, 6, 7)
def test_two_people_in_two_browsers_draw_from_a_whole_citys_firms(stage: Stage, pictures: Keep) -> None:
    beside(lambda: _fill_up(stage))
    lead, other_lead, section = (stage.signed_in(name) for name in ("lead1", "lead2", "section1"))
    policy = rule_ratios(lead, other_lead)
    task = plan(lead, other_lead, policy)
    draw = hold_ceremony(lead, section, task, Timed(), pictures)
    look_as_a_citizen(stage.visitor(), draw)


async def _fill_up(stage: Stage) -> None:
    if FIRMS <= SUBJECTS:
        return
    header, *rows = subjects_csv(FIRMS).splitlines(keepends=True)
    async with stage.theatre.scene(Progress(1)) as scene:
        await scene.people.join("lead1")
        for start in range(SUBJECTS, FIRMS, SUBJECTS):
            part = header + b"".join(rows[start : start + SUBJECTS])
            await scene.people["lead1"].upload(f"{REGISTRY}/imports/subjects", f"from-{start}.csv", part)
        await scene.show.until("名录送达", lambda: scene.all_have_heard("registry"), seconds=600)


def rule_ratios(lead: Page, other_lead: Page) -> str:
    """One proposes a ratio policy, another approves it; returns its version."""
    lead.goto("/draw/policies/new")
    for name, percent in RATIOS.items():
        lead.locator(f"input[name=ratio_{name}]").fill(percent)
    lead.locator("input[name=valid_from]").fill(
        lead.evaluate("new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10)")
    )
    lead.get_by_label("依据和理由").fill("按现有检查人员力量确定")
    lead.get_by_role("button", name="提出比例方案").click()
    lead.wait_for_url(re.compile(r"/draw/policies/(?!new)"))
    other_lead.goto(lead.url)
    other_lead.get_by_role("button", name=re.compile("^审批")).click()
    expect(other_lead.get_by_text("已审批").first).to_be_visible()
    return lead.url.rpartition("/")[2]


def plan(lead: Page, other_lead: Page, policy: str) -> str:
    """A plan for everybody in the city; returns the address of its task."""
    lead.goto("/draw/plans/new")
    lead.get_by_label("计划名称").fill("全市用人单位工资支付专项抽查")
    lead.get_by_label("依据和理由").fill("年度抽查计划")
    lead.get_by_label("工资支付和最低工资标准").check()
    lead.get_by_label("检查完成期限").fill("2027-12-31")
    lead.get_by_label("依据和理由").focus()
    expect(lead.locator("#size")).to_contain_text(policy)
    lead.get_by_role("button", name="提出计划").click()
    lead.wait_for_url(re.compile(r"/draw/plans/(?!new)"))
    other_lead.goto(lead.url)
    other_lead.get_by_role("button", name="审批并公布计划").click()
    other_lead.wait_for_url(re.compile(r"/draw/tasks/\d{18}"))
    return other_lead.url


def hold_ceremony(lead: Page, section: Page, task: str, timed: Timed, keep: Keep) -> str:
    """From freezing to dispatch, without a reload: what another does shows itself; returns the draw's address."""
    lead.goto(task)
    with timed("freeze"):
        lead.get_by_role("button", name="冻结名录").click()
        lead.wait_for_url(re.compile(r"/draw/draws/"))
        keep(lead, "large-freezing")
        expect(lead.get_by_role("button", name="登记本方承诺")).to_be_visible(timeout=LONG)
    draw = lead.url
    section.goto(draw)
    screen = lead.context.new_page()
    screen.goto(draw + "/screen")
    commit(lead, section, timed)
    expect(screen.locator("#screen")).to_contain_text("任何人可查")
    with timed("reveal"):
        for party in (lead, section):
            expect(party.locator("input[name=reveal]")).to_have_value(re.compile("^[0-9a-f]{64}$"))
            party.get_by_role("button", name="揭示随机数").click()
    screen_survives_a_restart(screen, draw)
    throw_dice(lead, section, screen, timed, keep)
    with timed("draw"):
        expect(screen.locator("ol.drawn li").first).to_be_visible(timeout=LONG)
        expect(lead.get_by_role("button", name="派发名单")).to_be_visible(timeout=LONG)
        expect(section.get_by_role("heading", name="抽取结果")).to_be_visible(timeout=LONG)
    sound(screen, "screen of a large draw")
    keep(screen, "large-screen-drawn")
    keep(lead, "large-drawn")
    first = lead.locator("section", has_text="抽取结果").locator("td.code").first.inner_text().split()[0]
    assert screen.locator("ol.drawn code").first.inner_text() == first
    with timed("dispatch"):
        lead.get_by_role("button", name="派发名单").click()
        expect(lead.get_by_text("查看检查进展")).to_be_visible(timeout=LONG)
    keep(lead, "large-dispatched")
    LOG.info("%s", timed)
    return draw


def commit(lead: Page, section: Page, timed: Timed) -> None:
    """Both promise, the lead commits; neither number leaves its browser before the log has the commitment."""
    told: list[str] = []
    for party in (lead, section):
        party.on("request", lambda request: told.append(request.post_data or ""))
    with timed("promise"):
        for party in (lead, section):
            expect(party.locator("input[name=commit]")).to_have_value(re.compile("^[0-9a-f]{64}$"))
            party.get_by_role("button", name="登记本方承诺").click()
        expect(lead.get_by_role("button", name="登记抽取承诺")).to_be_visible()
    with timed("rehearse, commit, log"):
        lead.get_by_role("button", name="登记抽取承诺").click()
        for party in (lead, section):
            expect(party.get_by_role("button", name="揭示随机数")).to_be_visible(timeout=LONG)
    numbers = [party.locator("input[name=reveal]").input_value() for party in (lead, section)]
    assert numbers[0] != numbers[1]
    assert not any(number in body for number in numbers for body in told)


def throw_dice(lead: Page, section: Page, screen: Page, timed: Timed, keep: Keep) -> None:
    """One types, the other sees it and confirms; what the other had begun to type is not taken away."""
    with timed("dice"):
        section.get_by_label("骰子结果").fill("27")
        lead.get_by_label("骰子结果").fill(DICE)
        lead.get_by_role("button", name="录入骰子结果").click()
        expect(screen.locator("#screen")).to_contain_text(DICE)
        keep(screen, "large-screen-dice")
        section.wait_for_timeout(2_500)  # longer than the page takes to ask again
        expect(section.get_by_label("骰子结果")).to_have_value("27")
        section.get_by_label("骰子结果").fill("")
        section.get_by_label("骰子结果").blur()
        section.get_by_label("确认骰子结果").fill(DICE)
        section.get_by_role("button", name="确认骰子结果").click()


def screen_survives_a_restart(screen: Page, draw: str) -> None:
    """While the service is away the room goes on seeing what it saw, and is told so."""
    screen.route("**/screen", lambda route: route.fulfill(status=502, body="<h1>502</h1>"))
    expect(screen.locator("#screen")).to_contain_text("暂时连不上系统")
    expect(screen.locator("#screen")).to_contain_text(draw.rpartition("/")[2])
    screen.unroute("**/screen")
    expect(screen.locator("#screen")).not_to_contain_text("暂时连不上系统")


def look_as_a_citizen(citizen: Page, draw: str) -> None:
    """Anybody finds the draw, repeats the ticket of the first firm by hand, and sees that others were left out."""
    address = draw.replace("/draw/draws/", "/public/draws/")
    certificate = citizen.request.get(address + "/certificate.json").json()
    assert certificate["commit"]["pool"]["rows"] > FIRMS * 0.9
    key, drawn = certificate["keys"]["subject"], certificate["selected"]
    tickets = [hashlib.sha256(f"{key}|{firm}".encode()).hexdigest() for firm, _, _ in drawn]
    assert tickets == [ticket for _, _, ticket in drawn] == sorted(tickets)
    assert len(drawn) == sum(stratum["k"] for stratum in certificate["strata"])
    teams = dict(certificate["assignments"])
    assert all(len(set(teams[firm])) == 2 for firm, _, _ in drawn)
    citizen.goto(address)
    expect(citizen.locator("main")).to_contain_text(f"{len(drawn):,}".replace(",", ""))
    sound(citizen, "public page of a large draw")
    citizen.goto(f"{address}/proof/{drawn[0][0]}")
    expect(citizen.locator("main")).to_contain_text("抽中")
    sound(citizen, "proof of a drawn firm")
