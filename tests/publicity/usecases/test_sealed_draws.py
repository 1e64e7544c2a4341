"""The result of a sealed draw's firm waits until the seal is opened: to publish it would name who was drawn."""

import json
from typing import Any

import httpx
import pytest

from libs.common.canonical import canonical, sha256_hex
from libs.common.clock import now
from libs.common.testing.doors import House
from services.draw.events.published import DrawCommitted, SealOpened
from tests.publicity.conftest import completed, hear, unit

DRAW = "410311202611220001-1"
OTHER = "410311202611220002-1"


async def committed(house: House, draw_id: str, **seed_plan: Any) -> None:
    """A draw's commitment, sealed or not, stands in the log."""
    commit = canonical({"type": "sunlot-draw/1/commit", "draw_id": draw_id, "seed_plan": {"dice": True} | seed_plan})
    event = DrawCommitted(
        draw_id=draw_id, task_id=draw_id[:-2], commit=commit.decode(), commit_sha256=sha256_hex(commit)
    )
    await house.hear(event, aggregate=f"draw/{draw_id}", county="410311")


async def opened(house: House, draw_id: str) -> None:
    """The seal is open, as the draw says."""
    event = SealOpened(
        draw_id=draw_id, reason="公示期限将至", by_rule=False, certificate_sha256="0" * 64, opened_at=now()
    )
    await house.hear(event, aggregate=f"draw/{draw_id}", county="410311")


async def publish(house: House, publication_id: str) -> httpx.Response:
    async with house.client(unit()) as client:
        return await client.post(f"/publicity/api/v1/publications/{publication_id}/publish", json={})


@pytest.mark.article(5, 14)
async def test_a_sealed_draws_result_is_published_only_after_the_seal_is_open(house: House) -> None:
    await committed(house, DRAW, seal=True)
    publication_id = await hear(house, completed(draw_id=DRAW))
    refused = await publish(house, publication_id)
    assert refused.status_code == 409, refused.text
    assert DRAW in refused.json()["detail"]
    assert (
        "2026年12月18日" in refused.json()["detail"]
    )  # 20 working days after 20 November: before then it must be opened
    assert await house.said("publicity.result_published") == []
    async with house.client() as public:
        assert (await public.get(f"/public/results/{publication_id}")).status_code == 404
        assert publication_id not in (await public.get("/public/log/entries?start=0&end=50")).text
    async with house.client(unit()) as client:
        page = (await client.get(f"/publicity/publications/{publication_id}")).text
        assert "名单密封中，暂不能公示" in page
        assert f'href="/draw/draws/{DRAW}#seal"' in page
        assert "审核通过并公示" not in page
        assert "名单密封中" in (await client.get("/publicity/")).text
    await opened(house, DRAW)
    assert (await publish(house, publication_id)).status_code == 200
    [(_, said)] = await house.said("publicity.result_published")
    assert json.loads(said)["publication_id"] == publication_id


@pytest.mark.article(3, 5)
async def test_a_common_visit_waits_for_the_seal_of_every_task_that_it_serves(house: House) -> None:
    await committed(house, DRAW)
    await committed(house, OTHER, seal=True)
    further = {
        "draw_id": OTHER, "task_id": OTHER[:-2], "task_name": "社会保险抽查", "plan_id": "41031120260002",
        "plan_name": "另一计划", "directed": False, "item_codes": ["HRSS-002"], "trigger_ids": [],
    }  # fmt: skip
    publication_id = await hear(house, completed(draw_id=DRAW, item_codes=["HRSS-001"], further_tasks=[further]))
    refused = await publish(house, publication_id)
    assert refused.status_code == 409
    assert OTHER in refused.json()["detail"]
    assert DRAW not in refused.json()["detail"]
    await opened(house, OTHER)
    assert (await publish(house, publication_id)).status_code == 200


async def test_an_open_draws_result_does_not_wait(house: House) -> None:
    await committed(house, DRAW)
    assert (await publish(house, await hear(house, completed(draw_id=DRAW)))).status_code == 200
