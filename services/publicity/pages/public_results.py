"""The public results: the list, one result with its corrections, everything about one subject."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from libs.common.http.app import Db
from libs.common.http.auth import anyone
from libs.common.http.pages import page
from libs.common.reference import county_name
from libs.common.web import Column, ListPage, ListQuery
from libs.common.web.export import export_response
from libs.common.web.filters import masked_name
from services.publicity.domain.content import ITEM_LABEL
from services.publicity.domain.errors import NothingPublished
from services.publicity.domain.publication import PUBLIC, Publication
from services.publicity.domain.results import SUBJECT_RESULTS, subject_result_name, tone
from services.publicity.pages.windows import every_publication
from services.publicity.store.publication_lists import Search, list_publications
from services.publicity.usecases.disclose import disclose

router = APIRouter(prefix="/public", include_in_schema=False, dependencies=[anyone()])

COLUMNS = (
    Column("subject_name", "检查对象", sortable=True, width=36),
    Column("uscc", "统一社会信用代码", code=True, width=22),
    Column("county", "县区", sortable=True),
    Column("unit_name", "检查实施机关", width=32),
    Column("kind_of_draw", "抽查类型"),
    Column("subject_result", "检查结果", sortable=True, width=24),
    Column("ended_on", "检查日期", sortable=True),
    Column("published_at", "公示时间", sortable=True, width=20),
)
_MOST_OF_A_SUBJECT = 200


@router.get("/results")
async def results(request: Request, database: Db) -> Response:
    """The list of results, filtered by county, name or code, result and day."""
    query = ListQuery.from_params(
        request.query_params,
        COLUMNS,
        filters=("q", "county", "result", "task", "from", "to"),
        default_sort="-published_at",
    )
    search = Search(
        text=query.value("q"),
        county=query.value("county"),
        states=tuple(PUBLIC),
        subject_result=query.value("result"),
        task_id=query.value("task"),
        published_from=_day(query.value("from")),
        published_to=_day(query.value("to")),
    )
    if query.format:
        rows = (_cells(item) async for item in every_publication(database, search, query))
        return await export_response(query.format, COLUMNS, rows, "抽查结果公示")
    async with database.transaction() as tx:
        found, total = await list_publications(
            tx, search, sort=query.sort, descending=query.descending, limit=query.limit, offset=query.offset
        )
    return page(
        request,
        "public_results.html",
        actor=None,
        block="list",
        title="结果公示",
        active="results",
        robots="index",
        columns=COLUMNS,
        page=ListPage(found, total, query),
        result_options=list(SUBJECT_RESULTS.items()),
        result_name=subject_result_name,
        result_tone=tone,
    )


@router.get("/results/{publication_id}")
async def result_of(request: Request, database: Db, publication_id: str) -> Response:
    """One result with its corrections side by side and its places in the log."""
    async with database.transaction() as tx:
        found = await disclose(tx, publication_id)
    name = masked_name(found.publication.content.subject_name)
    return page(
        request,
        "public_result.html",
        actor=None,
        title=name,
        active="results",
        robots="index",
        crumbs=[("结果公示", "/public/results"), (name, None)],
        found=found,
        publication=found.publication,
        content=found.publication.content,
        lines=[line for line in found.publication.content.lines(masked_name) if not line[0].startswith(ITEM_LABEL)],
        result_name=subject_result_name,
        result_tone=tone,
    )


@router.get("/subjects/{uscc}")
async def subject(request: Request, database: Db, uscc: str) -> Response:
    """Everything that is published about one subject. Raises NothingPublished (404)."""
    async with database.transaction() as tx:
        found, total = await list_publications(
            tx,
            Search(uscc=uscc, states=tuple(PUBLIC)),
            sort="published_at",
            descending=True,
            limit=_MOST_OF_A_SUBJECT,
            offset=0,
        )
    if not found:
        raise NothingPublished
    name = masked_name(found[0].content.subject_name)
    return page(
        request,
        "public_subject.html",
        actor=None,
        title=name,
        active="results",
        robots="index",
        crumbs=[("结果公示", "/public/results"), (name, None)],
        uscc=uscc,
        found=found,
        total=total,
        result_name=subject_result_name,
        result_tone=tone,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _cells(publication: Publication) -> dict[str, Any]:
    content = publication.content
    return {
        "subject_name": masked_name(content.subject_name),
        "uscc": content.uscc,
        "county": county_name(content.county),
        "unit_name": content.unit_name,
        "kind_of_draw": content.kind_of_draw,
        "subject_result": subject_result_name(content.subject_result),
        "ended_on": content.ended_on,
        "published_at": publication.published_at,
    }
