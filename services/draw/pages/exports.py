"""A draw as files and on paper: list, pool, officers and certificate as workbooks, and the sheet to be signed."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import segno
from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from libs.common.clock import now
from libs.common.db.database import Database
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow, anyone
from libs.common.http.pages import page
from libs.common.reference import county_name
from libs.common.web import Column
from libs.common.web.export import export_response
from services.draw.api.public import load_public
from services.draw.domain.pool import mask_page, parse_page
from services.draw.domain.results import result_label
from services.draw.pages import words
from services.draw.store.drawn import BATCH, drawn_after, officer_names
from services.draw.store.draws import DrawRecord, NotYetPublic, certificate_bytes, load_draw, roster_bytes
from services.draw.store.plans import load_plan, load_task
from services.draw.store.portions import PORTION_PAGES, pool_portion
from services.draw.store.reference import items_by_code
from services.draw.usecases.hand_out_salt import note_view

router = APIRouter(include_in_schema=False)

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Trusted = Annotated[Actor, allow(Role.LEAD, Role.AUDITOR)]
Visitor = Annotated[Actor | None, anyone()]
Kind = Literal["xlsx", "csv"]

ON_PAPER = 1_000  # firms on the sheet to be signed; above, the file and its hash stand for them
_LIST = (
    Column("place", "序号", numeric=True, width=8),
    Column("name", "检查对象", width=40),
    Column("uscc", "统一社会信用代码", code=True, width=22),
    Column("county", "用工所在县区"),
    Column("credit_class", "信用风险分类"),
    Column("ticket", "抽签号", code=True, width=68),
    Column("officers", "检查人员（公开编号）", width=28),
)
_INSIDE_LIST = (
    *_LIST,
    Column("names", "检查人员姓名", width=24),
    Column("industry", "所属行业"),
    Column("size", "经营规模"),
    Column("case_id", "检查编号", code=True, width=26),
    Column("result", "检查结果", width=24),
    Column("ended_on", "检查结束日期"),
    Column("withdrawn", "撤回原因", width=24),
)
_POOL = (
    Column("id", "统一社会信用代码", code=True, width=22),
    Column("county", "用工所在县区代码", code=True),
    Column("industry", "所属行业"),
    Column("size", "经营规模"),
    Column("type", "企业类型", width=24),
    Column("class", "信用风险分类", width=26),
    Column("eligible", "可抽取（1 是，0 否，- 已遮蔽）", width=28),
)
_OFFICERS = (
    Column("number", "公开编号", code=True),
    Column("county", "县区"),
    Column("items", "可执行的抽查事项", width=48),
    Column("cap", "本次承办上限", numeric=True),
    Column("load0", "本年已承办（相对）", numeric=True, width=20),
)
_CERTIFICATE = (Column("part", "项目", width=24), Column("value", "内容", width=80))


async def _drawn(
    database: Database, record: DrawRecord, names: Mapping[str, str], *, masked: bool
) -> AsyncIterator[Mapping[str, Any]]:
    """The drawn firms, some thousands a transaction: whoever reads slowly holds nothing open."""
    place = 0
    while True:
        async with database.transaction() as tx:
            rows = await drawn_after(tx, record.draw.draw_id, place)
        for row in rows:
            yield {
                **row,
                "county": county_name(row["county"]),
                "credit_class": words.CLASS["*" if masked else row["credit_class"]],
                "officers": "、".join(row["officers"]),
                "names": "、".join(names.get(number, "") for number in row["officers"]),
                "result": result_label(row["result"]) if row["result"] else "",
            }
        if len(rows) < BATCH:
            return
        place = rows[-1]["place"]


async def _pool(database: Database, record: DrawRecord, *, inside: bool) -> AsyncIterator[Sequence[str]]:
    """The rows of the pool, as they are inside or as they are published."""
    master = None if inside else record.master
    for number in range(-(-record.pool.pages // PORTION_PAGES)):
        async with database.transaction() as tx:
            pages = await pool_portion(tx, record.draw.pool_id, number)
        for row in await asyncio.to_thread(_rows, pages, master):
            yield row


def _rows(pages: Sequence[bytes], master: bytes | None) -> list[Sequence[str]]:
    shown = pages if master is None else [mask_page(one, master) for one in pages]
    return [row for one in shown for row in parse_page(one)]


def _officer_rows(roster: Mapping[str, Any]) -> list[Sequence[Any]]:
    return [
        (number, county_name(county), "、".join(items), cap, load0)
        for number, county, items, cap, load0 in roster["officers"]
    ]


def _certificate_rows(certificate: Mapping[str, Any]) -> list[Sequence[Any]]:
    commit, seed = certificate["commit"], certificate["seed"]
    pool, officers = commit["pool"], commit["officers"]
    rows: list[Sequence[Any]] = [
        ("抽取编号", commit["draw_id"]),
        ("抽查任务", commit["task"]),
        ("机关", commit["authority"]),
        ("比例方案", commit["policy"]),
        ("名录摘要", pool["root"]),
        ("名录户数", pool["rows"]),
        ("名录时点", pool["as_of"]),
        ("承诺摘要", certificate["commit_sha256"]),
        ("执法检查人员名录摘要", officers["root"]),
        ("检查人员怎样确定", "直接选派" if officers["method"] == "direct" else "随机抽取"),
        *((f"种子第 {number} 行", line) for number, line in enumerate(seed["txt"].splitlines(), 1)),
        ("种子摘要", seed["sha256"]),
        *((f"密钥 {label}", key) for label, key in sorted(certificate["keys"].items())),
    ]
    for part in certificate["strata"]:
        told = f"可抽取 {part['n']} 户，抽中 {part['k']} 户，界限 {part['threshold'] or '—'}"
        rows.append((words.CLASS[part["stratum"]], told))
    if certificate["direct"]:
        rows.append(("直接选派的理由", certificate["direct"]["reason"]))
    rows += [("公开日志", f"第 {certificate['log']['index']} 条"), ("结果摘要", certificate["result_sha256"])]
    return rows


async def _public_record(database: Database, draw_id: str, *, finished: bool) -> DrawRecord:
    async with database.transaction() as tx:
        record = await load_public(tx, draw_id)
    if finished:
        _must_be_published(record)
    return record


def _must_be_published(record: DrawRecord) -> None:
    """Raises NotYetPublic before there is a result that everybody may see."""
    if not record.draw.published:
        raise NotYetPublic


@router.get("/public/draws/{draw_id}/export/list")
async def export_public_list(draw_id: str, database: Db, _: Visitor, format: Kind = "xlsx") -> Response:  # noqa: A002
    """The drawn firms as a file for everybody; officers by public number."""
    record = await _public_record(database, draw_id, finished=True)
    rows = _drawn(database, record, {}, masked=record.master is not None)
    return await export_response(format, _LIST, rows, f"抽中名单 {draw_id}")


@router.get("/public/draws/{draw_id}/export/pool")
async def export_public_pool(draw_id: str, database: Db, _: Visitor, format: Kind = "xlsx") -> Response:  # noqa: A002
    """The pool as it is published."""
    record = await _public_record(database, draw_id, finished=False)
    return await export_response(format, _POOL, _pool(database, record, inside=False), f"待抽名录 {draw_id}")


@router.get("/public/draws/{draw_id}/export/officers")
async def export_public_officers(draw_id: str, database: Db, _: Visitor, format: Kind = "xlsx") -> Response:  # noqa: A002
    """The committed officers by public number."""
    async with database.transaction() as tx:
        await load_public(tx, draw_id)
        roster = json.loads(await roster_bytes(tx, draw_id))
    return await export_response(format, _OFFICERS, _officer_rows(roster), f"执法检查人员名录 {draw_id}")


@router.get("/public/draws/{draw_id}/export/certificate")
async def export_public_certificate(draw_id: str, database: Db, _: Visitor, format: Kind = "xlsx") -> Response:  # noqa: A002
    """The certificate as a table; the document that counts is certificate.json."""
    async with database.transaction() as tx:
        _must_be_published(await load_public(tx, draw_id))
        certificate = json.loads(await certificate_bytes(tx, draw_id))
    return await export_response(format, _CERTIFICATE, _certificate_rows(certificate), f"抽取凭证 {draw_id}")


async def _inside_record(database: Database, draw_id: str, actor: Actor) -> DrawRecord:
    async with database.transaction() as tx:
        record = await load_draw(tx, draw_id)
    actor.must_see(record.county)
    return record


@router.get("/draw/draws/{draw_id}/export/list")
async def export_list(draw_id: str, database: Db, actor: Reader, format: Kind = "xlsx") -> Response:  # noqa: A002
    """The drawn firms with their classes, names of officers, cases and results."""
    record = await _inside_record(database, draw_id, actor)
    if record.draw.result_sha256 is None:
        raise NotYetPublic
    async with database.transaction() as tx:
        names = await officer_names(tx)
    rows = _drawn(database, record, names, masked=False)
    return await export_response(format, _INSIDE_LIST, rows, f"抽中名单（内部） {draw_id}")


@router.get("/draw/draws/{draw_id}/export/pool")
async def export_pool(draw_id: str, database: Db, actor: Trusted, format: Kind = "xlsx") -> Response:  # noqa: A002
    """The pool with classes and who could be drawn; of a masked draw each view is kept."""
    record = await _inside_record(database, draw_id, actor)
    if record.master is not None:
        async with database.transaction() as tx:
            await note_view(tx, draw_id, "名录（含分类）", actor, now())
    return await export_response(format, _POOL, _pool(database, record, inside=True), f"待抽名录（内部） {draw_id}")


@router.get("/draw/draws/{draw_id}/export/certificate")
async def export_certificate(draw_id: str, database: Db, actor: Reader, format: Kind = "xlsx") -> Response:  # noqa: A002
    """The certificate as a table."""
    await _inside_record(database, draw_id, actor)
    async with database.transaction() as tx:
        certificate = json.loads(await certificate_bytes(tx, draw_id))
    return await export_response(format, _CERTIFICATE, _certificate_rows(certificate), f"抽取凭证 {draw_id}")


@router.get("/public/draws/{draw_id}/print")
async def print_public(draw_id: str, request: Request, database: Db, _: Visitor) -> Response:
    """The sheet for everybody: officers by public number."""
    record = await _public_record(database, draw_id, finished=True)
    return await _sheet(request, database, record, None)


@router.get("/draw/draws/{draw_id}/print")
async def print_inside(draw_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """The sheet for the file: names of officers, lines for the signatures of both parties and the witness."""
    record = await _inside_record(database, draw_id, actor)
    if record.draw.result_sha256 is None:
        raise NotYetPublic
    return await _sheet(request, database, record, actor)


async def _sheet(request: Request, database: Database, record: DrawRecord, actor: Actor | None) -> Response:
    draw_id = record.draw.draw_id
    async with database.transaction() as tx:
        task = (await load_task(tx, record.draw.task_id)).task
        plan = (await load_plan(tx, task.plan_id)).plan
        items = await items_by_code(tx, task.items)
        certificate = json.loads(await certificate_bytes(tx, draw_id))
        rows = await drawn_after(tx, draw_id, 0, ON_PAPER)
        names = await officer_names(tx) if actor else {}
    address = f"{request.app.state.settings.public_url}/public/draws/{draw_id}"
    qr = Markup(segno.make(address, error="m").svg_inline(scale=3))  # noqa: S704 - made here, of our own address
    conditions = [words.condition(one.document(), county_name) for one in task.filter]
    masked = actor is None and record.master is not None
    return page(
        request, "draw/print.html", actor=actor, title="双随机抽取结果", record=record, draw=record.draw, task=task,
        plan=plan, items=items, certificate=certificate, rows=rows, names=names, address=address, qr=qr, words=words,
        conditions=conditions, masked=masked, drawn=sum(part["k"] for part in certificate["strata"]),
    )  # fmt: skip
