"""Every page as somebody sees it, on real data."""

import pytest

from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.draw.events.published import PlanPublished, TaskPublished
from services.registry.events.published import ItemsPublished
from tests.publicity.conftest import completed, hear, unit

PUBLIC = ("/public/", "/public/items", "/public/plans", "/public/tasks", "/public/results", "/public/log")


async def test_every_public_page_opens_on_an_empty_house_and_has_its_twin(house: House) -> None:
    async with house.client() as client:
        for path in PUBLIC:
            page = await client.get(path)
            assert page.status_code == 200, (path, page.text[:2000])
            twin = await client.get(path.rstrip("/") + ".json")
            assert twin.headers["content-type"].startswith("application/json"), path
            assert twin.status_code == 200


@pytest.mark.article(14)
async def test_a_published_result_is_found_by_name_code_and_county(house: House, published: str) -> None:
    async with house.client() as client:
        for question in ("q=示例软件", "q=91110875000022l9j2", "county=410311", "result=1", "from=2026-01-01"):
            assert published in (await client.get(f"/public/results?{question}")).text, question
        for question in ("q=别的公司", "county=410302", "result=8", "to=2020-01-01"):
            assert published not in (await client.get(f"/public/results?{question}")).text, question
        result = await client.get(f"/public/results/{published}")
        assert "未发现问题" in result.text
        assert (await client.get("/public/subjects/91110875000022L9J2")).status_code == 200
        sheet = await client.get("/public/results?format=xlsx")
        assert sheet.content[:2] == b"PK"


async def test_the_public_sees_no_trigger_no_account_and_no_officers_name(house: House, published: str) -> None:
    secret = ("trigger-1", "officer-1", "unit-reviewer", "甲某某", "16030001")
    addresses = (
        "/public/results", f"/public/results/{published}", f"/public/results/{published}.json",
        "/public/subjects/91110875000022L9J2", "/public/log/entries/0", "/public/log/entries", "/public/",
    )  # fmt: skip
    async with house.client() as client:
        for address in addresses:
            text = (await client.get(address)).text
            for word in secret:
                assert word not in text, (address, word)


async def test_a_persons_name_is_masked_everywhere_in_public(house: House) -> None:
    publication_id = await hear(house, completed(subject_name="欧阳明", subject_kind="个体"))
    async with house.client(unit()) as client:
        await client.post(f"/publicity/publications/{publication_id}/publish", data={"opinion": ""})
    async with house.client() as client:
        for address in (
            "/public/results",
            f"/public/results/{publication_id}",
            "/public/log/entries",
            "/public/results.json",
        ):
            text = (await client.get(address)).text
            assert "欧阳明" not in text, address
            assert "欧*" in text, address


async def test_what_is_not_published_is_a_404_with_help(house: House) -> None:
    waiting = await hear(house, completed())
    async with house.client() as client:
        for address in (f"/public/results/{waiting}", "/public/subjects/91110875000022L9J2", "/public/results/nothing"):
            answer = await client.get(address)
            assert answer.status_code == 404
            assert "20 个工作日" in answer.text
        assert (await client.get("/public/subjects/91110875000022L9J2.json")).status_code == 404


async def test_items_plans_and_tasks_are_shown_and_only_newer_items_replace(house: House) -> None:
    def items(version: int, name: str) -> ItemsPublished:
        item = {
            "code": "HRSS-001", "version": version, "category": "劳动监察", "name": name, "subject_kinds": "企业",
            "level": "一般", "methods": ["1", "2"], "authority": "人社部门", "legal_basis": "《劳动保障监察条例》",
            "section": "监察科", "check_points": [], "valid_from": "2026-01-01", "valid_to": None,
            "published_at": "2026-01-01T00:00:00Z",
        }  # fmt: skip
        return ItemsPublished.model_validate({"items": [item]})

    await house.hear(items(2, "新名称"), aggregate="items/1")
    await house.hear(items(1, "旧名称"), aggregate="items/2")
    plan = PlanPublished.model_validate(
        {
            "plan_id": "41030020260001", "name": "年度计划", "year": 2026, "kind": "年度", "document_number": "1号",
            "authority": "市局", "county": "410300", "scope": "劳务派遣", "ratio": {"A": [1, 100]},
            "trigger_ids": [], "approved_at": "2026-01-01T00:00:00Z",
        }
    )  # fmt: skip
    task = TaskPublished.model_validate(
        {
            "task_id": "410300202601010001", "plan_id": "41030020260001", "name": "定向任务", "directed": True,
            "county": "410311", "item_codes": ["HRSS-001"], "finish_by": "2026-12-31",
        }
    )  # fmt: skip
    await house.hear(task, aggregate="task/1")  # before its plan: nothing may depend on the order
    async with house.client() as client:
        assert "定向任务" in (await client.get("/public/tasks")).text
        await house.hear(plan, aggregate="plan/1")
        assert "年度计划" in (await client.get("/public/tasks")).text
        assert "A 类 1/100" in (await client.get("/public/plans")).text
        shown = (await client.get("/public/items?q=劳动保障监察条例")).text
        assert "新名称" in shown
        assert "旧名称" not in shown


