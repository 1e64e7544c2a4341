"""What registry and draw have said before an inspection, and the people of one case."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from libs.common import clock
from libs.common.http.auth import Actor, Role
from libs.common.messaging.inbox import Outcome
from libs.common.testing.doors import House, actor
from services.draw.events.published import CaseDispatched, CaseOfficer, CaseSubject
from services.registry.events.published import (
    CheckPointState,
    ItemsPublished,
    ItemState,
    OfficersChanged,
    OfficerState,
    UnitsChanged,
    UnitState,
)

CASE = "410311202611220001-0001"
AT = f"/inspection/cases/{CASE}"
API = f"/inspection/api/v1/cases/{CASE}"
COUNTY = "410311"
WAGES, CONTRACTS = "0101", "0102"

LEADER = actor(Role.OFFICER, COUNTY, account="zhang", unit_id="u-311", officer_id="o-1")
SECOND = replace(actor(Role.OFFICER, COUNTY, account="li", unit_id="u-311", officer_id="o-2"), name="李四")
STRANGER = actor(Role.OFFICER, COUNTY, account="wang", unit_id="u-311", officer_id="o-9")
UNIT = actor(Role.UNIT, COUNTY, account="unit", unit_id="u-311")
OTHER_COUNTY = actor(Role.UNIT, "410322", account="unit-322", unit_id="u-322")
LEAD = actor(Role.LEAD)
AUDITOR = actor(Role.AUDITOR)

JPEG = b"\xff\xd8\xff\xe0" + b"photo" * 20


def item_state(code: str, **changes: Any) -> ItemState:
    """One published item."""
    values: dict[str, Any] = {
        "code": code,
        "version": 1,
        "category": "01 劳动用工",
        "name": {WAGES: "工资支付情况", CONTRACTS: "劳动合同签订情况"}.get(code, f"事项{code}"),
        "subject_kinds": "企业",
        "level": "重点",
        "methods": ["1", "2"],
        "authority": "县区",
        "legal_basis": "《保障农民工工资支付条例》第十一条",
        "section": "劳动监察科",
        "check_points": [
            CheckPointState(text="是否按月足额支付", method="工资表与银行流水逐人核对", materials=["工资支付表"])
        ],
        "valid_from": date(2022, 1, 1),
        "valid_to": None,
        "published_at": datetime(2022, 5, 1, tzinfo=UTC),
    }
    return ItemState(**values | changes)


def officer_state(officer_id: str, name: str, **changes: Any) -> OfficerState:
    """One officer of the roster."""
    values: dict[str, Any] = {
        "officer_id": officer_id,
        "version": 1,
        "name": name,
        "unit_id": "u-311",
        "county": COUNTY,
        "certificate_number": f"豫C{officer_id}",
        "certificate_valid_to": date(2030, 1, 1),
        "staff_kind": "执法人员",
        "on_duty": True,
        "items_allowed": [],
        "recusals": [],
    }
    return OfficerState(**values | changes)


def dispatched(**changes: Any) -> CaseDispatched:
    """A drawn subject handed to the unit of 洛龙区."""
    values: dict[str, Any] = {
        "case_id": CASE,
        "draw_id": "d-1",
        "task_id": "410311202611220001",
        "task_name": "劳务派遣单位专项抽查",
        "plan_id": "41030020261001",
        "plan_name": "2026年触发计划",
        "directed": True,
        "county": COUNTY,
        "unit_id": "u-311",
        "unit_name": "洛龙区人力资源和社会保障局",
        "subject": CaseSubject(
            uscc="91330000566997460T",
            name="洛龙区某某劳务派遣有限公司",
            kind="企业",
            address="洛阳市洛龙区开元大道1号",
            legal_representative="赵钱",
            industry="L7263",
            scale="小",
            headcount=42,
            insured_headcount=40,
            inspections_this_year=1,
        ),
        "officers": [
            CaseOfficer(officer_id="o-1", name="张三", certificate_number="豫Co-1"),
            CaseOfficer(officer_id="o-2", name="李四", certificate_number="豫Co-2"),
        ],
        "assignment": "random",
        "item_codes": [WAGES, CONTRACTS],
        "trigger_ids": ["t-1"],
        "source": "投诉举报",
        "urgent": False,
        "finish_by": clock.china_date(clock.now()) + timedelta(days=20),
        "dispatched_at": datetime(2026, 11, 20, 2, tzinfo=UTC),
    }
    return CaseDispatched(**values | changes)


@dataclass
class Story:
    """A house of inspection and short ways to knock at it."""

    house: House

    async def items(self, *items: ItemState) -> Outcome:
        """Registry publishes items."""
        event = ItemsPublished(items=list(items or (item_state(WAGES), item_state(CONTRACTS))))
        return await self.house.hear(event, aggregate="items/01")

    async def officers(self, *officers: OfficerState) -> Outcome:
        """Registry knows officers."""
        known = officers or (officer_state("o-1", "张三"), officer_state("o-2", "李四"))
        return await self.house.hear(OfficersChanged(officers=list(known)), aggregate=f"officers/{COUNTY}")

    async def dispatch(self, **changes: Any) -> Outcome:
        """Draw hands a case over."""
        event = dispatched(**changes)
        return await self.house.hear(event, aggregate=f"case/{event.case_id}", county=event.county)

    async def known(self, **changes: Any) -> "Story":
        """Everything is heard; the case waits for approval."""
        await self.items()
        await self.officers()
        await self.house.hear(
            UnitsChanged(
                units=[UnitState(unit_id="u-311", version=1, name="洛龙区人社局", county=COUNTY, kind="县区单位")]
            ),
            aggregate="units",
        )
        await self.dispatch(**changes)
        return self

    async def approved(self, **changes: Any) -> "Story":
        """The unit has approved."""
        await self.known(**changes)
        assert (await self.post(UNIT, f"{API}/approve", {})).status_code == 200
        return self

    async def started(self, **changes: Any) -> "Story":
        """Both officers have shown their certificates."""
        await self.approved(**changes)
        answer = await self.post(LEADER, f"{API}/start", {"certificates_shown": ["o-1", "o-2"]})
        assert answer.status_code == 200, answer.text
        return self

    async def filled(self, **parts: Any) -> "Story":
        """A whole record without a problem, each part replaceable by name."""
        await self.started()
        contents: dict[str, Any] = {
            "item1": {"result": "合格"},
            "item2": {"result": "合格"},
            "visit": {"methods": ["1", "2"], "ended_at": clock.now().isoformat()},
            "conclusion": {"subject_result": "1"},
            "signature": {"kind": "signed", "signer": "赵钱", "capacity": "法定代表人（负责人）"},
        } | parts
        paths = {"item1": f"items/{WAGES}", "item2": f"items/{CONTRACTS}"}
        for name, content in contents.items():
            answer = await self.put(LEADER, f"{API}/{paths.get(name, name)}", content)
            assert answer.status_code == 200, answer.text
        return self

    async def completed(self, **parts: Any) -> "Story":
        """The record is handed in."""
        await self.filled(**parts)
        answer = await self.post(LEADER, f"{API}/complete")
        assert answer.status_code == 200, answer.text
        return self

    async def get(self, who: Actor | None, address: str, **headers: str) -> httpx.Response:
        """GET as somebody."""
        async with self.house.client(who, **headers) as client:
            return await client.get(address)

    async def post(self, who: Actor, address: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """POST JSON as somebody."""
        async with self.house.client(who) as client:
            return await client.post(address, json=body)

    async def put(self, who: Actor, address: str, body: dict[str, Any]) -> httpx.Response:
        """PUT JSON as somebody."""
        async with self.house.client(who) as client:
            return await client.put(address, json=body)

    async def form(self, who: Actor, address: str, **fields: Any) -> httpx.Response:
        """POST a form as somebody."""
        async with self.house.client(who) as client:
            return await client.post(address, data={"csrf": who.csrf, **fields})

    async def upload(self, who: Actor, about: str, content: bytes = JPEG, name: str = "现场.jpg") -> httpx.Response:
        """Send a file as evidence."""
        async with self.house.client(who) as client:
            return await client.post(f"{API}/evidence", data={"about": about}, files={"file": (name, content)})

    async def missing(self) -> set[str]:
        """The fields that completing complains about."""
        answer = await self.post(LEADER, f"{API}/complete")
        assert answer.status_code == 422, answer.text
        return {error["field"] for error in answer.json()["errors"]}
