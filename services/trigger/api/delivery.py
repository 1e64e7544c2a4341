"""How answers get through, for programs; and the administrator's levers: pause, resume, test answer."""

import time
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from libs.common.clock import now
from libs.common.db import Database
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from services.trigger.domain.callback import read_networks
from services.trigger.store import delivery
from services.trigger.usecases.call_out import CallOut
from services.trigger.usecases.call_platform import Probed, probe, target_of
from services.trigger.usecases.pause_platform import pause_platform, resume_platform

router = APIRouter(prefix="/trigger/api/v1", tags=["答复回推"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Admin = Annotated[Actor, allow(Role.ADMIN)]


class Pause(BaseModel):
    """暂停回推。"""

    reason: Annotated[str, Field(max_length=200, description="原因，至少 4 个字")]


class TestAnswer(BaseModel):
    """测试答复的结果。"""

    status: Annotated[int | None, Field(description="HTTP 状态，未连通为空")]
    error: Annotated[str, Field(description="未连通的原因")]
    milliseconds: Annotated[int, Field(description="用时")]
    body: Annotated[str, Field(description="平台应答的前 200 个字符")]


@router.get("/answer-numbers")
async def answer_numbers(
    database: Db, actor: Reader, days: Annotated[int, Query(ge=1, le=366, description="统计最近多少天")] = 30
) -> list[dict[str, Any]]:
    """各平台已送达、待送达、未能送达的条数，最早一条未送达的时间，以及是否暂停。"""
    async with database.transaction() as tx:
        paused = await delivery.paused(tx)
        rows = delivery.by_platform(await delivery.numbers(tx, actor, now() - timedelta(days=days)))
    return [{**row, "paused": row["platform"] in paused} for row in rows]


@router.post("/platforms/{code}/pause", status_code=204)
async def pause(code: str, body: Pause, database: Db, actor: Admin) -> None:
    """暂停向平台推送答复；期间不丢失、不过期。"""
    async with database.transaction() as tx:
        await pause_platform(tx, code, body.reason, actor, now())


@router.post("/platforms/{code}/resume", status_code=204)
async def resume(code: str, database: Db, actor: Admin) -> None:
    """恢复推送，积压的立即推送。"""
    async with database.transaction() as tx:
        await resume_platform(tx, code, actor, now())


@router.post("/platforms/{code}/test-answer")
async def send_test_answer(code: str, request: Request, database: Db, _actor: Admin) -> TestAnswer:
    """向平台的回推地址发送一条已签名的测试答复，返回状态、用时和应答开头。"""
    return TestAnswer(**asdict(await try_callback(request, database, code)))


async def try_callback(request: Request, database: Database, code: str) -> Probed:
    """Send a test answer; nothing is stored, and no transaction waits for the platform."""
    async with database.transaction() as tx:
        target = await target_of(tx, code, request.app.state.vault)
    started = time.perf_counter()
    settings = request.app.state.settings
    transport = CallOut(read_networks(settings.callback_networks))
    async with httpx.AsyncClient(transport=transport, timeout=settings.answer_timeout) as client:
        probed = await probe(client, target, now())
    return replace(probed, milliseconds=round((time.perf_counter() - started) * 1000))
