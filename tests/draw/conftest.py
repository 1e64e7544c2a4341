"""A small city for the draw: firms, officers, items and units, heard as registry says them."""

import base64
import hashlib
import json
import secrets
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from libs.common import merkle
from libs.common.canonical import canonical, sha256_hex
from libs.common.clock import now
from libs.common.http.auth import Actor, Role
from libs.common.testing.doors import House, actor
from services.draw.app import SERVICE
from services.draw.loops import commit_one, draw_one, freeze_one
from services.draw.settings import DrawSettings
from services.publicity.events.published import EntryLogged
from services.registry.events.published import (
    ItemsPublished,
    ItemState,
    OfficersChanged,
    OfficerState,
    SubjectsChanged,
    SubjectState,
    UnitsChanged,
    UnitState,
)
from services.trigger.events.published import Condition, TriggerFired
from tests.conftest import MakeHouse

COUNTY = "410311"
LEAD = actor(Role.LEAD, account="lead-1")
OTHER_LEAD = actor(Role.LEAD, account="lead-2")
SECTION = actor(Role.SECTION, account="section-1")


def subject(number: int, **changes: Any) -> SubjectState:
    """Firm `number` of the small city: class by number, all in manufacturing."""
    values: dict[str, Any] = {
        "uscc": f"91410311MA{number:08d}",
        "version": 1,
        "name": f"洛阳测试{number}号有限公司",
        "kind": "企业",
        "enterprise_type": "有限责任公司",
        "legal_representative": "张测试",
        "registered_address": "洛阳市",
        "registered_county": COUNTY,
        "address": "洛阳市洛龙区开元大道1号",
        "county": COUNTY,
        "industry": "C3011",
        "scale": "小",
        "headcount": 30,
        "insured_headcount": 28,
        "live": True,
        "credit_class": "ABCDU"[number % 5],
        "integrity_grade": "",
        "whitelisted": False,
        "last_inspected_on": None,
        "inspections_this_year": 0,
    }
    return SubjectState(**(values | changes))


def officer(number: int, **changes: Any) -> OfficerState:
    """Officer `number`, allowed for everything."""
    values: dict[str, Any] = {
        "officer_id": f"Z{number:03d}",
        "version": 1,
        "name": f"测试员{number}",
        "unit_id": "U-410311",
        "county": COUNTY,
        "certificate_number": f"豫A{number:04d}",
        "certificate_valid_to": date(2030, 1, 1),
        "staff_kind": "执法人员",
        "on_duty": True,
        "items_allowed": [],
        "recusals": [],
    }
    return OfficerState(**(values | changes))


