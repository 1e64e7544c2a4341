"""The page of answers: what got through to which platform on which day, what waits, and pushing again by hand."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from libs.common.clock import china_date, now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import done
from libs.common.reference import county_name
from libs.common.web import ListQuery
from libs.common.web.export import export_response
from services.trigger.api import shapes
from services.trigger.pages import words
from services.trigger.pages.shown import HOME, show
from services.trigger.store import delivery, lists, platforms
from services.trigger.usecases.replay_answer import replay_answer

router = APIRouter(prefix="/trigger/answers", include_in_schema=False)

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Lead = Annotated[Actor, allow(Role.LEAD)]

DAYS: Final = 30  # on the chart
_ON_PAGE: Final = tuple(column for column in shapes.ANSWER_COLUMNS if column.key != "sent_at")  # stands under another
SERIES: Final = (("sent", "已送达"), ("waiting", "待送达"), ("failed", "未能送达"))


@router.get("")
async def show_answers(request: Request, database: Db, actor: Reader) -> Response:
    """What was answered, and what could not be delivered yet."""
    query = ListQuery.from_params(request.query_params, shapes.ANSWER_COLUMNS, filters=shapes.ANSWER_FILTERS)
    moment = now()
    since = moment - timedelta(days=DAYS)
    async with database.transaction() as tx:
        found = await lists.page_of(tx, lists.answers_seen_by(actor, query), query, bounded=True)
        names = {one.code: one.name for one in await platforms.every(tx)}
        if not query.format:
            counted = await delivery.numbers(tx, actor, since)
            by_platform = delivery.by_platform(counted)
            chart = _chart(delivery.by_day(counted, query.value("platform")), moment)
            paused = await delivery.paused(tx)
    if query.format:
        rows = [_readable(row, names) for row in found]
        return await export_response(query.format, shapes.ANSWER_COLUMNS, rows, "答复")
    return show(
        request, "answers.html", actor, title="答复", crumbs=[HOME, ("答复", None)], block="list", page=found,
        columns=_ON_PAGE, may_replay=actor.role is Role.LEAD, names=names, by_platform=by_platform, chart_days=chart,
        paused=paused, moment=moment,
    )  # fmt: skip


def _chart(counted: Mapping[date, Any], moment: datetime) -> dict[str, Any]:
    days = [china_date(moment) - timedelta(days=back) for back in reversed(range(DAYS))]
    series = [(name, [counted[day][key] if day in counted else 0 for day in days]) for key, name in SERIES]
    return {
        "labels": [f"{day.month}-{day.day}" for day in days],
        "series": series,
        "any": any(day in counted for day in days),
    }


def _readable(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {
        **row,
        "county": county_name(row["county"]),
        "platform": names.get(row["platform"], row["platform"]),
        "state": words.ANSWER_STATES[row["state"]],
        "stage": words.STAGES[row["stage"]],
    }


@router.post("/{answer_id}/replay")
async def replay(answer_id: str, database: Db, actor: Lead) -> Response:
    """Push an answer again."""
    async with database.transaction() as tx:
        await replay_answer(tx, answer_id, actor, now())
    return done("/trigger/answers")
