import asyncio
import json
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from libs.common import clock
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.inspection.events.published import FollowUpClosed
from services.publicity.store.mirror import records_of
from services.publicity.store.publications import load_publication
from services.publicity.store.tables import metadata, publications
from services.publicity.usecases.recompute_deadlines import recompute_deadlines
from tests.publicity.api.test_public_log import verify_everything
from tests.publicity.conftest import completed, hear, unit

API = "/publicity/api/v1/publications"


async def post(house: House, path: str, who: Any = None, **body: Any) -> httpx.Response:
    async with house.client(who or unit()) as client:
        return await client.post(f"{API}/{path}", json=body)


@pytest.mark.article(14)
async def test_an_inspection_is_due_twenty_working_days_after_it_ended(house: House) -> None:
    publication_id = await hear(house, completed(started_on="2025-01-20", ended_on="2025-01-20"))
    async with house.client(unit()) as client:
        shown = (await client.get(f"{API}/{publication_id}")).json()
    assert (shown["due"], shown["due_provisional"], shown["overdue"]) == ("2025-02-21", False, True)


async def test_hearing_of_the_same_case_twice_asks_for_one_publication(house: House) -> None:
    await hear(house, completed())
    await house.hear(completed(), aggregate="case/sent-again")
    async with house.client(unit()) as client:
        assert (await client.get(API)).json()["total"] == 1


@pytest.mark.article(7, 14)
async def test_publishing_logs_announces_and_mirrors_under_one_correlation(house: House) -> None:
    publication_id = await hear(house, completed())
    answer = await post(house, f"{publication_id}/publish")
    assert answer.json()["state"] == "published"
    ((envelope, payload),) = await house.said("publicity.result_published")
    said = json.loads(payload)
    assert (said["case_id"], said["in_time"], said["trigger_ids"]) == ("410311202611220001-0001", True, ["trigger-1"])
    assert envelope.aggregate_id == f"publication/{publication_id}"
    async with house.database.transaction() as tx:
        publication = await load_publication(tx, publication_id)
        (record,) = await records_of(tx, publication_id)
    assert envelope.correlation_id == publication.correlation_id
    assert (record["operation"], record["channel"], record["state"]) == ("i", "http", "queued")
    async with house.client() as client:
        await verify_everything(client)


@pytest.mark.article(14)
async def test_a_late_publication_is_marked_late_for_ever(house: House) -> None:
    publication_id = await hear(house, completed(started_on="2026-01-05", ended_on="2026-01-05"))
    assert (await post(house, f"{publication_id}/publish")).json()["in_time"] is False


@pytest.mark.article(7)
@pytest.mark.parametrize(
    ("who", "status"),
    [
        (unit("officer-1"), 403),  # entered it
        (unit(unit_id="another-unit"), 403),
        (actor(Role.OFFICER, "410311"), 403),
        (actor(Role.SECTION), 403),
        (actor(Role.AUDITOR), 403),
        (actor(Role.LEAD), 200),
        (unit(), 200),
    ],
)
async def test_only_another_of_the_inspecting_unit_or_the_lead_publishes(house: House, who: Any, status: int) -> None:
    publication_id = await hear(house, completed())
    assert (await post(house, f"{publication_id}/publish", who)).status_code == status


