"""The public site: what anybody can verify, the item list, plans, tasks."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import RowMapping

from libs.common.http.app import Db
from libs.common.http.auth import anyone
from libs.common.http.pages import page
from libs.common.reference import county_name
from libs.common.web import Column, ListPage, ListQuery
from libs.common.web.export import export_response
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
_MOST_EXPORTED = 20_000
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
    limit, offset = _window(query)
    async with database.transaction() as tx:
        rows, total = await list_items(
            tx,
            text=query.value("q"),
            category=query.value("category"),
            sort=query.sort,
            descending=query.descending,
            limit=limit,
            offset=offset,
        )
        options = [(name, name) for name in await item_categories(tx)]
    words = [dict(row) | {"methods": "、".join(METHODS.get(code, code) for code in row["methods"])} for row in rows]
    return await _list(request, query, ITEM_COLUMNS, words, total, "items", "事项清单", category_options=options)


@router.get("/plans")
async def plans(request: Request, database: Db) -> Response:
    """The published plans."""
    query = _query(request, PLAN_COLUMNS, "approved_at")
    async with database.transaction() as tx:
        rows, total = await list_plans(tx, **_arguments(query, newest="approved_at"))
    words = [dict(row) | {"county": county_name(row["county"]), "ratio": ratio_in_words(row["ratio"])} for row in rows]
    return await _list(request, query, PLAN_COLUMNS, words, total, "plans", "计划公告")


@router.get("/tasks")
async def tasks(request: Request, database: Db) -> Response:
    """The published tasks."""
    query = _query(request, TASK_COLUMNS, "task_id")
    async with database.transaction() as tx:
        rows, total = await list_tasks(tx, **_arguments(query, newest="task_id"))
    words = [_task(row) for row in rows]
    return await _list(request, query, TASK_COLUMNS, words, total, "tasks", "任务公告")


def ratio_in_words(ratio: dict[str, Sequence[int]]) -> str:
    """A 类 1/100，…"""
    return "，".join(f"{_CLASSES.get(name, name)} {num}/{den}" for name, (num, den) in sorted(ratio.items()))


def _task(row: RowMapping) -> dict[str, Any]:
    return dict(row) | {
        "county": county_name(row["county"]),
        "directed": "定向" if row["directed"] else "不定向",
        "plan_name": row["plan_name"] or row["plan_id"],
    }


def _query(request: Request, columns: Sequence[Column], sort: str) -> ListQuery:
    return ListQuery.from_params(request.query_params, columns, filters=("q", "county"), default_sort=f"-{sort}")


def _arguments(query: ListQuery, newest: str) -> dict[str, Any]:
    limit, offset = _window(query)
    return {
        "text": query.value("q"),
        "county": query.value("county"),
        "sort": query.sort or newest,
        "descending": query.descending,
        "limit": limit,
        "offset": offset,
    }


def _window(query: ListQuery) -> tuple[int, int]:
    return (_MOST_EXPORTED, 0) if query.format else (query.limit, query.offset)


async def _list(
    request: Request,
    query: ListQuery,
    columns: Sequence[Column],
    rows: list[dict[str, Any]],
    total: int,
    name: str,
    title: str,
    **context: Any,
) -> Response:
    if query.format:
        return await export_response(query.format, columns, rows, title)
    return page(
        request,
        f"public_{name}.html",
        actor=None,
        block="list",
        title=title,
        active=name,
        robots="index",
        columns=columns,
        page=ListPage(rows, total, query),
        **context,
    )
