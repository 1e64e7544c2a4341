"""Platforms for administrators: what was agreed, and keys that are shown once."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from libs.common.clock import now
from libs.common.errors import NotFound
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from services.trigger.domain.signal import ACCEPT_WITHIN, BURST, RATE
from services.trigger.store import platform_changes, platforms
from services.trigger.usecases.manage_platforms import (
    RegisterPlatform,
    change_platform,
    register_platform,
    rotate_key,
)

router = APIRouter(prefix="/trigger/api/v1/platforms", tags=["平台管理"])

Admin = Annotated[Actor, allow(Role.ADMIN)]
Viewer = Annotated[Actor, allow(Role.ADMIN, Role.LEAD, Role.AUDITOR)]


class Agreement(BaseModel):
    """与平台的约定。"""

    name: Annotated[str, Field(description="平台名称")]
    source: Annotated[str, Field(description="触发来源（细则第二条、第四条）")] = "投诉举报"
    kinds: Annotated[list[str], Field(description="约定接收的工单类型")] = ["投诉举报"]
    callback_url: Annotated[str, Field(max_length=500, description="回推答复的地址；只用 Open311 的平台可留空")] = ""
    sla_days: Annotated[int, Field(description="受理期限（工作日）")] = ACCEPT_WITHIN
    open311: Annotated[bool, Field(description="是否允许以 Open311 接入")] = False
    rate: Annotated[int, Field(description="每秒请求数上限，超过的以 429 拒绝")] = RATE
    burst: Annotated[int, Field(description="可以连续发送的请求数")] = BURST

    def command(self, code: str) -> RegisterPlatform:
        """The agreement as the use case takes it."""
        return RegisterPlatform(code, **self.model_dump())


class NewPlatform(Agreement):
    """新平台。"""

    code: Annotated[str, Field(description="平台编号，如 ly-12345")]


class Keys(BaseModel):
    """密钥，仅此一次显示，请立即交给平台妥善保管。"""

    code: str
    keys: list[str]


@router.get("")
async def list_platforms(database: Db, _actor: Viewer) -> list[dict[str, Any]]:
    """已登记的平台及其密钥的状态（不含密钥）。"""
    async with database.transaction() as tx:
        return [
            {
                "code": one.code,
                "name": one.name,
                "source": one.source,
                "kinds": one.kinds,
                "callback_url": one.callback_url,
                "sla_days": one.sla_days,
                "open311": one.open311,
                "rate": one.rate,
                "burst": one.burst,
                "keys": [
                    {"number": key.number, "created_at": key.created_at, "revoked_at": key.revoked_at}
                    for key in await platforms.keys(tx, one.code, revoked=True)
                ],
            }
            for one in await platforms.every(tx)
        ]


@router.post("", status_code=201)
async def register(new: NewPlatform, request: Request, database: Db, actor: Admin) -> Keys:
    """登记平台，返回两个同时有效的密钥。"""
    command = RegisterPlatform(**new.model_dump())
    async with database.transaction() as tx:
        return Keys(code=new.code, keys=await register_platform(tx, command, request.app.state.vault, actor, now()))


@router.put("/{code}", status_code=204)
async def change(code: str, agreement: Agreement, database: Db, actor: Admin) -> None:
    """修改约定；编号和触发来源不变。"""
    async with database.transaction() as tx:
        await change_platform(tx, agreement.command(code), actor, now())


@router.get("/{code}/changes")
async def list_changes(code: str, database: Db, _actor: Viewer) -> list[dict[str, Any]]:
    """约定的历次修改，新的在前：改了哪些、改前、改后、何时、何人。"""
    async with database.transaction() as tx:
        if await platforms.load(tx, code) is None:
            raise NotFound
        return [dict(row) for row in await platform_changes.of_platform(tx, code)]


@router.post("/{code}/keys", status_code=201)
async def rotate(code: str, request: Request, database: Db, actor: Admin) -> Keys:
    """换发密钥：返回新密钥，原有密钥只保留最近一个。"""
    async with database.transaction() as tx:
        return Keys(code=code, keys=[await rotate_key(tx, code, request.app.state.vault, actor, now())])
