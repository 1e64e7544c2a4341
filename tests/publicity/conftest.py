"""Publicity on its own database, with a log key of the tests, and inspections to hear of."""

from datetime import date
from typing import Any

import pytest

from libs.common.http.auth import Actor, Role
from libs.common.testing.doors import House, actor
from services.inspection.events.published import InspectionCompleted
from services.publicity.app import SERVICE
from services.publicity.domain.note import Signer
from services.publicity.domain.publication import publication_id_of
from tests.conftest import MakeHouse

COUNTY, UNIT = "410311", "unit-410311"
LOG = Signer.from_seed("sunlot/log", bytes(range(32)))


@pytest.fixture
async def house(make_house: MakeHouse) -> House:
    """The service, with a platform to mirror to that nobody calls unless the test does."""
    house = await make_house(SERVICE)
    house.settings = house.settings.model_copy(update={"mirror_url": "http://127.0.0.1:1"})
    return house


def completed(case: str = "410311202611220001-0001", **more: Any) -> InspectionCompleted:
    """A completed inspection of a firm without findings."""
    return InspectionCompleted.model_validate(
        {
            "case_id": case,
            "draw_id": "410311202611220001-1",
            "task_id": "410311202611220001",
            "task_name": "工资支付定向抽查",
            "plan_id": "41031120260001",
            "plan_name": "2026年触发式抽查计划",
            "directed": True,
            "county": COUNTY,
            "unit_id": UNIT,
            "unit_name": "洛龙区人力资源和社会保障局",
            "uscc": "91110875000022L9J2",
            "subject_name": "洛阳示例软件有限公司",
            "subject_kind": "企业",
            "trigger_ids": ["trigger-1"],
            "methods": ["1"],
            "started_on": date(2026, 11, 20),
            "ended_on": date(2026, 11, 20),
            "subject_result": "1",
            "item_results": [
                {"item_code": "HRSS-001", "item_name": "工资支付情况", "result": "合格"},
                {"item_code": "HRSS-002", "item_name": "劳动合同签订情况", "result": "合格"},
            ],
            "non_cooperation": [],
            "officers": [
                {"officer_id": "A001", "name": "甲某某", "certificate_number": "16030001"},
                {"officer_id": "A002", "name": "乙某某", "certificate_number": "16030002"},
            ],
            "recorded_by": "officer-1",
            "follow_up": "none",
            "record_sha256": "0" * 64,
            **more,
        }
    )


async def hear(house: House, event: InspectionCompleted) -> str:
    """Let publicity hear of an inspection; return the publication's id."""
    await house.hear(event, aggregate=f"case/{event.case_id}", county=event.county)
    return publication_id_of(event.case_id)


def unit(account: str = "unit-reviewer", county: str = COUNTY, unit_id: str = UNIT) -> Actor:
    """Somebody of the inspecting unit."""
    return actor(Role.UNIT, county, account=account, unit_id=unit_id)


@pytest.fixture
async def published(house: House) -> str:
    """One publication that is public."""
    publication_id = await hear(house, completed())
    async with house.client(unit()) as client:
        answer = await client.post(f"/publicity/api/v1/publications/{publication_id}/publish", json={})
        assert answer.status_code == 200, answer.text
    return publication_id
