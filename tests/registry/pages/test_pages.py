"""Every page of the registry, as each role meets it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import httpx
import pytest

from deploy.demo_data import generate
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor, another
from services.registry.app import SERVICE
from tests.conftest import MakeHouse

LEAD = actor(Role.LEAD)
ITEMS = Path(str(SERVICE.folder)) / "reference" / "hrss-items-hainan-2020.csv"


@asynccontextmanager
async def filled(make_house: MakeHouse) -> AsyncIterator[House]:
    house = await make_house(SERVICE)
    files = {
        "units": generate.units_csv(),
        "officers": generate.officers_csv(date(2026, 11, 22)),
        "items": ITEMS.read_bytes(),
        "subjects": generate.subjects_csv(120),
    }
    async with house.client(LEAD) as client:
        for kind, content in files.items():
            answer = await client.post(f"/registry/api/v1/imports/{kind}", files={"file": (f"{kind}.csv", content)})
            assert answer.status_code == 201, answer.text
    yield house


async def shown(client: httpx.AsyncClient, address: str, *words: str) -> str:
    answer = await client.get(address)
    assert answer.status_code == 200, (address, answer.status_code, answer.text[-400:])
    for word in words:
        assert word in answer.text, (address, word)
    return answer.text


async def test_the_lead_section_reads_every_page(make_house: MakeHouse) -> None:
    async with filled(make_house) as house, house.client(LEAD) as client:
        await shown(client, "/registry/desk", 'hx-get="/trigger/todo"', 'href="/trigger/"', "待发布的抽查事项")
        await shown(client, "/registry/", "行业分布", "县区分布")
        text = await shown(client, "/registry/subjects?credit_class=D&sort=-headcount", "D 类")
        assert "A 类</span>" not in text
        subject = generate.subjects(1)[0]
        await shown(client, f"/registry/subjects/{subject.uscc}", subject.name, subject.legal_representative)
        await shown(client, "/registry/officers?staff_kind=辅助人员", "不可抽取")
        await shown(client, "/registry/officers/L0004", "配偶在该单位任职")
        await shown(client, "/registry/items?category=社会保险", "待发布")
        await shown(client, "/registry/items/HRSS-001", "劳动法第89条", "操作方法与要领", "营业执照")
        await shown(client, "/registry/units", "劳动保障监察科")
        await shown(client, "/registry/imports", "subjects.csv")
        for path in ("subjects", "officers", "items", "units", "imports"):
            for kind in ("xlsx", "csv"):
                answer = await client.get(f"/registry/{path}?format={kind}")
                assert answer.headers["content-disposition"].startswith("attachment"), path


async def test_names_of_officers_of_another_county_are_not_shown(make_house: MakeHouse) -> None:
    async with filled(make_house) as house, house.client(actor(Role.UNIT, "410311")) as client:
        text = await shown(client, "/registry/officers")
        assert set(re.findall(r"/registry/officers/(L\d+)", text)) == {f"L{number:04d}" for number in range(61, 71)}
        assert (await client.get("/registry/officers/L0004")).status_code == 404
        foreign = next(one for one in generate.subjects(120) if one.county != "洛龙区")
        assert (await client.get(f"/registry/subjects/{foreign.uscc}")).status_code == 404


async def test_an_administrator_has_no_business(make_house: MakeHouse) -> None:
    async with filled(make_house) as house, house.client(actor(Role.ADMIN)) as client:
        await shown(client, "/registry/desk", "管理账号")
        await shown(client, "/registry/")
        await shown(client, "/registry/accounts", "建立账号")
        for path in ("subjects", "officers", "items"):
            assert (await client.get(f"/registry/{path}")).status_code == 403


async def test_an_account_is_made_and_disabled_by_form(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    form = {"username": "wang.fang", "name": "王芳", "role": "unit", "county": "410300", "password": "short"}
    async with house.client(actor(Role.ADMIN)) as client:
        wrong = await client.post("/registry/accounts", data=form)
        assert wrong.status_code == 422
        assert "不得跨县区检查" in wrong.text
        assert 'value="wang.fang"' in wrong.text
        right = form | {"county": "410311", "unit_id": "LY-410311", "password": "peony garden 2027"}
        assert (await client.post("/registry/accounts", data=right)).status_code == 303
        await shown(client, "/registry/accounts/wang.fang", "建立账号")
        off = await client.post("/registry/accounts/wang.fang/active", data={"active": "no"})
        assert off.status_code == 303
        await shown(client, "/registry/accounts/wang.fang", "停用账号", "启用账号")


async def test_a_file_is_looked_at_before_it_is_taken(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    head = "统一社会信用代码,企业名称,县区\n"
    async with house.client(LEAD) as client:
        nothing = await client.post("/registry/imports", data={"kind": "subjects"})
        assert (nothing.status_code, "请选择要导入的内容和文件" in nothing.text) == (422, True)
        bad = head + "12,示例,火星\n"
        refused = await client.post("/registry/imports", data={"kind": "subjects"}, files={"file": ("a.csv", bad)})
        text = await shown(client, refused.headers["location"], "未导入任何一行", "不是本市的县区")
        assert "确认导入" not in text
        sheet = await client.get(refused.headers["location"] + "/errors")
        assert sheet.content.startswith(b"PK")
        doubtful = head + "91350203M0001FUE2P,示例一公司,洛龙区\n"
        seen = await client.post("/registry/imports", data={"kind": "subjects"}, files={"file": ("b.csv", doubtful)})
        address = seen.headers["location"]
        await shown(client, address, "待确认", "已核对，照此导入", "校验位不符")
        assert (await client.post(address + "/apply", data={})).status_code == 422
        assert (await client.post(address + "/apply", data={"accept_warnings": "yes"})).status_code == 303
        await shown(client, address, "已导入：新增 1 行")


@pytest.mark.article(5)
async def test_the_roster_is_kept_current_with_reasons(make_house: MakeHouse) -> None:
    async with filled(make_house) as house:
        async with house.client(actor(Role.UNIT, "410302")) as client:
            bare = await client.post("/registry/officers/L0001/duty", data={"duty": "休假"})
            assert (bare.status_code, "细则第五条" in bare.text) == (422, True)
            await client.post("/registry/officers/L0001/duty", data={"duty": "休假", "reason": "年休假"})
            await shown(client, "/registry/officers/L0001", "休假：年休假", "今日不可抽取")
        subject = generate.subjects(1)[0]
        himself = actor(Role.OFFICER, "410302", officer_id="L0002")
        async with house.client(himself) as client:
            form = {"uscc": subject.uscc, "relation": "本人持股"}
            assert (await client.post("/registry/officers/L0002/recusals", data=form)).status_code == 303
            assert (await client.post("/registry/officers/L0001/recusals", data=form)).status_code == 404
        said = await house.said("registry.officers_changed")
        assert subject.uscc in said[-1][1]
        assert '"on_duty":false' in said[-2][1]


async def test_items_are_published_by_the_other_person_on_the_page(make_house: MakeHouse) -> None:
    async with filled(make_house) as house:
        async with house.client(LEAD) as client:
            own = await client.post("/registry/items/publication")
            assert (own.status_code, "另一名人员" in own.text) == (403, True)
        async with house.client(another(LEAD, "second")) as client:
            assert (await client.post("/registry/items/publication")).status_code == 303
            await shown(client, "/registry/items?state=published", "已发布")
