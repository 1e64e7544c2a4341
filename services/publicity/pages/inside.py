"""The desk of publication: what awaits review, what is due, what is late; and the fragment of the work bench."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from libs.common import clock
from libs.common.http.app import Db
from libs.common.http.auth import Actor
from libs.common.http.pages import page
from libs.common.reference import county_name
from libs.common.web import Column, ListPage, ListQuery
from libs.common.web.export import export_response
from libs.common.workdays import workdays_left
from services.publicity.api.doors import Reader
from services.publicity.domain.mirror import Delivery
from services.publicity.domain.publication import Publication, State
from services.publicity.domain.results import SUBJECT_RESULTS, subject_result_name, tone
from services.publicity.pages.windows import every_publication
from services.publicity.store.log import draws_under_seal
from services.publicity.store.mirror import count_deliveries
from services.publicity.store.publication_lists import OPEN, Search, count_states, list_publications
from services.publicity.store.publications import due_days

router = APIRouter(prefix="/publicity", include_in_schema=False)

COLUMNS = (
    Column("subject_name", "检查对象", sortable=True, width=36),
    Column("uscc", "统一社会信用代码", code=True, width=22),
    Column("county", "县区", sortable=True),
    Column("unit_name", "检查单位", width=30),
    Column("subject_result", "检查结果", sortable=True, width=24),
    Column("ended_on", "检查结束", sortable=True),
    Column("due", "公示期限", sortable=True),
    Column("days_left", "剩余工作日", numeric=True),
    Column("state", "状态", sortable=True),
)
_WIDEST_STRIP = 25  # working days: 20 to publish, and a little before


@router.get("/")
async def desk(request: Request, database: Db, actor: Reader) -> Response:
    """The list, with the counts and the strip of deadlines above it."""
    query = ListQuery.from_params(
        request.query_params, COLUMNS, filters=("q", "county", "state", "due"), default_sort="due"
    )
    today = clock.china_date(clock.now())
    county = "" if actor.whole_city else actor.county
    search = _search(query, county)
    if query.format:
        rows = (_cells(one) async for one in every_publication(database, search, query))
        return await export_response(query.format, COLUMNS, rows, "结果公示办理")
    async with database.transaction() as tx:
        found, total = await list_publications(
            tx, search, sort=query.sort, descending=query.descending, limit=query.limit, offset=query.offset
        )
        sealed = await draws_under_seal(tx, {one for p in found if not p.state.public for one in p.content.draw_ids})
        counts = await count_states(tx, county, today)
        due = await due_days(tx, [county] if county else None)
    return page(
        request,
        "desk.html",
        actor=actor,
        block="list",
        title="结果公示",
        active="publicity",
        crumbs=[("结果公示", None)],
        columns=COLUMNS,
        page=ListPage(found, total, query),
        counts=counts,
        today=today,
        sealed=sealed,
        strips=_strips(due),
        states=[(state.value, state.chinese) for state in State],
        result_name=subject_result_name,
        result_tone=tone,
    )


@router.get("/todo")
async def todo(request: Request, database: Db, actor: Reader) -> Response:
    """What waits here for whoever is signed in: a fragment of the work bench."""
    today = clock.china_date(clock.now())
    county = "" if actor.whole_city else actor.county
    async with database.transaction() as tx:
        counts = await count_states(tx, county, today)
        refused = (await count_deliveries(tx, county))[Delivery.REFUSED]
        soon, soon_total = await list_publications(
            tx,
            Search(county=county, states=OPEN, due_from=today, due_before=today + timedelta(days=8)),
            sort="due",
            descending=False,
            limit=3,
            offset=0,
        )
    return page(
        request, "todo.html", actor=actor, title="结果公示", counts=counts, refused=refused, soon=soon,
        soon_total=soon_total, today=today,
    )  # fmt: skip


def _search(query: ListQuery, county: str) -> Search:
    today = clock.china_date(clock.now())
    state, due = query.value("state"), query.value("due")
    states = (State(state),) if state in set(State) else OPEN if due in {"late", "soon"} else ()
    return Search(
        text=query.value("q"),
        county=county or query.value("county"),
        states=states,
        due_before=today if due == "late" else today + timedelta(days=8) if due == "soon" else None,
        due_from=today if due == "soon" else None,
    )


def _strips(due: list[tuple[str, Any]]) -> list[tuple[str, list[int]]]:
    today = clock.china_date(clock.now())
    left = {day: workdays_left(today, day) for day in {day for _, day in due}}
    by_county: dict[str, list[int]] = {}
    for county, day in due:
        by_county.setdefault(county, []).append(max(min(left[day], _WIDEST_STRIP), -_WIDEST_STRIP))
    return [(county_name(county), sorted(values)) for county, values in by_county.items()]


def _cells(publication: Publication) -> dict[str, Any]:
    content = publication.content
    today = clock.china_date(clock.now())
    return {
        "subject_name": content.subject_name,
        "uscc": content.uscc,
        "county": county_name(content.county),
        "unit_name": content.unit_name,
        "subject_result": SUBJECT_RESULTS.get(content.subject_result, content.subject_result),
        "ended_on": content.ended_on,
        "due": publication.deadline.due,
        "days_left": None if publication.state.public else publication.days_left(today),
        "state": publication.state.chinese,
    }


def may_act(actor: Actor) -> bool:
    """Whether the actor's role has forms here at all; the use case decides for good."""
    return actor.role.value in {"lead", "unit"}
