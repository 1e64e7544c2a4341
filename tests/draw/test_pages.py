import asyncio
import html
import re

import pytest

from services.draw.domain.commitment import Profile
from tests.draw.conftest import LEAD, OTHER_LEAD, SECTION, City


@pytest.mark.parametrize("address", ["/draw/", "/draw/plans", "/draw/todo", "/draw/?state=open&sort=-title&q=洛龙"])
async def test_lists_show_what_waits(city: City, address: str) -> None:
    await city.plan()
    answer = await city.get(address, LEAD)
    assert answer.status_code == 200
    assert "计划" in answer.text


async def test_every_state_of_the_ceremony_has_a_page_that_says_what_to_do(city: City) -> None:
    async def text(draw_id: str, who: object = LEAD) -> str:
        answer = await city.get(f"/draw/draws/{draw_id}", LEAD if who is LEAD else SECTION)
        assert answer.status_code == 200, answer.text
        return answer.text

    draw_id = await city.promised()
    assert "登记抽取承诺" in await text(draw_id)
    await city.commit(draw_id)
    assert "等待公开日志" in await text(draw_id)
    await city.log_receipt(draw_id)
    assert "揭示随机数" in await text(draw_id)
    for who, party in ((LEAD, "lead"), (SECTION, "section")):
        await city.post(who, f"/draws/{draw_id}/reveals", {"reveal": city.secrets[party]})
    assert "录入骰子结果" in await text(draw_id)
    await city.post(LEAD, f"/draws/{draw_id}/dice", {"digits": "271828"})
    assert "确认骰子结果" in await text(draw_id, SECTION)
    await city.post(SECTION, f"/draws/{draw_id}/dice/confirm", {"digits": "271828"})
    assert "正在抽取" in await text(draw_id)
    await city.finish()
    assert "派发名单" in await text(draw_id)
    await city.post(LEAD, f"/draws/{draw_id}/dispatch")
    assert "查看检查进展" in await text(draw_id)
    public = (await city.get(f"/public/draws/{draw_id}")).text
    assert "sha256sum" in public
    assert "python3 verify.py" in public


async def test_a_screen_that_waits_gets_the_part_that_it_asks_for(city: City) -> None:
    draw_id = await city.committed()
    async with city.house.client(LEAD, **{"hx-request": "true", "hx-target": "screen"}) as client:
        answer = await client.get(f"/draw/draws/{draw_id}/screen")
    assert answer.status_code == 200
    assert answer.text.strip().startswith('<div id="screen"')


async def test_a_refused_step_is_explained_on_the_page_itself(city: City) -> None:
    draw_id = await city.promised()
    async with city.house.client(LEAD) as client:
        answer = await client.post(
            f"/draw/draws/{draw_id}/abort", data={"csrf": LEAD.csrf, "reason": " "}, headers={"accept": "text/html"}
        )
    assert answer.status_code == 422
    assert "必须写明理由" in answer.text
    assert "登记抽取承诺" in answer.text


async def test_lists_export_to_excel_with_words_instead_of_codes(city: City) -> None:
    await city.frozen()
    answer = await city.get("/draw/?format=csv", LEAD)
    assert answer.status_code == 200
    assert "洛龙区" in answer.text
    assert "待抽取" in answer.text
    assert (await city.get("/draw/?format=xlsx", LEAD)).content.startswith(b"PK")


async def test_names_of_officers_are_not_on_public_pages(city: City) -> None:
    draw_id = await city.drawn()
    inside = (await city.get(f"/draw/draws/{draw_id}", LEAD)).text
    public = (await city.get(f"/public/draws/{draw_id}")).text
    assert "测试员" in inside
    assert "测试员" not in public
    assert (await city.get("/draw/")).status_code == 303


def draft(**changes: object) -> dict[str, object]:
    values: dict[str, object] = {
        "csrf": LEAD.csrf,
        "title": "2027年第一季度制造业专项抽查",
        "reason": "年度抽查计划",
        "category": "工资支付和最低工资标准",
        "finish_by": "2027-03-31",
        "county": "410311",
        "industry": "c30、C31",
        "class": ["C", "D"],
    }
    return values | changes


async def test_a_draft_that_is_sent_eight_times_is_one_plan(city: City) -> None:
    async with city.house.client(LEAD) as client:
        answers = await asyncio.gather(*(client.post("/draw/plans/new", data=draft()) for _ in range(8)))
        another = await client.post("/draw/plans/new", data=draft(title="2027年第二季度制造业专项抽查"))
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert another.headers["location"] != answers[0].headers["location"]