@pytest.mark.article(14)
async def test_what_is_late_stands_in_red_on_desk_and_bench(house: House) -> None:
    await hear(house, completed(ended_on="2026-01-05", started_on="2026-01-05"))
    async with house.client(unit()) as client:
        desk = (await client.get("/publicity/?due=late")).text
        assert "超期" in desk
        assert "洛阳示例软件有限公司" in desk
        assert "洛阳示例软件有限公司" not in (await client.get("/publicity/?due=soon")).text
        assert "已超过公示期限" in (await client.get("/publicity/todo")).text
        assert (await client.get("/publicity/?format=xlsx")).content[:2] == b"PK"


async def test_a_unit_sees_its_own_county_only(house: House) -> None:
    publication_id = await hear(house, completed())
    async with house.client(unit(county="410302", unit_id="unit-410302")) as client:
        assert publication_id not in (await client.get("/publicity/")).text
        assert (await client.get(f"/publicity/publications/{publication_id}")).status_code == 404
        answer = await client.post(f"/publicity/api/v1/publications/{publication_id}/publish", json={})
        assert answer.status_code == 404


async def test_an_auditor_reads_everything_and_changes_nothing(house: House) -> None:
    publication_id = await hear(house, completed())
    async with house.client(actor(Role.AUDITOR)) as client:
        for path in ("/publicity/", f"/publicity/publications/{publication_id}", "/publicity/mirror"):
            answer = await client.get(path)
            assert answer.status_code == 200, path
            assert 'method="post" action="/publicity' not in answer.text
        answer = await client.post(f"/publicity/publications/{publication_id}/publish", data={})
        assert answer.status_code == 403


@pytest.mark.article(7)
async def test_who_entered_the_result_is_told_that_another_reviews(house: House) -> None:
    publication_id = await hear(house, completed(recorded_by="unit-reviewer"))
    async with house.client(unit()) as client:
        page = await client.get(f"/publicity/publications/{publication_id}")
        assert "另一名人员审核（细则第七条第六项）" in page.text
        assert "审核通过并公示" not in page.text
        answer = await client.post(f"/publicity/publications/{publication_id}/publish", data={})
        assert answer.status_code == 403
        assert "第七条第六项" in answer.text


async def test_the_forms_work_from_review_to_correction(house: House) -> None:
    publication_id = await hear(house, completed())
    path = f"/publicity/publications/{publication_id}"
    async with house.client(unit()) as client:
        missing = await client.post(f"{path}/return", data={"reason": " "})
        assert missing.status_code == 422
        assert "请写明退回的原因" in missing.text
        assert (await client.post(f"{path}/return", data={"reason": "结果代码有误"})).status_code == 303
        assert (await client.post(f"{path}/resubmit", data={"statement": "已核对"})).status_code == 303
        assert (await client.post(f"{path}/publish", data={})).status_code == 403  # who hands in does not review
    async with house.client(unit("unit-second")) as client:
        assert (await client.post(f"{path}/publish", data={"opinion": "属实"})).status_code == 303
        unchanged = await client.post(f"{path}/corrections", data={"reason": "核对"})
        assert unchanged.status_code == 422
        change = {"subject_result": "E", "follow_up": "rectification", "reason": "漏填责令改正"}
        assert (await client.post(f"{path}/corrections", data=change)).status_code == 303
        assert (await client.post(f"{path}/corrections/1/confirm", data={})).status_code == 403
        assert "须由另一名人员确认" in (await client.get(path)).text
    async with house.client(unit()) as client:
        assert (await client.post(f"{path}/corrections/1/confirm", data={})).status_code == 303
        assert "已更正" in (await client.get(path)).text
