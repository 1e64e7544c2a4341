"""The form for what comes by telephone, letter, visit or document, and for what monitoring has found."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from libs.common import clock
from libs.common.errors import SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import CITY, Actor, Role
from libs.common.http.pages import Errors, done, errors_of, page
from libs.common.http.problems import status_of
from libs.common.ids import new_id
from libs.common.reference import COUNTIES
from services.trigger.api.entries import Clerk
from services.trigger.api.uploads import Reader
from services.trigger.domain.cells import Cell
from services.trigger.domain.entry import COMPLAINT, COMPLAINT_CHANNELS, MONITORED, REFERRED, SEVERITIES
from services.trigger.domain.signal import KINDS
from services.trigger.domain.upload_columns import KINDS as WHAT
from services.trigger.pages import words
from services.trigger.usecases.enter_signal import enter_form

router = APIRouter(prefix="/trigger/signals", include_in_schema=False)

HEADINGS = {COMPLAINT: "登记投诉举报", REFERRED: "登记转办交办", MONITORED: "登记网络监测线索"}
OPTIONS = [(COMPLAINT, "来电、来信、来访"), (REFERRED, "转办交办"), (MONITORED, "网络监测、舆情")]
_DAYS_ALONE = {REFERRED}


@router.get("/new")
async def show_form(request: Request, actor: Reader) -> Response:
    """An empty form with an id of its own, so that sending it twice is one signal."""
    asked = request.query_params.get("what", COMPLAINT)
    what = asked if asked in HEADINGS else COMPLAINT
    moment = clock.now().astimezone(clock.CHINA)
    form = {
        "kind": KINDS[0], "urgency": SEVERITIES[0],
        "accepted_at": f"{moment:%Y-%m-%d}" if what in _DAYS_ALONE else f"{moment:%Y-%m-%dT%H:%M}",
        "county": "" if actor.whole_city else actor.county,
    }  # fmt: skip
    return _show(request, actor, what, form)


def _show(
    request: Request, actor: Actor, what: str, form: dict[str, Any], errors: Errors = (), status: int = 200
) -> Response:
    mine = [(area.adcode, area.name) for area in COUNTIES if actor.whole_city or area.adcode == actor.county]
    empty = {**dict.fromkeys(WHAT[what].fields, ""), "form_id": str(new_id())}
    return page(
        request, "trigger/enter.html", actor=actor, active="trigger", title="登记线索", what=what,
        crumbs=[("触发预警", "/trigger/"), ("线索", "/trigger/signals"), ("登记线索", None)], heading=HEADINGS[what],
        what_options=OPTIONS, form={**empty, **form}, errors=errors, status=status,
        may_act=actor.role in {Role.LEAD, Role.UNIT},
        channels=[(one, one) for one in COMPLAINT_CHANNELS], kinds=[(one, one) for one in KINDS[:4]],
        severities=[(one, one) for one in SEVERITIES], categories=words.CATEGORY_OPTIONS,
        county_choices=[("", "不明"), *mine] if actor.county == CITY else mine,
    )  # fmt: skip


@router.post("/new")
async def enter(request: Request, database: Db, actor: Clerk) -> Response:
    """Take it in; a second click leads to the same signal."""
    told = {name: str(value)[:10_001] for name, value in (await request.form()).items()}
    what = told.get("what", COMPLAINT)
    if what not in HEADINGS:
        what = COMPLAINT
    values: dict[str, Cell] = {name: told.get(name, "") for name in WHAT[what].fields}
    try:
        async with database.transaction() as tx:
            received = await enter_form(
                tx, what, told.get("form_id", ""), values, request.app.state.vault, actor, clock.now()
            )
    except SunlotError as error:
        return _show(request, actor, what, told, errors_of(error), status_of(error)[0])
    return done(f"/trigger/signals/{received.signal_id}")
