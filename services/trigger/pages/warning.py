"""The pages of early warning: map, alarms, the weeks of a county and category, and what people judged."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from libs.common.clock import china_date, now
from libs.common.errors import NotFound, SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import CITY, Actor, Role, allow
from libs.common.http.pages import Errors, done, errors_of
from libs.common.http.problems import status_of
from libs.common.reference import AREAS, county_name
from libs.common.web import ListQuery
from libs.common.web.export import export_response
from services.trigger.api import warning as shapes
from services.trigger.domain import alarm
from services.trigger.domain.category import CATEGORIES, WAGES
from services.trigger.domain.errors import ConclusionMissing
from services.trigger.domain.warning import GRAINS, able_from, monday_of
from services.trigger.pages.shown import HOME, on_map, show
from services.trigger.store import lists, warning
from services.trigger.usecases.show_counts import Week, weeks_of
from services.trigger.usecases.watch_counts import acknowledge_alarm

router = APIRouter(prefix="/trigger", include_in_schema=False)

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Clerk = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]

WARNINGS = ("早期预警", "/trigger/warning")
ON_THE_MAP = timedelta(weeks=4)


def _show(request: Request, template: str, actor: Actor, **context: Any) -> Response:
    categories = [(name, name) for name in CATEGORIES]
    return show(request, template, actor, alarm_words=alarm, grains=GRAINS, city=CITY, categories=categories, **context)


@router.get("/warning")
async def show_warning(request: Request, database: Db, actor: Reader) -> Response:
    """Where alarms were raised in the last four weeks, and all of them as a list."""
    query = ListQuery.from_params(request.query_params, shapes.ALARM_COLUMNS, filters=shapes.ALARM_FILTERS)
    since = monday_of(china_date(now()) - ON_THE_MAP)
    async with database.transaction() as tx:
        found = await lists.page_of(tx, warning.alarms_seen_by(actor, query), query, bounded=True)
        raised = await warning.by_county(tx, actor, since)
        waiting = await warning.open_alarms(tx, actor)
        last = await warning.last_survey(tx)
        first = await warning.first_day(tx)
    if query.format:
        rows = [_readable(row) for row in found]
        return await export_response(query.format, shapes.ALARM_COLUMNS, rows, "早期预警")
    return _show(
        request, "warning.html", actor, title="早期预警", crumbs=[HOME, ("早期预警", None)], block="list",
        page=found, columns=shapes.ALARM_COLUMNS, counties=raised,
        on_map=on_map(actor, raised), waiting=waiting, last=last, since=since, today=china_date(now()),
        able={grain: able_from(grain, first) for grain in GRAINS} if first else {},
    )  # fmt: skip


def _readable(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "county": county_name(row["county"]),
        "grain": GRAINS[row["grain"]],
        "state": alarm.STATES[row["state"]],
        "expected": round(row["expected"], 1),
    }


@router.get("/warning/counts")
async def show_counts(
    request: Request,
    database: Db,
    actor: Reader,
    county: Annotated[str, Query(max_length=6)] = "",
    category: Annotated[str, Query(max_length=40)] = WAGES,
) -> Response:
    """The last year of one county and category, week by week, with expected counts and limits."""
    county = county or actor.county
    actor.must_see(county)
    if county not in AREAS or category not in CATEGORIES:
        raise NotFound
    query = ListQuery.from_params(request.query_params, shapes.WEEK_COLUMNS, filters=("county", "category"))
    yesterday = china_date(now()) - timedelta(days=1)
    async with database.transaction() as tx:
        weeks = await weeks_of(tx, county, category, yesterday)
    if query.format:
        place = {"county": county_name(county), "category": category}
        rows = [asdict(week) | place | {"outstanding": "是" if week.outstanding else ""} for week in weeks]
        return await export_response(query.format, shapes.WEEK_COLUMNS, rows, "投诉件数和预警线")
    return _show(
        request, "counts.html", actor, title="投诉件数", crumbs=[HOME, WARNINGS, ("投诉件数", None)],
        weeks=weeks, chart_weeks=_chart(weeks), county_code=county, category=category, query=query,
    )  # fmt: skip


def _chart(weeks: list[Week]) -> dict[str, Any]:
    return {
        "labels": [f"{week.monday:%m-%d}" for week in weeks],
        "series": [
            ("实际件数", [week.count for week in weeks]),
            ("预计件数", [week.expected for week in weeks]),
            ("预警线", [week.limit for week in weeks]),
        ],
    }


@router.get("/warning/{alarm_id}")
async def show_alarm(alarm_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """One alarm: what was found, the year before it, the complaints behind it, and what people concluded."""
    return await _alarm(alarm_id, request, database, actor)


async def _alarm(
    alarm_id: str,
    request: Request,
    database: Db,
    actor: Actor,
    errors: Errors = (),
    status: int = 200,
    form: Mapping[str, str] | None = None,
) -> Response:
    async with database.transaction() as tx:
        row = await warning.load(tx, alarm_id)
        if row is None:
            raise NotFound
        actor.must_see(row["county"])
        end = row["week"] + timedelta(days=6)
        weeks = await weeks_of(tx, row["county"], row["category"], min(end, china_date(now()) - timedelta(days=1)))
        context = {
            "findings": await warning.findings(tx, alarm_id),
            "notes": await warning.notes(tx, alarm_id),
            "behind": await warning.signals_of(tx, row["county"], row["category"], row["week"]),
        }
    return _show(
        request, "alarm.html", actor, title=f"{county_name(row['county'])} · {row['category']}",
        crumbs=[HOME, WARNINGS, ("预警", None)], alarm=row, end=end, chart_weeks=_chart(weeks), errors=errors,
        status=status, form=form or {"conclusion": "", "note": ""}, may_act=actor.role in {Role.LEAD, Role.UNIT},
        conclusions=list(alarm.CONCLUSIONS.items()), most_behind=warning.BEHIND, **context,
    )  # fmt: skip


@router.post("/warning/{alarm_id}/acknowledge")
async def acknowledge(
    alarm_id: str,
    request: Request,
    database: Db,
    actor: Clerk,
    conclusion: Annotated[str, Form(max_length=20)] = "",
    note: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Write down what somebody concluded."""
    try:
        async with database.transaction() as tx:
            await acknowledge_alarm(tx, alarm_id, alarm.acknowledged(conclusion, note), actor, now())
    except SunlotError as error:
        field = "conclusion" if isinstance(error, ConclusionMissing) else "note"
        errors = [(field, text) for _, text in errors_of(error)]
        said = {"conclusion": conclusion, "note": note}
        return await _alarm(alarm_id, request, database, actor, errors, status_of(error)[0], said)
    return done(f"/trigger/warning/{alarm_id}")
