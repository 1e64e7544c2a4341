"""Files as platforms export them, and a clerk who hands them in."""

import asyncio
import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import xlsxwriter

from libs.common import clock
from libs.common.http.auth import Actor, Role
from libs.common.testing.doors import House, actor
from services.trigger.loops.uploads import take_next
from services.trigger.store.vault import Vault

HEADERS = (
    "工单编号",
    "受理时间",
    "工单类型",
    "一级分类",
    "二级分类",
    "诉求内容",
    "所属区县",
    "被反映单位",
    "统一社会信用代码",
    "诉求人",
    "联系电话",
)
LEAD = actor(Role.LEAD)


def row(number: int, **cells: Any) -> list[Any]:
    """A row of an export; cells by header."""
    day = clock.now().astimezone(clock.CHINA) - timedelta(days=1)
    told = {
        "工单编号": f"GD-{number:05d}", "受理时间": f"{day:%Y-%m-%d %H:%M:%S}", "工单类型": "投诉举报",
        "一级分类": "劳动和社会保障", "二级分类": "拖欠工资", "诉求内容": f"第{number}件拖欠工资", "所属区县": "洛龙区",
        "被反映单位": f"未建档{number}号有限公司", "统一社会信用代码": "", "诉求人": "王某某",
        "联系电话": "13800001111",
    } | cells  # fmt: skip
    return [told[header] for header in HEADERS]


def csv(*rows: Sequence[Any], headers: Sequence[str] = HEADERS, encoding: str = "utf-8") -> bytes:
    """The rows as a CSV file."""
    return "\n".join(",".join(str(cell) for cell in line) for line in (headers, *rows)).encode(encoding)


def xlsx(*rows: Sequence[Any], headers: Sequence[str] = HEADERS) -> bytes:
    """The rows as a workbook, numbers as numbers."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for place, line in enumerate((headers, *rows)):
            sheet.write_row(place, 0, line)
    return file.getvalue()


async def hand_in(
    client: httpx.AsyncClient,
    content: bytes,
    *,
    kind: str = "complaint",
    platform: str = "ly-12345",
    name: str = "a.xlsx",
) -> httpx.Response:
    """Upload a file by the API."""
    return await client.post(
        "/trigger/api/v1/uploads", data={"kind": kind, "platform": platform}, files={"file": (name, content)}
    )


async def taken(house: House, upload: str, who: Actor = LEAD) -> dict[str, Any]:
    """Confirm and let the loop take the file in; how it ended."""
    async with house.client(who) as client:
        answer = await client.post(f"/trigger/api/v1/uploads/{upload}/confirm")
        assert answer.status_code == 200, answer.text
        assert await take_next(house.database, vault_of(house), asyncio.Event())
        told: dict[str, Any] = (await client.get(f"/trigger/api/v1/uploads/{upload}")).json()
    return told


def vault_of(house: House) -> Vault:
    """The vault of the house."""
    settings: Any = house.settings
    return Vault.from_setting(settings.field_keys)
