"""The summary of results of past draws, as JSON, inside and for everybody."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request

from libs.common.db.transaction import Transaction
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow, anyone
from libs.common.reference import county_name
from libs.common.web import Column, ListPage, ListQuery
from services.draw.api import shapes
from services.draw.domain.results import RESULTS, Outcome
from services.draw.store import lists, results
from services.draw.store.results import Wanted

router = APIRouter(tags=["抽查结果汇总"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Visitor = Annotated[Actor | None, anyone()]
FILTERS = ("year", "county", "plan")

COLUMNS = (
    Column("draw_id", "抽取编号", code=True, sortable=True, width=26),
    Column("title", "抽查任务", sortable=True, width=36),
    Column("plan_title", "抽查计划", width=36),
    Column("drawn_at", "抽取时间", sortable=True, width=20),
    Column("pool_rows", "名录户数", numeric=True, sortable=True),
    Column("drawn", "抽中", numeric=True, sortable=True),
    Column("inspected", "已检查", numeric=True, sortable=True),
    Column("in_progress", "检查中", numeric=True),
    Column("problems", "发现问题", numeric=True, sortable=True),
    Column("rate", "问题发现率", numeric=True),
    Column("withdrawn", "撤回", numeric=True),
)


@dataclass(frozen=True, slots=True)
class Summary:
    """All that the page shows; the class only where it may be seen."""

    total: Outcome
    groups: dict[str, list[tuple[str, Outcome]]]
    by_result: list[tuple[str, str, int]]  # code, words, subjects
    attempts: dict[str, int]
    draws: ListPage[Any]
    years: list[str]
    plans: list[tuple[str, str]]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "total": self.total.document(),
            **{
                f"by_{dimension}": [{"group": name} | one.document() for name, one in found]
                for dimension, found in self.groups.items()
            },
            "by_result": [{"code": code, "name": name, "subjects": number} for code, name, number in self.by_result],
            "attempts": self.attempts,
            "draws": [shapes.plain(row) for row in self.draws],
            "draws_total": self.draws.total,
        }


async def summary(tx: Transaction, query: ListQuery, actor: Actor | None) -> Summary:
    """Sum up; an actor of a county sees its own subjects, everybody else what is not under seal."""
    only = actor.county if actor is not None and not actor.whole_city else ""
    wanted = Wanted(
        query.value("year"), query.value("county"), query.value("plan"), sealed_too=actor is not None, only_county=only
    )
    # The credit-risk class is for internal use (细则第六条).
    shown = [name for name in results.DIMENSIONS if actor is not None or name != "class"]
    counted = await results.by_result(tx, wanted)
    return Summary(
        total=await results.total(tx, wanted),
        groups={name: await results.by_dimension(tx, wanted, name) for name in shown},
        by_result=[(code, name, counted[code]) for code, name in RESULTS.items() if code in counted],
        attempts=await results.attempts_by_state(tx, wanted),
        draws=await lists.page_of(tx, results.by_draw(wanted), query),
        years=await results.years(tx),
        plans=await results.drawn_plans(tx, sealed_too=actor is not None),
    )


def group_name(dimension: str, group: str, classes: dict[str, str]) -> str:
    """A group for people."""
    if dimension == "county":
        return county_name(group)
    if dimension == "class":
        return classes[group]
    return group or "未登记"


@router.get("/draw/api/v1/results")
async def get_results(request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """历次抽查结果汇总（year、county、plan 筛选），含信用风险分类。"""
    query = ListQuery.from_params(request.query_params, COLUMNS, filters=FILTERS)
    async with database.transaction() as tx:
        return (await summary(tx, query, actor)).document()


@router.get("/public/draws/results.json")
async def get_public_results(request: Request, database: Db, _: Visitor) -> dict[str, Any]:
    """历次抽查结果汇总（year、county、plan 筛选），公开部分。"""
    query = ListQuery.from_params(request.query_params, COLUMNS, filters=FILTERS)
    async with database.transaction() as tx:
        return (await summary(tx, query, None)).document()
