"""Files at the door of the registry: whole or not at all, named errors, nothing twice."""

import io
import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import xlsxwriter

from deploy.demo_data import generate
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor, another
from services.registry.app import SERVICE
from tests.conftest import MakeHouse

LEAD = actor(Role.LEAD)
ITEMS = Path(str(SERVICE.folder)) / "reference" / "hrss-items-hainan-2020.csv"
HEAD = "统一社会信用代码,企业名称,县区,法定代表人\n"
GOOD = "91330000566997460T,示例一公司,洛龙区,样甲乙\n"


async def hand_in(client: httpx.AsyncClient, kind: str, content: bytes, **form: str) -> httpx.Response:
    return await client.post(
        f"/registry/api/v1/imports/{kind}", files={"file": ("名录.csv", content)}, data=form, timeout=60
    )


async def payloads(house: House, kind: str) -> list[dict[str, Any]]:
    return [json.loads(text) for _, text in await house.said(kind)]


async def test_twenty_thousand_subjects_are_taken_in_seconds_and_announced_by_county(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    content = generate.subjects_csv()
    async with house.client(LEAD) as client:
        started = time.perf_counter()
        answer = await hand_in(client, "subjects", content)
        seconds = time.perf_counter() - started
        assert answer.status_code == 201, answer.text
        assert (answer.json()["rows_new"], answer.json()["error_count"]) == (20_000, 0)
        assert seconds < 30, f"{seconds:.1f} s"
        said = await house.said("registry.subjects_changed")
        told = [(envelope, json.loads(text)["subjects"]) for envelope, text in said]
        assert sum(len(listed) for _, listed in told) == 20_000
        assert all(len(listed) <= 200 for _, listed in told)
        assert all({one["county"] for one in listed} == {envelope.county} for envelope, listed in told)
        again = await hand_in(client, "subjects", content)
        assert (again.status_code, again.json()["import_id"]) == (200, answer.json()["import_id"])
        assert len(await house.said("registry.subjects_changed")) == len(said)


async def test_one_wrong_row_keeps_the_whole_file_out_and_is_named(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    content = HEAD + GOOD + "91410300123456789.0,示例二公司,洛龙区,\n1.23E+17,示例三公司,火星区,\n"
    async with house.client(LEAD) as client:
        answer = await hand_in(client, "subjects", content.encode())
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        wrong = [(error["row"], error["field"]) for error in answer.json()["errors"]]
        assert wrong == [(3, "统一社会信用代码"), (4, "统一社会信用代码"), (4, "县区")]
        assert "末几位已丢失" in answer.json()["errors"][0]["detail"]
        assert (await client.get("/registry/api/v1/subjects")).json()["total"] == 0
    assert not await house.said()


async def test_only_two_hundred_of_many_errors_are_listed_and_all_are_counted(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    content = HEAD + "".join(f"{number},示例,洛龙区,\n" for number in range(1, 301))
    async with house.client(LEAD) as client:
        answer = await hand_in(client, "subjects", content.encode())
        assert len(answer.json()["errors"]) == 200
        assert "300 处错误" in answer.json()["detail"]


async def test_a_gbk_file_with_other_headers_and_old_county_codes_is_understood(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    lines = ("企业名录表", "社会信用代码,单位名称,所属县区", "91330000566997460T,示例一公司,410381",
             "91330204677670997X,示例二公司,吉利区", "11370100004188784H,示例局,洛阳市孟津县")  # fmt: skip
    content = "\n".join(lines)
    async with house.client(LEAD) as client:
        answer = await hand_in(client, "subjects", content.encode("gbk"))
        assert answer.status_code == 201, answer.text
        rows = (await client.get("/registry/api/v1/subjects")).json()["rows"]
        assert [(row["county"], row["kind"]) for row in rows] == [
            ("410308", "机关事业"), ("410307", "企业"), ("410308", "企业"),
        ]  # fmt: skip


async def test_an_excel_file_with_real_dates_and_numbers_is_understood(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for place, word in enumerate(("统一社会信用代码", "名称", "县区", "用工人数", "信用分类日期", "信用风险分类")):
            sheet.write(0, place, word)
        sheet.write_string(1, 0, "91330000566997460T")
        sheet.write(1, 1, "示例一公司")
        sheet.write_number(1, 2, 410311)
        sheet.write_number(1, 3, 37)
        sheet.write_datetime(1, 4, date(2026, 11, 1), day)
        sheet.write(1, 5, "A类")
        sheet.write_number(2, 0, 914103001234567890)
        sheet.write(2, 1, "示例二公司")
        sheet.write(2, 2, "洛龙")
    async with house.client(LEAD) as client:
        refused = await hand_in(client, "subjects", out.getvalue())
        assert [(error["row"], error["field"]) for error in refused.json()["errors"]] == [(3, "统一社会信用代码")]


async def test_a_wrong_check_digit_is_taken_only_when_somebody_has_looked(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    content = (HEAD + "91350203M0001FUE2P,示例一公司,洛龙区,\n").encode()
    async with house.client(LEAD) as client:
        doubted = await hand_in(client, "subjects", content)
        assert (doubted.status_code, doubted.json()["errors"][0]["row"]) == (422, 2)
        taken = await hand_in(client, "subjects", content, accept_warnings="true")
        assert (taken.status_code, taken.json()["rows_new"]) == (201, 1)


async def test_a_preview_counts_and_changes_nothing(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(LEAD) as client:
        await hand_in(client, "subjects", (HEAD + GOOD).encode())
        second = HEAD + GOOD + "91330204677670997X,示例二公司,涧西区,\n"
        preview = await hand_in(client, "subjects", second.encode(), preview="true")
        body = preview.json()
        assert (body["state"], body["rows_new"], body["rows_changed"], body["rows_unchanged"]) == ("previewed", 1, 0, 1)
        assert (await client.get("/registry/api/v1/subjects")).json()["total"] == 1
        applied = await client.post(f"/registry/api/v1/imports/{body['import_id']}/apply")
        assert applied.json()["state"] == "applied"
        await client.post(f"/registry/api/v1/imports/{body['import_id']}/apply")
    told = await payloads(house, "registry.subjects_changed")
    assert [len(event["subjects"]) for event in told] == [1, 1]


async def test_a_subject_that_moves_is_told_of_in_both_counties(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(LEAD) as client:
        await hand_in(client, "subjects", (HEAD + GOOD).encode())
        await hand_in(client, "subjects", (HEAD + GOOD.replace("洛龙区", "涧西区")).encode())
    said = await house.said("registry.subjects_changed")
    assert [(envelope.county, json.loads(text)["subjects"][0]["version"]) for envelope, text in said] == [
        ("410311", 1), ("410305", 2), ("410311", 2),
    ]  # fmt: skip


@pytest.mark.article(2)
async def test_the_real_list_becomes_items_that_another_person_publishes(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(LEAD) as client:
        answer = await hand_in(client, "items", ITEMS.read_bytes())
        assert (answer.status_code, answer.json()["rows_new"]) == (201, 108), answer.text
        assert not await house.said("registry.items_published")
        own = await client.post("/registry/api/v1/items/publication")
        assert (own.status_code, own.json()["type"]) == (403, "urn:sunlot:problem:published-by-importer")
    async with house.client(another(LEAD, "second-lead")) as client:
        published = await client.post("/registry/api/v1/items/publication", json={})
        assert published.json() == {"published": 108}
        assert (await client.post("/registry/api/v1/items/publication")).status_code == 409
    said = await house.said("registry.items_published")
    assert {envelope.aggregate_id for envelope, _ in said} == {f"items/{number}" for number in range(1, 15)}
    listed = [item for _, text in said for item in json.loads(text)["items"]]
    assert {item["code"] for item in listed} == {f"HRSS-{number:03d}" for number in range(1, 109)}
    assert all(item["legal_basis"] and item["check_points"][0]["materials"] for item in listed)
    async with house.client(LEAD) as client:
        reordered = (
            ITEMS.read_text("utf-8-sig").rstrip()
            + "\n规章制度,新增事项,企业,一般检查事项,书面检查,县级以上,劳动法第4条\n"
        )
        again = await hand_in(client, "items", reordered.encode())
        assert (again.json()["rows_new"], again.json()["rows_changed"]) == (1, 0)


@pytest.mark.article(2)
async def test_an_item_without_legal_basis_is_refused(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(LEAD) as client:
        answer = await hand_in(client, "items", "抽查类别,抽查事项,检查依据\n工资支付,是否足额支付,\n".encode())
        error = answer.json()["errors"][0]
        assert (error["row"], error["field"]) == (2, "检查依据")
        assert "没有法律依据" in error["detail"]


@pytest.mark.article(5)
async def test_officers_come_with_their_unit_and_a_file_never_drops_a_recusal(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    today = date(2026, 11, 22)
    content = generate.officers_csv(today)
    async with house.client(LEAD) as client:
        early = await hand_in(client, "officers", content)
        assert "请先导入单位" in early.json()["errors"][0]["detail"]
        assert (await hand_in(client, "units", generate.units_csv())).status_code == 201
        taken = await hand_in(client, "officers", content)
        assert taken.json()["rows_new"] == 150, taken.text
        recused = next(one for one in generate.officers(today) if one.recusals)
        without = content.decode().replace(f"{recused.recusals},{recused.relation}", ",")
        assert (await hand_in(client, "officers", without.encode())).json()["rows_changed"] == 0
        rows = (await client.get("/registry/api/v1/officers", params={"q": recused.officer_id})).json()["rows"]
        assert rows[0]["recusals"][0]["uscc"] == recused.recusals
        drawable = (await client.get("/registry/api/v1/officers", params={"drawable": "yes"})).json()["total"]
        assert 120 <= drawable < 135
    told = await payloads(house, "registry.officers_changed")
    assert sum(len(event["officers"]) for event in told) == 150


async def test_an_auditor_and_a_county_cannot_import(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    for somebody in (actor(Role.AUDITOR), actor(Role.UNIT, "410311"), actor(Role.SECTION), actor(Role.OFFICER)):
        async with house.client(somebody) as client:
            assert (await hand_in(client, "subjects", (HEAD + GOOD).encode())).status_code == 403


async def test_a_county_sees_its_own_subjects_only(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(LEAD) as client:
        await hand_in(client, "subjects", (HEAD + GOOD).encode())
    for county, status, total in (("410311", 200, 1), ("410305", 404, 0)):
        async with house.client(actor(Role.UNIT, county)) as client:
            assert (await client.get("/registry/api/v1/subjects")).json()["total"] == total
            one = await client.get("/registry/api/v1/subjects/91330000566997460T")
            assert one.status_code == status


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        (b"PK\x03\x04 not really a workbook", "Excel 文件打不开"),
        ("名称,县区\n示例,洛龙区\n".encode(), "缺少必需的列"),
        (HEAD.encode(), "没有数据行"),
    ],
)
async def test_a_file_that_is_no_list_says_what_to_do(make_house: MakeHouse, content: bytes, words: str) -> None:
    house = await make_house(SERVICE)
    async with house.client(LEAD) as client:
        answer = await hand_in(client, "subjects", content)
        assert answer.status_code == 422
        assert words in answer.text
