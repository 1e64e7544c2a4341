"""What does not come as an order: a clerk's form for programs, hits of monitoring, referrals of other authorities."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.common.clock import now
from libs.common.http.app import Db
from libs.common.http.auth import CITY, Actor, Role, allow
from services.trigger.api.bodies import described, read_body
from services.trigger.api.orders import OrderReceipt
from services.trigger.api.signed import FAULTY, HEADERS, REFUSED, TOLD, Signed, SignedBody
from services.trigger.domain.cells import Cell
from services.trigger.domain.entry import MONITORED, MONITORING, REFERRAL, REFERRED
from services.trigger.domain.upload import Around
from services.trigger.usecases.enter_signal import enter_form, enter_signal, read_entry

router = APIRouter(prefix="/trigger/api/v1")

Clerk = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]
Short = Annotated[str, Field(max_length=100)]

_EMPLOYER = "被反映单位名称"
_COUNTY = "县区代码或名称，不明则留空"


class _About(BaseModel):
    """被反映单位和事项类别。"""

    model_config = ConfigDict(extra="ignore")
    employer_name: Annotated[Short, Field(description=_EMPLOYER)] = ""
    employer_uscc: Annotated[str, Field(max_length=40, description="统一社会信用代码，不明则留空")] = ""
    county: Annotated[Short, Field(description=_COUNTY)] = ""
    categories: Annotated[list[Short], Field(max_length=5, description="一至五级分类，由大到小")] = []

    def values(self) -> dict[str, Cell]:
        """The fields as a file's row has them."""
        levels = {f"category_{n}": level for n, level in enumerate(self.categories, 1)}
        plain = {name: value for name, value in self.model_dump(mode="json").items() if name != "categories"}
        return {**plain, **levels}


class Hit(_About):
    """网络监测、舆情的一条结果；同一网址只收一次。"""

    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://", description="网址，加密保存，本系统从不读取")]
    accepted_at: Annotated[AwareDatetime, Field(description="监测时间，须带时区")]
    title: Annotated[str, Field(max_length=100, description="标题，加密保存")] = ""
    content: Annotated[str, Field(min_length=1, max_length=10_000, description="摘要，加密保存")]
    urgency: Annotated[Short, Field(description="严重程度：一般、较重、严重")] = "一般"
    channel: Annotated[Short, Field(description="媒体")] = ""


class ReferredMatter(_About):
    """转办、交办、移送的一个事项；同一文号、同一单位（或事项编号）只收一次。"""

    document_number: Annotated[str, Field(min_length=4, max_length=60, description="来文文号")]
    sender: Annotated[str, Field(min_length=2, max_length=100, description="交办单位")]
    accepted_at: Annotated[AwareDatetime, Field(description="收文时间，须带时区")]
    reply_by: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="办复期限，如 2026-12-20")]
    matter: Annotated[Short, Field(description="事项编号，一份来文有多个事项时填写")] = ""
    content: Annotated[str, Field(min_length=1, max_length=10_000, description="交办事项，加密保存")]
    address: Annotated[Short, Field(description="地址，加密保存")] = ""
    reporter_name: Annotated[Short, Field(description="反映人姓名，加密保存")] = ""
    reporter_phone: Annotated[str, Field(max_length=40, description="联系电话，加密保存")] = ""


class FormEntry(BaseModel):
    """人工登记的一件线索，各项与登记页面相同。"""

    model_config = ConfigDict(extra="forbid")
    what: Annotated[
        Literal["complaint", "referral", "monitoring"], Field(description="投诉举报、转办交办或网络监测")
    ] = "complaint"
    form_id: Annotated[str, Field(min_length=8, max_length=60, description="表单编号；同一编号同一内容只登记一次")]
    fields: Annotated[
        dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=10_000)]],
        Field(max_length=40, description="各项内容，如 accepted_at、content、category、employer_name、county"),
    ]


@router.post(
    "/signals",
    status_code=201,
    response_model=OrderReceipt,
    tags=["触发预警"],
    responses={200: {"model": OrderReceipt, "description": "先前已登记"}},
)
async def enter(form: FormEntry, request: Request, database: Db, actor: Clerk) -> Response:
    """登记一件来电、来信、来访、转办或监测线索；重复提交返回 200 和同一线索编号。"""
    vault, values = request.app.state.vault, dict[str, Cell](form.fields)
    async with database.transaction() as tx:
        received = await enter_form(tx, form.what, form.form_id, values, vault, actor, now())
    return _receipt(received.signal_id, received.state, new=received.new)


def _signed(model: type[BaseModel]) -> dict[str, Any]:
    return {"requestBody": described(model), "parameters": HEADERS}


_ANSWERS: dict[int | str, dict[str, Any]] = REFUSED | {
    200: TOLD | {"model": OrderReceipt, "description": "先前已收到"},
    201: TOLD,
    422: FAULTY,
}


@router.post(
    "/platforms/{platform}/monitoring",
    status_code=201,
    response_model=OrderReceipt,
    tags=["工单接收"],
    responses=_ANSWERS,
    openapi_extra=_signed(Hit),
)
async def receive_hit(signed: SignedBody, request: Request, database: Db) -> Response:
    """接收一条已签名的网络监测结果；平台须约定报送“网络监测”。"""
    return await _receive(MONITORED, MONITORING, read_body(Hit, signed.body), signed, request, database)


@router.post(
    "/platforms/{platform}/referrals",
    status_code=201,
    response_model=OrderReceipt,
    tags=["工单接收"],
    responses=_ANSWERS,
    openapi_extra=_signed(ReferredMatter),
)
async def receive_referral(signed: SignedBody, request: Request, database: Db) -> Response:
    """接收一件已签名的转办、交办、移送；平台须约定报送“转办交办”。"""
    return await _receive(REFERRED, REFERRAL, read_body(ReferredMatter, signed.body), signed, request, database)


async def _receive(kind: str, came_by: str, body: _About, signed: Signed, request: Request, database: Db) -> Response:
    async with database.transaction() as tx:
        platform = await signed.admit(tx)
        entry = read_entry(body.values(), Around(kind, CITY, platform.kinds, signed.at))
        received = await enter_signal(tx, platform, entry, came_by, "", request.app.state.vault, signed.at)
    return _receipt(received.signal_id, received.state, new=received.new, headers=signed.left.headers())


def _receipt(signal_id: str, state: str, *, new: bool, headers: dict[str, str] | None = None) -> Response:
    content = OrderReceipt(signal_id=signal_id, status=state).model_dump()
    return JSONResponse(content, 201 if new else 200, headers=headers)
