"""The public site: what anybody can verify, the item list, plans, tasks."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import RowMapping

from libs.common.db.database import Database
from libs.common.db.transaction import Transaction
from libs.common.http.app import Db
from libs.common.http.auth import anyone
from libs.common.http.pages import page
from libs.common.reference import county_name
from libs.common.web import Column, ListPage, ListQuery
from libs.common.web.export import export_response, in_windows
from services.publicity.api.doors import Config
from services.publicity.domain.log import Kind
from services.publicity.domain.publication import PUBLIC
from services.publicity.domain.results import METHODS, subject_result_name, tone
from services.publicity.store.catalogue import (
    count_catalogue,
    item_categories,
    list_items,
    list_plans,
    list_tasks,
)
from services.publicity.store.log import count_by_kind
from services.publicity.store.publication_lists import Search, count_public, list_publications

router = APIRouter(prefix="/public", include_in_schema=False, dependencies=[anyone()])

ITEM_COLUMNS = (
    Column("code", "编码", sortable=True, code=True, width=12),
    Column("name", "抽查事项", sortable=True, width=40),
    Column("category", "类别", sortable=True, width=24),
    Column("level", "类型", sortable=True, width=8),
    Column("methods", "检查方式", width=24),
    Column("authority", "检查主体", width=30),
    Column("legal_basis", "检查依据", width=60),
)
PLAN_COLUMNS = (
    Column("plan_id", "计划编号", sortable=True, code=True, width=18),
    Column("name", "计划名称", sortable=True, width=40),
    Column("kind", "类型", width=8),
    Column("county", "县区"),
    Column("scope", "抽查范围", width=40),
    Column("ratio", "抽取比例（按信用风险分类）", width=40),
    Column("document_number", "文号", width=24),
    Column("approved_at", "公布时间", sortable=True, width=20),
)
TASK_COLUMNS = (
    Column("task_id", "任务编号", sortable=True, code=True, width=22),
    Column("name", "任务名称", sortable=True, width=40),
    Column("plan_name", "所属计划", width=36),
    Column("directed", "抽查类型", width=10),
    Column("county", "县区", sortable=True),
    Column("finish_by", "完成期限", sortable=True),
    Column("results", "已公示结果", numeric=True),
)
Found: TypeAlias = tuple[Sequence[RowMapping], int]  # a window of a list, and how long the list is
_CLASSES = {"A": "A 类", "B": "B 类", "C": "C 类", "D": "D 类", "U": "未分类"}


@router.get("/")
async def home(request: Request, database: Db, settings: Config) -> Response:
    """What anybody can verify, the latest results, the counts."""
    async with database.transaction() as tx:
        numbers = await count_public(tx)
        catalogue = await count_catalogue(tx)
        log = await count_by_kind(tx)
        latest, _ = await list_publications(
            tx, Search(states=tuple(PUBLIC)), sort="published_at", descending=True, limit=8, offset=0
        )
    return page(
        request,
        "public_home.html",
        actor=None,
        title="触发式“双随机、一公开”监管",
        active="home",
        robots="index",
        numbers=numbers,
        catalogue=catalogue,
        draws=log.get(Kind.DRAW_RESULT, 0),
        logged=sum(log.values()),
        latest=latest,
        by_result=[(subject_result_name(code), number) for code, number in numbers["by_result"]],
        result_name=subject_result_name,
        result_tone=tone,
        verifier_key=str(settings.signer.verifier),
    )


@router.get("/items")
async def items(request: Request, database: Db) -> Response:
    """The item list."""
    query = ListQuery.from_params(request.query_params, ITEM_COLUMNS, filters=("q", "category"), default_sort="code")

    async def read(tx: Transaction, limit: int, offset: int) -> Found:
        return await list_items(
            tx,
            text=query.value("q"),
            category=query.value("category"),
            sort=query.sort,
            descending=query.descending,
            limit=limit,
            offset=offset,
        )

    async with database.transaction() as tx:
        options = [(name, name) for name in await item_categories(tx)]
    shown = Shown("items", "事项清单", ITEM_COLUMNS, read, _item)
    return await _list(request, database, query, shown, category_options=options)


@router.get("/plans")
async def plans(request: Request, database: Db) -> Response:
    """The published plans."""
    query = _query(request, PLAN_COLUMNS, "approved_at")

    async def read(tx: Transaction, limit: int, offset: int) -> Found:
        return await list_plans(tx, **_arguments(query, newest="approved_at"), limit=limit, offset=offset)

    return await _list(request, database, query, Shown("plans", "计划公告", PLAN_COLUMNS, read, _plan))


@router.get("/tasks")
async def tasks(request: Request, database: Db) -> Response:
    """The published tasks."""
    query = _query(request, TASK_COLUMNS, "task_id")

    async def read(tx: Transaction, limit: int, offset: int) -> Found:
        return await list_tasks(tx, **_arguments(query, newest="task_id"), limit=limit, offset=offset)

    return await _list(request, database, query, Shown("tasks", "任务公告", TASK_COLUMNS, read, _task))


def ratio_in_words(ratio: dict[str, Sequence[int]]) -> str:
    """A 类 1/100，…"""
    return "，".join(f"{_CLASSES.get(name, name)} {num}/{den}" for name, (num, den) in sorted(ratio.items()))


def _item(row: RowMapping) -> dict[str, Any]:
    return dict(row) | {"methods": "、".join(METHODS.get(code, code) for code in row["methods"])}


def _plan(row: RowMapping) -> dict[str, Any]:
    return dict(row) | {"county": county_name(row["county"]), "ratio": ratio_in_words(row["ratio"])}


def _task(row: RowMapping) -> dict[str, Any]:
    return dict(row) | {
        "county": county_name(row["county"]),
        "directed": "定向" if row["directed"] else "不定向",
        "plan_name": row["plan_name"] or row["plan_id"],
    }


def _query(request: Request, columns: Sequence[Column], sort: str) -> ListQuery:
    return ListQuery.from_params(request.query_params, columns, filters=("q", "county"), default_sort=f"-{sort}")


def _arguments(query: ListQuery, newest: str) -> dict[str, Any]:
    return {
        "text": query.value("q"),
        "county": query.value("county"),
        "sort": query.sort or newest,
        "descending": query.descending,
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """A public list: its name, title and columns, how a window of it is read, and a row for people."""

    name: str
    title: str
    columns: Sequence[Column]
    read: Callable[[Transaction, int, int], Awaitable[Found]]
    readable: Callable[[RowMapping], dict[str, Any]]


async def _list(request: Request, database: Database, query: ListQuery, shown: Shown, **context: Any) -> Response:
    async def window(limit: int, offset: int) -> Sequence[RowMapping]:
        async with database.transaction() as tx:
            return (await shown.read(tx, limit, offset))[0]

    if query.format:
        cells = (shown.readable(row) async for row in in_windows(window))
        return await export_response(query.format, shown.columns, cells, shown.title)
    async with database.transaction() as tx:
        rows, total = await shown.read(tx, query.limit, query.offset)
    return page(
        request,
        f"public_{shown.name}.html",
        actor=None,
        block="list",
        title=shown.title,
        active=shown.name,
        robots="index",
        columns=shown.columns,
        page=ListPage([shown.readable(row) for row in rows], total, query),
        **context,
    )
