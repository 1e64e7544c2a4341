"""How the tests knock at trigger: a registered platform that signs, orders, and subjects that registry tells of."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from libs.common import clock
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.registry.events.published import SubjectsChanged, SubjectState
from services.trigger.domain.signature import sign

WAGES = ["劳动和社会保障", "劳动关系", "拖欠工资"]
LUOLONG = "410311"


def subject(
    number: int, *, county: str = LUOLONG, industry: str = "I6520", name: str = "", version: int = 1
) -> SubjectState:
    """A subject as registry tells of it."""
    return SubjectState(
        uscc=f"91410300MA{number:08d}",
        version=version,
        name=name or f"洛阳市恒通{number:03d}号信息技术有限公司",
        kind="企业",
        enterprise_type="有限责任公司",
        legal_representative="某甲",
        registered_address="某路 1 号",
        registered_county=county,
        address="某路 1 号",
        county=county,
        industry=industry,
        scale="小",
        headcount=20,
        insured_headcount=18,
        live=True,
        credit_class="B",
        integrity_grade="",
        whitelisted=False,
        last_inspected_on=None,
        inspections_this_year=0,
    )


def order(order_id: str, *, about: SubjectState | None = None, days_ago: float = 1, **more: Any) -> dict[str, Any]:
    """A work order about wages."""
    return {
        "order_id": order_id,
        "channel": "市民热线",
        "accepted_at": (clock.now() - timedelta(days=days_ago)).isoformat(),
        "kind": "投诉举报",
        "categories": WAGES,
        "content": "拖欠三个月工资",
        "county": LUOLONG,
        "employer_name": about.name if about else "",
        "employer_uscc": "",
        "reporter": {"name": "来电人甲", "phone": "00012345678"},
    } | more


def message(kind: str, message_id: str, *, days: float = 0.5, **more: Any) -> dict[str, Any]:
    """What a platform says of an order."""
    at = (clock.now() - timedelta(days=days)).isoformat()
    return {"message_id": message_id, "kind": kind, "at": at} | more


@dataclass
class Platform:
    """A registered platform with its keys."""

    house: House
    keys: list[str]
    code: str = "ly-12345"
    answers: list[dict[str, Any]] = field(default_factory=list)

    async def send(
        self, body: dict[str, Any] | bytes, *, key: str = "", code: str = "", nonce: str = "", at: float = 0,
        door: str = "orders",
    ) -> httpx.Response:  # fmt: skip
        """Sign and send an order, or what else has a door; everything about the signature can be bent."""
        return await self._post(f"/trigger/api/v1/platforms/{code or self.code}/{door}", body, key, nonce, at)

    async def say(self, order_id: str, body: dict[str, Any] | bytes, *, key: str = "") -> httpx.Response:
        """Sign and send a message on an order."""
        return await self._post(f"/trigger/api/v1/platforms/{self.code}/orders/{order_id}/messages", body, key, "", 0)

    async def _post(self, target: str, body: dict[str, Any] | bytes, key: str, nonce: str, at: float) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        timestamp, nonce = str(int(at or time.time())), nonce or uuid4().hex
        headers = {
            "x-sunlot-timestamp": timestamp,
            "x-sunlot-nonce": nonce,
            "x-sunlot-signature": sign(key or self.keys[0], "POST", target, timestamp, nonce, content),
        }
        async with self.house.client() as client:
            return await client.post(target, content=content, headers=headers)


async def register(
    house: House, *, callback: str = "http://127.0.0.1:9/answers", kinds: Sequence[str] = ("投诉举报",)
) -> Platform:
    """Register the platform as an administrator does."""
    async with house.client(actor(Role.ADMIN)) as client:
        answer = await client.post(
            "/trigger/api/v1/platforms",
            json={"code": "ly-12345", "name": "洛阳市 12345 热线", "kinds": list(kinds), "callback_url": callback},
        )
    assert answer.status_code == 201, answer.text
    return Platform(house, answer.json()["keys"])


async def tell_subjects(house: House, *states: SubjectState) -> None:
    """Registry tells of subjects of one county."""
    county = states[0].county
    await house.hear(SubjectsChanged(subjects=list(states)), aggregate=f"subjects/{county}", county=county)


def days_ago(days: float) -> datetime:
    """A moment in the past."""
    return clock.now() - timedelta(days=days)