async def test_two_clicks_at_once_publish_once(house: House) -> None:
    publication_id = await hear(house, completed())
    answers = await asyncio.gather(*(post(house, f"{publication_id}/publish", unit(f"unit-{n}")) for n in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await house.said("publicity.result_published")) == 1
    assert len(await house.said("publicity.entry_logged")) == 1


async def test_many_publications_at_once_leave_a_dense_log(house: House) -> None:
    ids = [await hear(house, completed(f"410311202611220001-{n:04}")) for n in range(8)]
    await asyncio.gather(*(post(house, f"{publication_id}/publish") for publication_id in ids))
    async with house.client() as client:
        assert (await verify_everything(client))[0] == 8


async def test_results_that_contradict_are_not_published(house: House) -> None:
    items = [{"item_code": "HRSS-001", "item_name": "工资支付情况", "result": "不合格"}]
    publication_id = await hear(house, completed(item_results=items))
    answer = await post(house, f"{publication_id}/publish")
    assert answer.status_code == 422
    assert "工资支付情况" in answer.text


@pytest.mark.article(16)
async def test_a_correction_needs_two_and_leaves_the_old_text_visible(house: House, published: str) -> None:
    body = {"reason": "企业名称录入有误", "subject_name": "洛阳示范软件有限公司"}
    assert (await post(house, f"{published}/corrections", **body)).json()["number"] == 1
    assert (await post(house, f"{published}/corrections", **body)).status_code == 409  # one waits already
    assert (await post(house, f"{published}/corrections/1/confirm")).status_code == 403  # its author
    answers = await asyncio.gather(
        *(post(house, f"{published}/corrections/1/confirm", unit("unit-second")) for _ in range(3))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].json()["state"] == "corrected"
    async with house.client() as client:
        page = (await client.get(f"/public/results/{published}")).text
        assert "<del>例</del>" in page
        assert "<ins>范</ins>" in page
        twin = (await client.get(f"/public/results/{published}.json")).json()
        assert twin["corrections"][0]["before"]["subject_name"] == "洛阳示例软件有限公司"
        assert twin["corrections"][0]["log_index"] == 1
        await verify_everything(client)
    assert len(await house.said("publicity.result_corrected")) == 1
    async with house.database.transaction() as tx:
        assert [row["operation"] for row in await records_of(tx, published)] == ["i", "u"]


@pytest.mark.article(16)
async def test_a_rejected_correction_changes_nothing_public(house: House, published: str) -> None:
    await post(house, f"{published}/corrections", reason="误报", subject_result="E")
    assert (await post(house, f"{published}/corrections/1/reject", unit("unit-second"))).status_code == 200
    async with house.client() as client:
        twin = (await client.get(f"/public/results/{published}.json")).json()
    assert (twin["subject_result"], twin["corrections"]) == ("1", [])
    assert (await post(house, f"{published}/corrections/1/confirm", unit("unit-second"))).status_code == 409


@pytest.mark.article(16)
async def test_what_is_not_public_is_returned_and_not_corrected(house: House) -> None:
    publication_id = await hear(house, completed())
    answer = await post(house, f"{publication_id}/corrections", reason="改", subject_result="E")
    assert answer.status_code == 409
    assert "退回录入" in answer.json()["detail"]


@pytest.mark.article(16)
@pytest.mark.parametrize("table", ["publication_history", "corrections", "correction_decisions", "mirror_records"])
async def test_the_database_refuses_to_rewrite_what_was_decided(house: House, published: str, table: str) -> None:
    await post(house, f"{published}/corrections", reason="误报", subject_result="E")
    await post(house, f"{published}/corrections/1/reject", unit("unit-second"))
    rows = metadata.tables[table]
    for statement in (rows.update().values(publication_id="x"), rows.delete()):
        with pytest.raises(DBAPIError, match="append-only"):
            async with house.database.transaction() as tx:
                await tx.execute(statement)


@pytest.mark.article(15)
async def test_the_end_of_a_follow_up_is_shown_without_how_it_ended(house: House, published: str) -> None:
    case = "410311202611220001-0001"
    closed = FollowUpClosed(case_id=case, county="410311", closed_on=date(2026, 12, 1), outcome="张三已补发工资")
    await house.hear(closed, aggregate=f"case/{case}", county="410311")
    async with house.client() as client:
        page = (await client.get(f"/public/results/{published}")).text
    assert "2026年12月1日" in page
    assert "张三" not in page


@pytest.mark.article(14)
async def test_a_provisional_deadline_is_counted_again_when_its_calendar_has_come(house: House) -> None:
    publication_id = await hear(house, completed())
    wrong = {"due": date(2026, 12, 1), "due_provisional": True}
    async with house.database.transaction() as tx:
        await tx.execute(update(publications).values(**wrong))
    async with house.database.transaction() as tx:
        assert await recompute_deadlines(tx, clock.now()) == 1
        assert await recompute_deadlines(tx, clock.now()) == 0
        deadline = (await load_publication(tx, publication_id)).deadline
    assert (deadline.due, deadline.provisional) == (date(2026, 12, 18), False)


async def test_the_list_for_programs_filters_by_state_and_county(house: House, published: str) -> None:
    waiting = await hear(house, completed("410311202611220001-0002"))
    async with house.client(actor(Role.LEAD)) as client:
        listed = (await client.get(API, params={"state": "awaiting"})).json()
        assert [row["publication_id"] for row in listed["publications"]] == [waiting]
        assert (await client.get(API, params={"county": "410302"})).json()["total"] == 0
        assert (await client.get(API, params={"state": "nonsense"})).status_code == 422
    assert published != waiting
