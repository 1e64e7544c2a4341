import pytest

from tests.draw.conftest import LEAD, SECTION, City


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
    await city.post(LEAD, f"/draws/{draw_id}/commit")
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
