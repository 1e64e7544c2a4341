"""The mirror against the reference stand-in, with everything that can go wrong in between."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import RowMapping, update

from deploy.standins.national import National, create_app
from libs.common import clock
from libs.common.canonical import sha256_hex
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.publicity.domain.mirror import LEASE
from services.publicity.loops.mirror import push_due
from services.publicity.loops.platform import Platform
from services.publicity.settings import PublicitySettings
from services.publicity.store.mirror import claim_due, receipts_of, records_of
from services.publicity.store.tables import mirror_deliveries
from tests.publicity.api.test_public_log import verify_everything
from tests.publicity.conftest import completed, hear, unit

PUBLIC_BODY = "113703000041887842"


@pytest.fixture
def national() -> National:
    """A platform that accepts what is not contradictory."""
    return National(polls=1, refused_below=0, pending_below=0)


@pytest.fixture
async def platform(national: National) -> AsyncIterator[Platform]:
    transport = httpx.ASGITransport(create_app(national))
    async with httpx.AsyncClient(transport=transport) as client:
        yield Platform(client, "http://national.test")


async def push(house: House, platform: Platform) -> int:
    """One round of the loop, everything due."""
    assert isinstance(house.settings, PublicitySettings)
    async with house.database.transaction() as tx:
        await tx.execute(update(mirror_deliveries).values(next_attempt_at=clock.now()))
    return await push_due(house.settings, house.database, platform)


async def records(house: House, publication_id: str) -> list[RowMapping]:
    async with house.database.transaction() as tx:
        return list(await records_of(tx, publication_id))


async def test_what_was_sent_is_kept_byte_for_byte_and_its_receipt_is_logged(
    house: House, published: str, national: National, platform: Platform
) -> None:
    assert await push(house, platform) == 1
    (row,) = await records(house, published)
    sent = national.records[row["record_id"]].body
    assert bytes(row["payload"]) == sent
    assert row["payload_sha256"] == sha256_hex(sent)
    assert row["state"] == "accepted"
    said = json.loads((await house.said("publicity.mirror_receipted"))[0][1])
    assert (said["status"], said["publication_id"]) == ("accepted", published)
    async with house.client() as client:
        entry = (await client.get("/public/log/entries/1.json")).json()["document"]
        assert (entry["kind"], entry["data"]["payload_sha256"]) == ("mirror-receipt", row["payload_sha256"])
        await verify_everything(client)
    assert await push(house, platform) == 0


@pytest.mark.article(7)
async def test_the_record_has_the_fields_of_the_national_system(
    house: House, published: str, national: National, platform: Platform
) -> None:
    await push(house, platform)
    ((_, kept),) = national.records.items()
    document: dict[str, Any] = json.loads(kept.body)
    assert set(document["record"]) == {
        "raninsPlanId", "raninsPlaneName", "raninsTaskId", "raninsTaskName", "raninsTypeName", "insAuth", "insDate",
        "pripId", "details",
    }  # fmt: skip
    assert set(document["upload"]) == {"名称", "统一代码", "检查实施机关", "抽查检查类型", "日期", "结果"}
    assert [detail["seqno"] for detail in document["record"]["details"]] == [1, 2]
    assert "trigger" not in kept.body.decode()


async def test_killed_between_sending_and_saving_it_is_sent_again_as_the_same_record(
    house: House, published: str, national: National, platform: Platform
) -> None:
    now = clock.now()
    async with house.database.transaction() as tx:
        (row,) = await claim_due(tx, now, now + LEASE, 20)
    await platform.push(bytes(row["payload"]))  # sent, and then the worker is gone
    async with house.database.transaction() as tx:
        assert await claim_due(tx, clock.now(), clock.now() + LEASE, 20) == []  # the lease holds others off
        later = now + LEASE + timedelta(seconds=1)
        assert len(await claim_due(tx, later, later, 20)) == 1
    await push(house, platform)
    assert national.records[row["record_id"]].posts == 2
    assert len(national.records) == 1
    assert len(await house.said("publicity.mirror_receipted")) == 1
    async with house.database.transaction() as tx:
        assert len(await receipts_of(tx, published)) == 1


@pytest.mark.parametrize("mode", ["down", "lost_answer"])
async def test_a_platform_that_is_away_is_asked_again_later(
    house: House, published: str, national: National, platform: Platform, mode: str
) -> None:
    national.mode, national.times = mode, 2
    for attempts in (1, 2):
        await push(house, platform)
        (row,) = await records(house, published)
        assert (row["state"], row["attempts"]) == ("queued", attempts)
        assert row["next_attempt_at"] > clock.now()
    national.mode = "none"
    await push(house, platform)
    (row,) = await records(house, published)
    assert row["state"] == "accepted"
    assert len(national.records) == 1


async def test_a_pending_record_is_polled_until_it_is_decided(
    house: House, published: str, national: National, platform: Platform
) -> None:
    national.mode, national.times = "pending_all", 1
    await push(house, platform)
    assert (await records(house, published))[0]["state"] == "pending"
    await push(house, platform)
    assert (await records(house, published))[0]["state"] == "accepted"
    statuses = [json.loads(payload)["status"] for _, payload in await house.said("publicity.mirror_receipted")]
    assert statuses == ["pending", "accepted"]


async def test_a_refusal_says_what_to_do_and_can_be_sent_again(
    house: House, published: str, national: National, platform: Platform
) -> None:
    national.mode, national.times = "refuse_all", 1
    await push(house, platform)
    async with house.client(unit()) as client:
        page = (await client.get("/publicity/mirror?state=refused")).text
        assert "E305" in page
        assert "补登任务后重新报送" in page
        again = await client.post(f"/publicity/publications/{published}/resend", data={})
        assert again.status_code == 303
        twice = await client.post(f"/publicity/api/v1/publications/{published}/mirror/resend")
        assert twice.status_code == 409
    await push(house, platform)
    sent = await records(house, published)
    assert [(row["state"], row["operation"]) for row in sent] == [("refused", "i"), ("accepted", "i")]
    assert sent[0]["record_id"] != sent[1]["record_id"]


async def test_public_bodies_go_as_a_file_and_the_returned_file_is_read_back(
    house: House, national: National, platform: Platform
) -> None:
    publication_id = await hear(house, completed(uscc=PUBLIC_BODY, subject_kind="机关事业"))
    async with house.client(unit()) as client:
        await client.post(f"/publicity/api/v1/publications/{publication_id}/publish", json={})
    assert await push(house, platform) == 0
    (row,) = await records(house, publication_id)
    async with house.client(actor(Role.LEAD)) as client:
        package = (await client.post("/publicity/api/v1/mirror/packages")).json()
        assert (await client.post("/publicity/api/v1/mirror/packages")).status_code == 409
        exported = (await client.get(package["json_file"])).json()
        assert exported == [json.loads(bytes(row["payload"]))]
        sheet = (await client.get(package["xlsx_file"])).content
        cells = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()
        assert row["record_id"] in cells[1]
        wrong = f"记录编号,结果,错误代码,说明\n{row['record_id']},成功了,,\nunknown,记名成功,,\n".encode("gb18030")
        refused = await client.post("/publicity/api/v1/mirror/receipts", files={"file": ("回执.csv", wrong)})
        assert (refused.status_code, refused.json()["errors"][0]["row"]) == (422, 2)
        foreign = "记录编号,结果\nunknown,记名成功\n".encode()
        assert (await client.post("/publicity/mirror/receipts", files={"file": ("a.csv", foreign)})).status_code == 422
        good = f"记录编号,结果,错误代码,说明\n{row['record_id']},记名成功,,\n".encode("gb18030")
        taken = await client.post("/publicity/api/v1/mirror/receipts", files={"file": ("回执.csv", good)})
        assert taken.json() == {"taken": 1}
        repeated = await client.post("/publicity/api/v1/mirror/receipts", files={"file": ("回执.csv", good)})
        assert repeated.json() == {"taken": 0}
        assert (await client.get("/publicity/mirror")).status_code == 200
    assert (await records(house, publication_id))[0]["state"] == "accepted"
