"""The summary of results of past draws, inside and for everybody, each number with its definition."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import RowMapping

from libs.common.http.app import Db
from libs.common.http.auth import Actor
from libs.common.http.pages import page
from libs.common.web import ListQuery
from libs.common.web.export import export_response
from services.draw.api.results import COLUMNS, FILTERS, Reader, Summary, Visitor, group_name, summary
from services.draw.pages import words
from services.draw.pages.inside import TRAIL

router = APIRouter(include_in_schema=False)

TITLE = "抽查结果汇总"
DIMENSION = {"county": "按用工所在县区", "industry": "按行业门类", "class": "按信用风险分类", "year": "按年度"}


@router.get("/draw/results")
async def show_results(request: Request, database: Db, actor: Reader) -> Response:
    """Inside: with the class, and of the actor's county."""
    return await _results(request, database, actor)


@router.get("/public/draws/results")
async def show_public_results(request: Request, database: Db, _: Visitor) -> Response:
    """For everybody: whoever is signed in sees here what everybody sees."""
    return await _results(request, database, None)


async def _results(request: Request, database: Db, actor: Actor | None) -> Response:
    query = ListQuery.from_params(request.query_params, COLUMNS, filters=FILTERS)
    async with database.transaction() as tx:
        found = await summary(tx, query, actor)
    if query.format:
        rows = [with_shares(row) for row in found.draws]
        return await export_response(query.format, COLUMNS, rows, TITLE)
    path = "/draw/results" if actor else "/public/draws/results"
    return page(
        request,
        "draw/results.html" if actor else "draw/public_results.html",
        actor=actor,
        active="draw" if actor else "verify",
        title=TITLE,
        crumbs=[TRAIL, (TITLE, None)] if actor else [],
        found=found,
        page=found.draws,
        columns=COLUMNS,
        path=path,
        words=words,
        titles=DIMENSION,
        name_of=_name_of,
        charts_of=bars_of(found),
        with_shares=with_shares,
        results_bars=[(name, number) for _, name, number in found.by_result],
    )


def _name_of(dimension: str, group: str) -> str:
    if dimension == "industry" and group in words.INDUSTRY:
        return words.INDUSTRY[group]
    return group_name(dimension, group, words.CLASS)


def with_shares(row: RowMapping | Mapping[str, Any]) -> dict[str, Any]:
    """A draw's numbers with those that follow from them; no rate without anything to judge."""
    judged = row["judged"]
    return {
        **row,
        "in_progress": row["dispatched"] - row["inspected"],
        "rate": f"{100 * row['problems'] / judged:.1f}%" if judged else "",
    }


def bars_of(found: Summary) -> dict[str, Sequence[tuple[str, float]]]:
    """The problem rate of each group that has one, in percent, for its chart."""
    return {
        dimension: [
            (_name_of(dimension, group), 100 * one.problems / one.judged) for group, one in groups if one.judged
        ]
        for dimension, groups in found.groups.items()
    }