@pytest.mark.article(7, 8)
async def test_a_drafted_plan_is_approved_by_another_person_and_draws_what_it_said(city: City) -> None:
    async with city.house.client(LEAD) as client:
        answer = await client.post("/draw/plans/new", data=draft())
    assert answer.status_code == 303, answer.text
    plan_id = answer.headers["location"].rpartition("/")[2]
    await city.post(LEAD, f"/plans/{plan_id}/approve", expect=403)
    task_id = (await city.post(OTHER_LEAD, f"/plans/{plan_id}/approve"))["task_id"]
    task = (await city.get(f"/draw/api/v1/tasks/{task_id}", LEAD)).json()
    assert task["directed"]
    assert {"col": "industry", "prefix": ["C30", "C31"]} in task["filter"]
    draw_id = await city.freeze(task_id)
    pool = (await city.get(f"/draw/api/v1/draws/{draw_id}", LEAD)).json()["pool"]
    said = (await city.get("/draw/plans/new?county=410311&industry=C30&class=C&class=D", LEAD)).text
    assert pool["rows"] == 120
    assert "120 户" in said
    assert "24 户" in said  # 60 of class C at 10 % and 60 of class D at 30 %


@pytest.mark.article(8)
async def test_no_condition_at_all_is_an_undirected_draw_of_everybody(city: City) -> None:
    async with city.house.client(LEAD) as client:
        answer = await client.post("/draw/plans/new", data=draft(county="", industry="", **{"class": ""}))
    plan_id = answer.headers["location"].rpartition("/")[2]
    task_id = (await city.post(OTHER_LEAD, f"/plans/{plan_id}/approve"))["task_id"]
    assert (await city.get(f"/draw/api/v1/tasks/{task_id}", LEAD)).json()["directed"] is False


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("title", " ", "请填写计划名称"),
        ("finish_by", "2020-01-01", "检查完成期限"),
        ("finish_by", "明天", "检查完成期限"),
        ("industry", "30", "行业代码 30 无效"),
        ("category", "不存在的类别", "请至少选择一类"),
        ("county", "999999", "县区代码不认识"),
        ("class", "E", "信用风险分类只能是"),
    ],
)
async def test_a_wrong_field_of_a_draft_is_named_beside_it(city: City, field: str, value: str, says: str) -> None:
    async with city.house.client(LEAD) as client:
        answer = await client.post("/draw/plans/new", data=draft(**{field: value}))
    assert answer.status_code == 422
    assert says in answer.text
    assert f'href="#f-{field}"' in answer.text


async def test_the_big_screen_shows_who_has_revealed_the_dice_and_the_firms(city: City) -> None:
    async def screen(draw_id: str) -> str:
        return (await city.get(f"/draw/draws/{draw_id}/screen", SECTION)).text

    draw_id = await city.committed()
    assert "等待收录" in await screen(draw_id)
    await city.log_receipt(draw_id)
    await city.post(LEAD, f"/draws/{draw_id}/reveals", {"reveal": city.secrets["lead"]})
    assert "已登记承诺，未揭示" in await screen(draw_id)
    await city.post(SECTION, f"/draws/{draw_id}/reveals", {"reveal": city.secrets["section"]})
    await city.post(LEAD, f"/draws/{draw_id}/dice", {"digits": "161803"})
    shown = await screen(draw_id)
    assert "161803" in shown
    assert "等待另一人确认" in shown
    await city.post(SECTION, f"/draws/{draw_id}/dice/confirm", {"digits": "161803"})
    await city.finish()
    shown = await screen(draw_id)
    certificate = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    places = [shown.index(row[0]) for row in certificate["selected"]]
    assert places == sorted(places)
    assert certificate["keys"]["subject"] in shown


@pytest.mark.article(5)
async def test_the_public_page_has_all_that_a_stranger_needs_to_judge_a_firm_by_hand(city: City) -> None:
    draw_id = await city.drawn()
    certificate = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    page = (await city.get(f"/public/draws/{draw_id}")).text
    proof = (await city.get(f"/public/draws/{draw_id}/proof/{certificate['selected'][0][0]}")).text
    for stratum in certificate["strata"]:
        assert stratum["threshold"] in page  # every digit: what is cut off can't be compared
    assert any(stratum["threshold"] in proof for stratum in certificate["strata"])


@pytest.mark.article(5)
async def test_a_shell_that_runs_what_the_public_page_says_judges_every_firm_as_the_draw_did(city: City) -> None:
    city.house.settings = city.settings.model_copy(update={"draw_profile": Profile.OPEN})
    draw_id = await city.drawn()
    certificate = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    page = html.unescape((await city.get(f"/public/draws/{draw_id}")).text)
    ticket, seed, key = re.findall(r"printf .*sha256sum", page)
    assert await shell(seed) == certificate["seed"]["sha256"]
    assert (await shell(key))[:32] == certificate["keys"]["subject"]
    threshold = {part["stratum"]: part["threshold"] for part in certificate["strata"]}
    pool = (await city.get(f"/public/draws/{draw_id}/pool.tsv")).text.splitlines()
    cells = [line.split("\t") for line in pool if line.endswith("1")]
    numbers = (await shell("\n".join(ticket.replace("统一社会信用代码", row[0]) for row in cells))).split()
    must = {row[0] for row, number in zip(cells, numbers[::2], strict=True) if number <= threshold[row[5]]}
    assert must == {row[0] for row in certificate["selected"]}


async def shell(commands: str) -> str:
    """What a shell prints, without the name of the file that sha256sum reads."""
    process = await asyncio.create_subprocess_exec("sh", "-c", commands, stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    return printed.decode().removesuffix("  -\n")
