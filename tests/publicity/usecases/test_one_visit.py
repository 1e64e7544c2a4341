"""One visit of several tasks is one publication that shows them all, and one national record a task."""

import json

import pytest

from libs.common.testing.doors import House
from services.inspection.events.published import InspectionCompleted
from services.publicity.domain.content import content_from
from services.publicity.store.mirror import records_of
from services.publicity.store.publications import load_publication
from tests.publicity.api.test_public_log import verify_everything
from tests.publicity.conftest import completed, hear, unit

SECOND = "410311202611250001"


def of_two_tasks() -> InspectionCompleted:
    """The first item is the first task's, the second item both tasks'."""
    return completed(
        item_codes=["HRSS-001", "HRSS-002"],
        further_tasks=[
            {
                "draw_id": f"{SECOND}-1",
                "task_id": SECOND,
                "task_name": "劳动合同专项抽查",
                "plan_id": "41031120260002",
                "plan_name": "2026年度抽查计划",
                "directed": False,
                "trigger_ids": ["trigger-2", "trigger-1"],
                "item_codes": ["HRSS-002"],
            }
        ],
    )


async def _published(house: House, event: InspectionCompleted) -> str:
    publication_id = await hear(house, event)
    async with house.client(unit()) as client:
        answer = await client.post(f"/publicity/api/v1/publications/{publication_id}/publish", json={})
        assert answer.status_code == 200, answer.text
    return publication_id


@pytest.mark.article(3, 14)
async def test_the_public_page_shows_every_task_with_its_items_and_its_draw(house: House) -> None:
    publication_id = await _published(house, of_two_tasks())
    async with house.client() as client:
        page = (await client.get(f"/public/results/{publication_id}")).text
        found = (await client.get(f"/public/results.json?task={SECOND}")).json()["results"]
        shown = (await client.get(f"/public/results/{publication_id}.json")).json()
        await verify_everything(client)
    for words in (
        "工资支付定向抽查",
        "劳动合同专项抽查",
        "定向、不定向",
        f"/public/draws/{SECOND}-1",
        "2 项任务一次检查完成",
    ):
        assert words in page
    assert [one["publication_id"] for one in found] == [publication_id]
    assert [task["item_codes"] for task in shown["content"]["further_tasks"]] == [["HRSS-002"]]


@pytest.mark.article(3)
async def test_every_task_has_its_own_record_and_every_trigger_its_answer(house: House) -> None:
    publication_id = await _published(house, of_two_tasks())
    async with house.database.transaction() as tx:
        payloads = [json.loads(row["payload"])["record"] for row in await records_of(tx, publication_id)]
    told = [(one["raninsTaskId"], one["raninsTypeName"], len(one["details"])) for one in payloads]
    assert told == [("410311202611220001", "定向", 2), (SECOND, "不定向", 1)]
    [(_, text)] = await house.said("publicity.result_published")
    assert json.loads(text)["trigger_ids"] == ["trigger-1", "trigger-2"]


async def test_a_result_of_one_task_says_nothing_of_further_ones(house: House) -> None:
    publication_id = await _published(house, completed())
    async with house.database.transaction() as tx:
        content = (await load_publication(tx, publication_id)).content
        assert len(await records_of(tx, publication_id)) == 1
    assert "further_tasks" not in content.document()
    assert content_from(content.document()) == content
