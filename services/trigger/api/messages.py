"""Messages of platforms on their orders: 催办, 督办, 补充, 延期, 回访, 退单."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.common.http.app import Db
from libs.common.http.problems import DOCUMENTED
from services.trigger.api.bodies import described, read_body
from services.trigger.api.signed import FAULTY, HEADERS, REFUSED, TOLD, SignedBody
from services.trigger.domain import message
from services.trigger.usecases.receive_message import KEPT, ReceiveMessage, receive_message

router = APIRouter(prefix="/trigger/api/v1", tags=["工单接收"])

Kind = Literal["urge", "supervise", "update", "extend", "revisit", "withdraw"]
Result = Literal["satisfied", "unsatisfied", "not_reached"]
Reason = Literal["unsolved", "partly", "disagrees", "slow", "other"]


def _named(words: dict[str, str]) -> str:
    return "、".join(f"{code} {word}" for code, word in words.items())


class OrderMessage(BaseModel):
    """平台就一件工单发来的消息。未列出的字段可以照常报送，但不保存。"""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {"message_id": "LY20261122000001-U1", "kind": "urge", "at": "2026-11-22T09:30:00+08:00"},
                {
                    "message_id": "LY20261122000001-V1",
                    "kind": "revisit",
                    "at": "2026-11-28T10:00:00+08:00",
                    "result": "unsatisfied",
                    "reason": "unsolved",
                    "text": "工资仍未发放",
                },
            ]
        },
    )
    message_id: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9._-]{3,80}$", description="消息编号，同一工单内不得重复；同一编号只收一次")
    ]
    kind: Annotated[Kind, Field(description=_named(message.KINDS))]
    at: Annotated[AwareDatetime, Field(description="平台发出消息的时间，须带时区；不得晚于当前时间")]
    text: Annotated[str, Field(max_length=10_000, description="内容，加密保存")] = ""
    result: Annotated[Result | None, Field(description=f"回访结果，回访必填：{_named(message.RESULTS)}")] = None
    reason: Annotated[Reason, Field(description=f"不满意的原因：{_named(message.REASONS)}")] = "other"
    until: Annotated[date | None, Field(description="延期后的期限，延期必填，如 2026-12-05")] = None

    def command(self, order_id: str) -> ReceiveMessage:
        """The message as the use case takes it."""
        known = message.Message(
            self.message_id,
            self.kind,
            self.at,
            self.result if self.result and self.kind == message.REVISIT else "",
            self.reason if self.kind == message.REVISIT and self.result == message.UNSATISFIED else "",
            self.until if self.kind == message.EXTEND else None,
        )
        return ReceiveMessage(order_id, known, self.text, self.model_dump_json().encode())


class MessageReceipt(BaseModel):
    """收到消息的回执。"""

    signal_id: Annotated[str, Field(description="线索编号（工单未到时为将来的编号）")]
    message_id: Annotated[str, Field(description="消息编号")]
    status: Annotated[str, Field(description="applied 已生效，kept 已保存、待工单到达后生效（30 日内）")]


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: TOLD | {"model": MessageReceipt, "description": "该消息先前已收到"},
    201: TOLD | {"description": "已收到并生效"},
    202: TOLD | {"model": MessageReceipt, "description": "已收到，待工单到达后生效"},
    409: {
        "description": "消息编号已用于另一内容，或该工单的消息已达上限",
        "content": DOCUMENTED["4XX"]["content"],
    },
    422: FAULTY,
}


@router.post(
    "/platforms/{platform}/orders/{order_id}/messages",
    status_code=201,
    response_model=MessageReceipt,
    responses=REFUSED | _ANSWERS,
    openapi_extra={
        "requestBody": described(OrderMessage),
        "parameters": HEADERS,
    },
)
async def receive(
    order_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{3,80}$", description="平台工单编号")],
    signed: SignedBody,
    request: Request,
    database: Db,
) -> Response:
    """接收一条已签名的消息：催办、督办、补充、延期、回访、退单。同一编号只收一次，可以先于工单到达，先后顺序不限。"""
    command = read_body(OrderMessage, signed.body).command(order_id)
    async with database.transaction() as tx:
        platform = await signed.admit(tx)
        taken = await receive_message(tx, platform, command, request.app.state.vault, signed.at)
    content = MessageReceipt(signal_id=taken.signal_id, message_id=command.message.message_id, status=taken.status)
    status = 200 if not taken.new else 202 if taken.status == KEPT else 201
    return JSONResponse(content.model_dump(), status, headers=signed.left.headers())
