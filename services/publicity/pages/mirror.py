"""What was sent to the national platform: receipts, refusals with what to do, file packages."""

import asyncio
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, UploadFile
from fastapi.responses import Response
from sqlalchemy import RowMapping

from libs.common import clock
from libs.common.db.database import Database
from libs.common.db.transaction import Transaction
from libs.common.errors import NotFound, SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import CITY, Actor
from libs.common.http.pages import done, page
from libs.common.http.problems import status_of
from libs.common.web import Column, ListPage, ListQuery
from libs.common.web.export import XLSX_TYPE, export_response, in_windows
from services.publicity.api.doors import Config, Lead, Reader
from services.publicity.domain.mirror import Delivery, advice
from services.publicity.domain.record import ENTERPRISE, FILE
from services.publicity.pages.inside import may_act
from services.publicity.store.mirror import (
    count_deliveries,
    list_deliveries,
    list_packages,
    load_package,
)
from services.publicity.usecases.package_files import MOST_BYTES, package_json, package_xlsx, read_receipts
from services.publicity.usecases.package_records import export_package, import_receipts

router = APIRouter(prefix="/publicity/mirror", include_in_schema=False)

COLUMNS = (
    Column("subject_name", "检查对象", width=36),
    Column("operation", "操作", width=8),
    Column("channel", "渠道", width=8),
    Column("state", "状态", sortable=True),
    Column("code", "错误代码与处理办法", width=48),
    Column("attempts", "次数", numeric=True),
    Column("updated_at", "更新时间", sortable=True, width=20),
    Column("record_id", "记录编号", code=True, width=38),
)
CHANNELS = {ENTERPRISE: "接口", FILE: "文件"}
OPERATIONS = {"i": "新增", "u": "更正"}


@router.get("")
async def show(request: Request, database: Db, actor: Reader) -> Response:
    """The list of sendings."""
    return await _page(request, database, actor)


@router.post("/packages")
async def export(request: Request, database: Db, actor: Lead) -> Response:
    """导出文件包."""
    try:
        async with database.transaction() as tx:
            await export_package(tx, actor, as_json=package_json, as_xlsx=package_xlsx, now=clock.now())
    except SunlotError as error:
        return await _page(request, database, actor, error)
    return done("/publicity/mirror")


@router.get("/packages/{package_id}.json")
async def package_as_json(database: Db, actor: Reader, package_id: str) -> Response:
    """The package's JSON, as it was made; it holds every county's records."""
    actor.must_see(CITY)
    return await _file(database, package_id, "json", "application/json")


@router.get("/packages/{package_id}.xlsx")
async def package_as_xlsx(database: Db, actor: Reader, package_id: str) -> Response:
    """The package's workbook, as it was made; it holds every county's records."""
    actor.must_see(CITY)
    return await _file(database, package_id, "xlsx", XLSX_TYPE)


@router.post("/receipts")
async def receipts(
    request: Request, database: Db, settings: Config, actor: Lead, file: UploadFile | None = None
) -> Response:
    """导入回执."""
    try:
        data = await file.read(MOST_BYTES + 1) if file else b""
        name = (file.filename if file else "") or ""
        found = await asyncio.to_thread(read_receipts, name, data, clock.now())
        async with database.transaction() as tx:
            await import_receipts(tx, found, signer=settings.signer, now=clock.now())
    except SunlotError as error:
        return await _page(request, database, actor, error)
    return done("/publicity/mirror")


async def _file(database: Database, package_id: str, kind: str, media_type: str) -> Response:
    async with database.transaction() as tx:
        package = await load_package(tx, package_id)
    if package is None:
        raise NotFound("没有这个文件包，请返回报送页面重新选择。")
    name = f"sunlot-{package['at']:%Y%m%d}-{package_id[-8:]}.{kind}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(bytes(package[kind]), media_type=media_type, headers=headers)


async def _page(request: Request, database: Database, actor: Actor, error: SunlotError | None = None) -> Response:
    query = ListQuery.from_params(
        request.query_params, COLUMNS, filters=("q", "state", "channel"), default_sort="-updated_at"
    )
    county = "" if actor.whole_city else actor.county

    async def deliveries(tx: Transaction, limit: int, offset: int) -> tuple[Sequence[RowMapping], int]:
        return await list_deliveries(
            tx,
            text=query.value("q"),
            state=query.value("state"),
            channel=query.value("channel"),
            county=county,
            sort=query.sort,
            descending=query.descending,
            limit=limit,
            offset=offset,
        )

    async def window(limit: int, offset: int) -> Sequence[RowMapping]:
        async with database.transaction() as tx:
            return (await deliveries(tx, limit, offset))[0]

    if query.format:
        cells = (_cells(row) async for row in in_windows(window))
        return await export_response(query.format, COLUMNS, cells, "国家平台报送记录")
    async with database.transaction() as tx:
        rows, total = await deliveries(tx, query.limit, query.offset)
        counts = await count_deliveries(tx, county)
        packages = await list_packages(tx)
    return page(
        request,
        "mirror.html",
        actor=actor,
        block="list",
        status=status_of(error)[0] if error else 200,
        errors=error or [],
        title="国家平台报送",
        active="publicity",
        crumbs=[("结果公示", "/publicity/"), ("国家平台报送", None)],
        columns=COLUMNS,
        page=ListPage(rows, total, query),
        counts=counts,
        packages=packages,
        states=[(state.value, state.chinese) for state in Delivery],
        state_of=Delivery,
        channels=CHANNELS,
        operations=OPERATIONS,
        advice=advice,
        may_act=may_act(actor),
        leads=actor.role.value == "lead",
    )


def _cells(row: Any) -> dict[str, Any]:
    refused = row["state"] == Delivery.REFUSED
    return {
        "subject_name": row["subject_name"],
        "operation": OPERATIONS[row["operation"]],
        "channel": CHANNELS[row["channel"]],
        "state": Delivery(row["state"]).chinese,
        "code": f"{row['code']} {advice(row['code'])}" if refused else row["message"],
        "attempts": row["attempts"],
        "updated_at": row["updated_at"],
        "record_id": row["record_id"],
    }
