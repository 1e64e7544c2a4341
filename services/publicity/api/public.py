"""JSON for anybody: the twins of the public pages."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query

from libs.common.http.app import Db
from libs.common.http.auth import anyone
from services.publicity.domain.errors import NothingPublished
from services.publicity.domain.publication import PUBLIC
from services.publicity.store.catalogue import count_catalogue, list_items, list_plans, list_tasks
from services.publicity.store.log import count_by_kind
from services.publicity.store.publication_lists import Search, count_public, list_publications
from services.publicity.usecases.disclose import disclose, document, plain, summary

router = APIRouter(tags=["公开网站"], dependencies=[anyone()])

Page = Annotated[int, Query(ge=1, le=100_000, description="第几页")]
PerPage = Annotated[int, Query(ge=1, le=200, description="每页条数")]
Text = Annotated[str, Query(max_length=100, description="名称或代码")]
CountyCode = Annotated[str, Query(max_length=6, description="县区代码")]


@router.get("/public.json")
async def home(database: Db) -> dict[str, Any]:
    """Counts of the public site."""
    async with database.transaction() as tx:
        return {
            "results": await count_public(tx),
            "catalogue": await count_catalogue(tx),
            "log": await count_by_kind(tx),
        }


@router.get("/public/items.json")
async def items(
    database: Db, q: Text = "", category: str = "", page: Page = 1, per_page: PerPage = 50
) -> dict[str, Any]:
    """The published item list."""
    async with database.transaction() as tx:
        rows, total = await list_items(
            tx, text=q, category=category, sort="code", descending=False, limit=per_page, offset=(page - 1) * per_page
        )
    return _paged("items", [plain(row) for row in rows], total, page, per_page)


@router.get("/public/plans.json")
async def plans(
    database: Db, q: Text = "", county: CountyCode = "", page: Page = 1, per_page: PerPage = 50
) -> dict[str, Any]:
    """Published plans."""
    async with database.transaction() as tx:
        rows, total = await list_plans(
            tx, text=q, county=county, sort="approved_at", descending=True, limit=per_page, offset=(page - 1) * per_page
        )
    return _paged("plans", [plain(row) for row in rows], total, page, per_page)


@router.get("/public/tasks.json")
async def tasks(
    database: Db, q: Text = "", county: CountyCode = "", page: Page = 1, per_page: PerPage = 50
) -> dict[str, Any]:
    """Published tasks."""
    async with database.transaction() as tx:
        rows, total = await list_tasks(
            tx, text=q, county=county, sort="task_id", descending=True, limit=per_page, offset=(page - 1) * per_page
        )
    return _paged("tasks", [plain(row) for row in rows], total, page, per_page)


@router.get("/public/results.json")
async def results(
    database: Db,
    q: Text = "",
    county: CountyCode = "",
    result: Annotated[str, Query(max_length=2, description="检查结果代码")] = "",
    task: Annotated[str, Query(max_length=40, description="任务编号")] = "",
    since: Annotated[date | None, Query(alias="from", description="公示日期，自")] = None,
    until: Annotated[date | None, Query(alias="to", description="公示日期，至")] = None,
    page: Page = 1,
    per_page: PerPage = 50,
) -> dict[str, Any]:
    """Published results, the newest first."""
    search = Search(
        text=q,
        county=county,
        states=tuple(PUBLIC),
        subject_result=result,
        task_id=task,
        published_from=since,
        published_to=until,
    )
    return await _results(database, search, page, per_page)


@router.get("/public/results/{publication_id}.json")
async def result_of(database: Db, publication_id: str) -> dict[str, Any]:
    """One published result with its corrections."""
    async with database.transaction() as tx:
        return document(await disclose(tx, publication_id))


@router.get("/public/subjects/{uscc}.json")
async def subject(database: Db, uscc: str, page: Page = 1, per_page: PerPage = 50) -> dict[str, Any]:
    """Everything that is published about one subject."""
    found = await _results(database, Search(uscc=uscc, states=tuple(PUBLIC)), page, per_page)
    if not found["total"]:
        raise NothingPublished
    return {"uscc": uscc} | found


async def _results(database: Db, search: Search, page: int, per_page: int) -> dict[str, Any]:
    async with database.transaction() as tx:
        rows, total = await list_publications(
            tx, search, sort="published_at", descending=True, limit=per_page, offset=(page - 1) * per_page
        )
    return _paged("results", [summary(row) for row in rows], total, page, per_page)


def _paged(name: str, rows: list[dict[str, Any]], total: int, page: int, per_page: int) -> dict[str, Any]:
    return {"total": total, "page": page, "per_page": per_page, name: rows}
