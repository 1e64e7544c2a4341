"""The API twins of the pages: signals, triggers and answers."""

from typing import Annotated, Any

from fastapi import APIRouter, Request

from libs.common.clock import china_date, now
from libs.common.errors import NotFound
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web import ListPage, ListQuery
from services.trigger.api import shapes
from services.trigger.store import answers, lists, signals, triggers, twins
from services.trigger.usecases.replay_answer import replay_answer

router = APIRouter(prefix="/trigger/api/v1", tags=["触发预警"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Lead = Annotated[Actor, allow(Role.LEAD)]


def _page(page: ListPage[lists.Row]) -> dict[str, Any]:
    return {"total": page.total, "page": page.query.page, "pages": page.pages, "items": page.rows}


@router.get("/overview")
async def get_overview(database: Db, actor: Reader) -> dict[str, Any]:
    """线索按状态、来源、县区、类别的数量，以及触发次数。"""
    async with database.transaction() as tx:
        return await lists.overview(tx, actor, china_date(now()))


@router.get("/signals")
async def list_signals(request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """线索列表，不含受保护内容（sort、page、per_page）。

    筛选：q、county、state、source、came_by、platform、category、late、supervised、urged、review、held、week。
    week 为某周的一天：只列该周计入早期预警的投诉；held=1：设为暂不清除的。
    """
    query = ListQuery.from_params(request.query_params, shapes.SIGNAL_COLUMNS, filters=shapes.SIGNAL_FILTERS)
    async with database.transaction() as tx:
        return _page(await lists.page_of(tx, lists.signals_seen_by(actor, query, china_date(now())), query))


@router.get("/signals/{signal_id}")
async def get_signal(signal_id: str, request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """一件线索及其办理经过、触发和答复，不含受保护内容。"""
    async with database.transaction() as tx:
        row = await signals.load_row(tx, signal_id)
        if row is None:
            raise NotFound
        actor.must_see(row["county"])
        repeats = await twins.firsts(tx, [signal_id], request.app.state.settings.duplicate_days)
        hidden = {"content_mark", "employer_key", "matter_mark", "complainant", "flags", "attributes"}
        return {
            **{name: value for name, value in row.items() if name not in hidden},
            "history": [dict(line) for line in await signals.history(tx, signal_id)],
            "triggers": [line["trigger_id"] for line in await triggers.of_signal(tx, signal_id)],
            "answers": [dict(line) for line in await answers.of_signal(tx, signal_id)],
            "duplicate_of": repeats.get(signal_id, ""),
        }


@router.get("/triggers")
async def list_triggers(request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """触发列表（county、source 筛选）。"""
    query = ListQuery.from_params(request.query_params, shapes.TRIGGER_COLUMNS, filters=shapes.TRIGGER_FILTERS)
    async with database.transaction() as tx:
        return _page(await lists.page_of(tx, lists.triggers_seen_by(actor, query), query))


@router.get("/triggers/{trigger_id}")
async def get_trigger(trigger_id: str, database: Db, actor: Reader) -> dict[str, Any]:
    """一次触发：规则版本、数字、线索编号，以及后续的抽取和检查。"""
    async with database.transaction() as tx:
        row = await triggers.load(tx, trigger_id)
        if row is None:
            raise NotFound
        actor.must_see(row["county"])
        members = await triggers.signals_of(tx, trigger_id)
        return {
            **row,
            "signals": [{"signal_id": line["signal_id"], "part": line["part"]} for line in members],
            "draws": await triggers.draws(tx, trigger_id),
            "cases": await triggers.cases(tx, trigger_id),
        }


@router.get("/answers")
async def list_answers(request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """答复列表（q、state、stage、platform 筛选）。"""
    query = ListQuery.from_params(request.query_params, shapes.ANSWER_COLUMNS, filters=shapes.ANSWER_FILTERS)
    async with database.transaction() as tx:
        return _page(await lists.page_of(tx, lists.answers_seen_by(actor, query), query))


@router.post("/answers/{answer_id}/replay", status_code=204)
async def replay(answer_id: str, database: Db, actor: Lead) -> None:
    """重新推送一条答复，编号不变。"""
    async with database.transaction() as tx:
        await replay_answer(tx, answer_id, actor, now())
