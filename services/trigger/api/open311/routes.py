"""The addresses of GeoReport v2, each with `.xml` or `.json`; without an ending XML, unless JSON is asked for."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.routing import Match

from libs.common.clock import now
from libs.common.http.app import Db
from libs.common.http.auth import CITY, anyone
from services.trigger.api.open311 import shapes
from services.trigger.api.open311.client import client_of
from services.trigger.api.open311.documents import Format, document
from services.trigger.api.open311.reading import (
    Sent,
    answer_to,
    check_request,
    protected,
    read_form,
    service_of,
    too_long,
)
from services.trigger.api.open311.route import REFUSED, Open311Route, Refused
from services.trigger.domain.open311 import CLOSED, OPEN, SERVICES, SPAN
from services.trigger.store import requests
from services.trigger.store.requests import Wanted
from services.trigger.usecases.receive_order import ReceiveOrder
from services.trigger.usecases.receive_request import UpdateRequest, receive_request, receive_update

router = APIRouter(
    prefix="/open311/v2", tags=["Open311 GeoReport v2"], route_class=Open311Route, dependencies=[anyone()]
)
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
Jurisdiction = Annotated[str, Query(max_length=100, description="辖区，可不填")]


def _address(method: str, path: str) -> Callable[[Any], Any]:
    """`path` with an ending, which is documented, and without."""
    answers: dict[int | str, dict[str, Any]] = {
        200: {"description": "XML 或 JSON", "content": {"text/xml": {}, "application/json": {}}},
        "4XX": REFUSED,
    }

    def add(endpoint: Any) -> Any:
        router.add_api_route(
            f"{path}.{{format}}", endpoint, methods=[method], responses=answers, dependencies=[Depends(_ending)]
        )
        router.add_api_route(path, endpoint, methods=[method], include_in_schema=False)
        return endpoint

    return add


def _ending(format: Format) -> None:  # noqa: A002 - the name in the address; documents.format_of reads it
    """Only these endings are spoken."""


def _check_jurisdiction(request: Request, given: str) -> None:
    if given and given != request.app.state.settings.open311_jurisdiction:
        raise Refused(404, "jurisdiction_id provided was not found / jurisdiction_id 不存在")


@_address("GET", "/discovery")
async def discovery(request: Request) -> Response:
    """服务发现：版本、地址和格式。"""
    settings = request.app.state.settings
    return document(request, "discovery", shapes.discovery(settings.public_url, settings.authority))


@_address("GET", "/services")
async def services(request: Request, jurisdiction_id: Jurisdiction = "") -> Response:
    """可以反映的事项。"""
    _check_jurisdiction(request, jurisdiction_id)
    return document(request, "services", [shapes.service(one) for one in SERVICES.values()])


@_address("GET", "/services/{service_code}")
async def service_definition(service_code: str, request: Request, jurisdiction_id: Jurisdiction = "") -> Response:
    """一类事项需要填写的内容。"""
    _check_jurisdiction(request, jurisdiction_id)
    if service_code not in SERVICES:
        raise Refused(404, "service_code provided was not found / service_code 不存在")
    return document(request, "service_definition", shapes.definition(service_code))


@_address("POST", "/requests")
async def post_request(request: Request, database: Db) -> Response:
    """反映事项（表单）；需要 api_key。"""
    sent = await read_form(request)
    client = await client_of(request, sent)
    vault, moment = request.app.state.vault, now()
    async with database.transaction() as tx:
        platform = await client.admit(tx)
        _check_jurisdiction(request, sent.get("jurisdiction_id"))
        service = service_of(sent)
        check_request(sent)
        came = await receive_request(tx, platform, service, _order(sent, service.category, moment), vault, moment)
    return document(request, "service_requests", [shapes.receipt(came)])


@_address("GET", "/tokens/{token}")
async def request_id_of(token: str, request: Request, database: Db, jurisdiction_id: Jurisdiction = "") -> Response:
    """凭令牌查事项编号；尚未分拣时编号为空。"""
    _check_jurisdiction(request, jurisdiction_id)
    async with database.transaction() as tx:
        found = await requests.by_token(tx, token)
    if found is None:
        raise Refused(404, "token not found / 令牌不存在")
    return document(request, "service_requests", [shapes.token(found)])


@_address("GET", "/requests")
async def list_requests(
    request: Request,
    database: Db,
    jurisdiction_id: Jurisdiction = "",
    service_request_id: Annotated[
        str, Query(max_length=40_000, description="编号，逗号分隔；给出后其余条件不起作用")
    ] = "",
    service_code: Annotated[str, Query(max_length=1000, description="事项代码，逗号分隔")] = "",
    start_date: Annotated[str, Query(max_length=40, description="起（W3C 时间）")] = "",
    end_date: Annotated[str, Query(max_length=40, description="止（W3C 时间），与起相距不超过 90 天")] = "",
    status: Annotated[str, Query(max_length=40, description="open、closed，逗号分隔")] = "",
) -> Response:
    """已反映的事项，新的在前，至多 1000 件，默认最近 90 天。"""
    _check_jurisdiction(request, jurisdiction_id)
    wanted = _wanted(service_request_id, service_code, start_date, end_date, status)
    async with database.transaction() as tx:
        found = await requests.told(tx, wanted)
    agency = request.app.state.settings.authority
    return document(request, "service_requests", [shapes.told(one, agency) for one in found])


@_address("GET", "/requests/{service_request_id}")
async def show_request(
    service_request_id: str,
    request: Request,
    database: Db,
    jurisdiction_id: Jurisdiction = "",
) -> Response:
    """一件事项的办理情况。"""
    _check_jurisdiction(request, jurisdiction_id)
    async with database.transaction() as tx:
        found = await requests.told(tx, Wanted(ids=[service_request_id]))
    if not found:
        raise Refused(404, "service_request_id not found / 编号不存在")
    return document(request, "service_requests", [shapes.told(found[0], request.app.state.settings.authority)])


@_address("GET", "/servicerequestupdates")
async def list_updates(
    request: Request,
    database: Db,
    jurisdiction_id: Jurisdiction = "",
    start_date: Annotated[str, Query(max_length=40, description="起（W3C 时间）")] = "",
    end_date: Annotated[str, Query(max_length=40, description="止（W3C 时间）")] = "",
) -> Response:
    """办理进展，旧的在前，至多 1000 条，默认最近 90 天。"""
    _check_jurisdiction(request, jurisdiction_id)
    since, until = _span(start_date, end_date)
    async with database.transaction() as tx:
        rows = await requests.updates(tx, since, until)
    return document(request, "service_request_updates", [shapes.update(row) for row in rows])


@_address("POST", "/servicerequestupdates")
async def post_update(request: Request, database: Db) -> Response:
    """补充自己反映的事项（表单）；需要 api_key。"""
    sent = await read_form(request)
    client = await client_of(request, sent)
    vault = request.app.state.vault
    async with database.transaction() as tx:
        platform = await client.admit(tx)
        _check_jurisdiction(request, sent.get("jurisdiction_id"))
        missing = [name for name in ("service_request_id", "update_id", "description") if not sent.get(name)]
        wrong = [f"{name} was not provided / 缺少 {name}" for name in missing] + too_long(sent)
        if wrong:
            raise Refused(400, *wrong)
        content = {name: text for name, text in sorted(sent.values.items()) if name != "api_key" and text}
        command = UpdateRequest(sent.get("service_request_id"), sent.get("update_id"), content)
        update_id = await receive_update(tx, platform, command, vault, now())
    return document(request, "service_request_updates", [{"update_id": update_id}])


@router.api_route("{rest:path}", methods=_METHODS, include_in_schema=False)
async def nowhere(request: Request) -> Response:
    """Whatever else is asked for below this address is refused as the specification refuses."""
    allowed = {
        method
        for route in router.routes
        if isinstance(route, APIRoute) and route.matches(request.scope)[0] is Match.PARTIAL
        for method in route.methods or ()
    }
    if not allowed:
        raise Refused(404, "the address was not found / 没有这个地址，请对照接口说明核对")
    named = ", ".join(sorted(allowed))
    raise Refused(405, f"the method may be {named} / 这个地址只接受 {named}", allowed=named)


def _order(sent: Sent, category: str, moment: datetime) -> ReceiveOrder:
    fields = {name: text for name, text in sorted(sent.values.items()) if name != "api_key"}
    content = repr((fields, sorted(sent.attributes.items()))).encode()
    return ReceiveOrder(
        order_id="",
        channel="Open311",
        kind="投诉举报",
        category_path=[category],
        urgency="一般",
        supervised=False,
        county=answer_to(sent, "county") or CITY,
        employer_name=answer_to(sent, "employer_name"),
        employer_uscc=answer_to(sent, "employer_uscc").upper()[:18],
        accepted_at=moment,
        protected=protected(sent),
        content=content,
    )


def _wanted(ids: str, codes: str, start: str, end: str, status: str) -> Wanted:
    if named := _split(ids):
        return Wanted(ids=named)
    since, until = _span(start, end)
    statuses = _split(status.lower())
    if set(statuses) - {OPEN, CLOSED}:
        raise Refused(400, "status may be open or closed / status 只能是 open 或 closed")
    return Wanted(codes=_split(codes), since=since, until=until, status=statuses)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _span(start: str, end: str) -> tuple[datetime, datetime]:
    """The asked time, completed to at most 90 days."""
    since, until = _moment("start_date", start), _moment("end_date", end)
    if since is None and until is None:
        until = now()
    if until is None:
        assert since is not None  # noqa: S101 - else until is now
        until = since + SPAN
    if since is None:
        since = until - SPAN
    if not since <= until <= since + SPAN:
        raise Refused(
            400, "start_date must not be after end_date, nor more than 90 days before it / 起止时间应在 90 天内"
        )
    return since, until


def _moment(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign that was not encoded arrives as a space
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1970 < moment.year < 9000:
        raise Refused(400, f"{name} must be a W3C time with its zone, as 2026-11-22T08:00:00Z / 时间格式不正确")
    return moment
