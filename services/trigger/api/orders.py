"""The intake for platforms: a signed JSON work order becomes one signal."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from libs.common.http.auth import CITY
from services.trigger.api.bodies import described, read_body
from services.trigger.api.gathering import Gathering
from services.trigger.api.signed import FAULTY, HEADERS, PROBLEM, REFUSED, TOLD, SignedBody
from services.trigger.domain import cells
from services.trigger.domain.message import MOST
from services.trigger.usecases.receive_order import ReceiveOrder

router = APIRouter(prefix="/trigger/api/v1", tags=["工单接收"])

Short = Annotated[str, Field(max_length=100)]


class Reporter(BaseModel):
    """反映人，全部加密保存；匿名举报可全部留空。"""

    model_config = ConfigDict(extra="ignore")
    name: Annotated[str, Field(max_length=60, description="姓名")] = ""
    phone: Annotated[str, Field(max_length=40, description="联系电话")] = ""
    id_number: Annotated[str, Field(max_length=40, description="证件号码")] = ""
    bank_card: Annotated[str, Field(max_length=40, description="银行卡号")] = ""


class Attachment(BaseModel):
    """附件：只加密保存名称和地址，供有权人员自行取用；本系统从不读取该地址。"""

    model_config = ConfigDict(extra="ignore")
    name: Annotated[str, Field(max_length=200, description="文件名，加密保存")] = ""
    url: Annotated[str, Field(max_length=1000, description="地址，加密保存")] = ""


_EXAMPLE: Any = {
    "order_id": "LY20261122000001",
    "accepted_at": "2026-11-22T08:50:00+08:00",
    "kind": "投诉举报",
    "categories": ["劳动和社会保障", "劳动关系", "拖欠工资"],
    "content": "三个月没有发工资",
    "county": "洛龙区",
    "employer_name": "某某建筑劳务有限公司",
    "reporter": {"name": "王某", "phone": "13800000000"},
}


class Order(BaseModel):
    """平台工单。未列出的字段可以照常报送，但不保存。"""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [_EXAMPLE]})
    order_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{3,80}$", description="平台工单编号，同一编号只收一次")]
    channel: Annotated[Short, Field(description="来源渠道，如 市民热线")] = ""
    accepted_at: Annotated[AwareDatetime, Field(description="平台受理时间，须带时区")]
    kind: Annotated[Short, Field(min_length=1, description="工单类型：投诉举报、求助、咨询、建议")]
    categories: Annotated[list[Short], Field(min_length=1, max_length=5, description="一至五级分类，由大到小")]
    content: Annotated[str, Field(min_length=1, max_length=10_000, description="反映内容，加密保存")]
    address: Annotated[str, Field(max_length=300, description="地址，加密保存")] = ""
    street: Annotated[Short, Field(description="街道，加密保存")] = ""
    x: Annotated[float | None, Field(ge=-180, le=180, description="经度，加密保存")] = None
    y: Annotated[float | None, Field(ge=-90, le=90, description="纬度，加密保存")] = None
    county: Annotated[Short, Field(description="县区代码或名称，不明则留空")] = ""
    urgency: Annotated[Short, Field(description="紧急程度")] = "一般"
    supervised: Annotated[bool, Field(description="是否督办")] = False
    urge_count: Annotated[int, Field(ge=0, le=10_000, description="催办次数")] = 0
    main_unit: Annotated[Short, Field(description="主办单位")] = ""
    joint_units: Annotated[list[Short], Field(max_length=20, description="协办单位")] = []
    employer_name: Annotated[Short, Field(description="被反映单位名称")] = ""
    employer_uscc: Annotated[str, Field(max_length=40, description="被反映单位统一社会信用代码，不明则留空")] = ""
    reporter: Reporter = Reporter()
    attachments: Annotated[list[Attachment], Field(max_length=20, description="附件，加密保存")] = []

    @field_validator("county")
    @classmethod
    def county_code(cls, value: str) -> str:
        """The adcode for a code or a name as people write it; one that is not known counts as unknown."""
        return cells.county(value) or CITY

    def protected(self) -> dict[str, str]:
        """What is encrypted field by field."""
        return {
            "content": self.content,
            "address": self.address,
            "street": self.street,
            "position": "" if self.x is None or self.y is None else f"{self.x}, {self.y}",
            "reporter_name": self.reporter.name,
            "reporter_phone": self.reporter.phone,
            "reporter_id_number": self.reporter.id_number,
            "reporter_bank_card": self.reporter.bank_card,
            "media": "\n".join(f"{one.name} {one.url}".strip() for one in self.attachments),
        }

    def command(self) -> ReceiveOrder:
        """The order as the use case takes it."""
        return ReceiveOrder(
            order_id=self.order_id,
            channel=self.channel,
            kind=self.kind,
            category_path=self.categories,
            urgency=self.urgency,
            supervised=self.supervised,
            urge_count=self.urge_count,
            county=self.county,
            employer_name=self.employer_name.strip(),
            employer_uscc=self.employer_uscc.strip().upper(),
            accepted_at=self.accepted_at,
            protected=self.protected(),
            content=self.model_dump_json().encode(),
        )


class OrderReceipt(BaseModel):
    """收到工单的回执。"""

    signal_id: Annotated[str, Field(description="线索编号")]
    status: Annotated[str, Field(description="waiting 待匹配，matched 已匹配，returned 已退单，withdrawn 平台撤回")]


FULL: Final = {"description": f"该工单已有 {MOST} 次补充", "content": PROBLEM}
_BODY: dict[str, Any] = {
    "requestBody": described(Order),
    "parameters": HEADERS,
}


@router.post(
    "/platforms/{platform}/orders",
    status_code=201,
    response_model=OrderReceipt,
    responses=REFUSED
    | {200: TOLD | {"model": OrderReceipt, "description": "该工单先前已收到"}, 201: TOLD, 409: FULL, 422: FAULTY},
    openapi_extra=_BODY,
)
async def receive(signed: SignedBody, request: Request) -> Response:
    """接收一件已签名的工单；同一编号再次报送返回 200 和同一线索编号，内容有变化的记为补充。"""
    command = read_body(Order, signed.body).command()
    gathering: Gathering = request.app.state.gathering
    received = await gathering.take(signed, command)
    content = OrderReceipt(signal_id=received.signal_id, status=received.state).model_dump()
    return JSONResponse(content, 201 if received.new else 200, headers=signed.left.headers())
