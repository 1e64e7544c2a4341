"""Messages on a signal's order and its reviews, for programs of the agency."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from libs.common.clock import now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from services.trigger.domain.review import CONCLUSIONS
from services.trigger.store import messages, reviews
from services.trigger.usecases.conclude_review import ConcludeReview, conclude_review
from services.trigger.usecases.read_signal import visible_signal

router = APIRouter(prefix="/trigger/api/v1/signals", tags=["触发预警"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Clerk = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]


class Conclusion(BaseModel):
    """复核结论。"""

    conclusion: Annotated[
        str, Field(max_length=40, description="、".join(f"{code} {word}" for code, word in CONCLUSIONS.items()))
    ]
    note: Annotated[str, Field(max_length=2000, description="办结意见，加密保存，不发给平台")]
    trigger_id: Annotated[str, Field(max_length=60, description="结论为 joined 时，纳入哪一次触发的检查")] = ""


@router.get("/{signal_id}/messages")
async def list_messages(signal_id: str, database: Db, actor: Reader) -> list[dict[str, Any]]:
    """平台就该线索发来的消息，不含受保护的内容。"""
    async with database.transaction() as tx:
        await visible_signal(tx, signal_id, actor)
        hidden = {"content_mark", "signal_id"}
        return [
            {name: value for name, value in row.items() if name not in hidden}
            for _, row in await messages.of_signal(tx, signal_id)
        ]


@router.get("/{signal_id}/reviews")
async def list_reviews(signal_id: str, database: Db, actor: Reader) -> list[dict[str, Any]]:
    """该线索的复核：原因、期限和结论。"""
    async with database.transaction() as tx:
        await visible_signal(tx, signal_id, actor)
        return [dict(row) for row in await reviews.of_signal(tx, signal_id)]


@router.post("/{signal_id}/review", status_code=204)
async def conclude(signal_id: str, conclusion: Conclusion, request: Request, database: Db, actor: Clerk) -> None:
    """办结复核；平台收到与结论对应的固定答复。"""
    command = ConcludeReview(signal_id, conclusion.conclusion, conclusion.note, conclusion.trigger_id)
    async with database.transaction() as tx:
        await conclude_review(tx, command, request.app.state.vault, actor, now())