def item() -> ItemState:
    """The one item on the list."""
    return ItemState(
        code="HRSS-001",
        version=1,
        category="工资支付和最低工资标准",
        name="是否足额支付劳动报酬",
        subject_kinds="企业",
        level="一般",
        methods=["1"],
        authority="县级以上",
        legal_basis="劳动合同法第85条",
        section="监察科",
        check_points=[],
        valid_from=date(2020, 1, 1),
        valid_to=None,
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def fired(**changes: Any) -> TriggerFired:
    """A trigger on the city's manufacturers."""
    values: dict[str, Any] = {
        "trigger_id": "018f0000-0000-7000-8000-000000000001",
        "rule_id": "wages",
        "rule_version": 1,
        "rule_name": "欠薪投诉聚集",
        "article": "细则第二条",
        "source": "投诉举报",
        "county": COUNTY,
        "reason": "30 天内洛龙区制造业欠薪投诉 3 件。",
        "signal_count": 3,
        "counts": {"signals": 3},
        "mode": "directed_draw",
        "filter": [Condition(col="county", within=[COUNTY]), Condition(col="industry", prefix=["C"])],
        "item_categories": ["工资支付和最低工资标准"],
        "urgent": False,
        "finish_by": date(2027, 1, 31),
    }
    return TriggerFired(**(values | changes))


class City:
    """The draw service with its data, and the log's answer on demand."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.secrets: dict[str, str] = {}

    async def post(self, who: Actor, address: str, body: dict[str, Any] | None = None, *, expect: int = 0) -> Any:
        """POST below the API; without `expect` anything but success fails the test."""
        async with self.house.client(who) as client:
            answer = await client.post(f"/draw/api/v1{address}", json=body or {})
        assert answer.status_code == expect if expect else answer.is_success, answer.text
        return answer.json()

    async def get(self, address: str, who: Actor | None = None) -> httpx.Response:
        """GET as somebody, or as the public."""
        async with self.house.client(who) as client:
            return await client.get(address)

    async def plan(self) -> str:
        """The plan that the trigger proposes."""
        await self.house.hear(fired(), aggregate="trigger/1", county=COUNTY)
        plans: list[dict[str, str]] = (await self.get("/draw/api/v1/plans", LEAD)).json()["rows"]
        return plans[0]["plan_id"]

    async def freeze(self, task_id: str, reason: str = "") -> str:
        """Ask for a pool and do what the loop does."""
        draw_id: str = (await self.post(LEAD, f"/tasks/{task_id}/freeze", {"reason": reason}))["draw_id"]
        assert await freeze_one(self.settings, self.house.database) == draw_id
        return draw_id

    async def commit(self, draw_id: str) -> None:
        """Ask for the commitment and do what the loop does."""
        await self.post(LEAD, f"/draws/{draw_id}/commit")
        assert await commit_one(self.settings, self.house.database) == draw_id

    @property
    def settings(self) -> DrawSettings:
        """The settings, as draw's own."""
        assert isinstance(self.house.settings, DrawSettings)
        return self.house.settings

    async def frozen(self) -> str:
        """A draw with a frozen pool."""
        plan_id = await self.plan()
        task_id = (await self.post(LEAD, f"/plans/{plan_id}/approve"))["task_id"]
        return await self.freeze(task_id)

    async def promised(self) -> str:
        """A draw to which both parties have promised."""
        draw_id = await self.frozen()
        await self.promise(draw_id)
        return draw_id

    async def promise(self, draw_id: str) -> None:
        """Both parties promise."""
        for who, party in ((LEAD, "lead"), (SECTION, "section")):
            secret = secrets.token_bytes(32)
            self.secrets[party] = secret.hex()
            commit = hashlib.sha256(f"sunlot-draw/1 party {party} ".encode() + secret).hexdigest()
            await self.post(who, f"/draws/{draw_id}/promises", {"commit": commit})

    async def committed(self) -> str:
        """A draw whose commitment waits for the log."""
        draw_id = await self.promised()
        await self.commit(draw_id)
        return draw_id

    async def log_receipt(self, draw_id: str, **changes: Any) -> None:
        """The log's answer for the commitment."""
        [(_, payload)] = [
            said for said in await self.house.said("draw.draw_committed") if json.loads(said[1])["draw_id"] == draw_id
        ]
        said: dict[str, Any] = json.loads(payload)
        at = json.loads(said["commit"])["pool"]["as_of"]  # the log's clock is the service's
        entry = canonical({"type": "sunlot-log/1", "kind": "draw-commit", "reference": draw_id, "at": at, "data": said})
        leaf = merkle.leaf_hash(entry)
        values: dict[str, Any] = {
            "index": 0,
            "kind": "draw-commit",
            "reference": draw_id,
            "entry_sha256": sha256_hex(entry),
            "leaf_hash": leaf.hex(),
            "tree_size": 1,
            "root_hash": leaf.hex(),
            "checkpoint": f"sunlot.test/log\n1\n{base64.b64encode(leaf).decode()}\n\n— sunlot.test/log AAAA\n",
            "inclusion": [],
            "entry": entry.decode(),
            "logged_at": now(),
        }
        await self.house.hear(EntryLogged(**(values | changes)), aggregate=f"log/{secrets.token_hex(4)}")

    async def seeded(self) -> str:
        """A draw whose seed is fixed."""
        draw_id = await self.committed()
        await self.fix_seed(draw_id)
        return draw_id

    async def fix_seed(self, draw_id: str) -> None:
        """The log answers, both parties reveal, the dice are thrown."""
        await self.log_receipt(draw_id)
        await self.post(LEAD, f"/draws/{draw_id}/reveals", {"reveal": self.secrets["lead"]})
        await self.post(SECTION, f"/draws/{draw_id}/reveals", {"reveal": self.secrets["section"]})
        await self.post(LEAD, f"/draws/{draw_id}/dice", {"digits": "314159"})
        await self.post(SECTION, f"/draws/{draw_id}/dice/confirm", {"digits": "314159"})

    async def finish(self) -> str | None:
        """What the loop does once."""
        return await draw_one(self.settings, self.house.database)

    async def drawn(self) -> str:
        """A finished draw."""
        draw_id = await self.seeded()
        assert await self.finish() == draw_id
        return draw_id


async def settle(house: House, firms: int = 300) -> None:
    """Tell a house of `firms` firms, 12 officers, one item, one unit."""
    hear = house.hear
    states = [subject(number) for number in range(firms)]
    await hear(SubjectsChanged(subjects=states), aggregate=f"subjects/{COUNTY}", county=COUNTY)
    await hear(
        OfficersChanged(officers=[officer(number) for number in range(12)]),
        aggregate=f"officers/{COUNTY}",
        county=COUNTY,
    )
    await hear(ItemsPublished(items=[item()]), aggregate="items/1")
    unit = UnitState(unit_id="U-410311", version=1, name="洛龙区人社局", county=COUNTY, kind="县区单位")
    await hear(UnitsChanged(units=[unit]), aggregate="units")


@pytest.fixture
async def city(make_house: MakeHouse) -> City:
    """A small city: 300 firms, 12 officers, one item, one unit."""
    house = await make_house(SERVICE)
    await settle(house)
    return City(house)
