"""Referrals by hand: which are due, and the document by which each was answered."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from libs.common.clock import china_date, now
from libs.common.errors import NotFound, SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role
from libs.common.http.pages import Errors, done, errors_of
from libs.common.http.problems import status_of
from libs.common.reference import county_name
from libs.common.web import ListQuery
from libs.common.web.export import export_response
from services.trigger.api.referrals import COLUMNS, FILTERS, Clerk, Reader, page_of
from services.trigger.domain import referral
from services.trigger.domain.referral import Reply, state_of
from services.trigger.pages.shown import HOME, show
from services.trigger.store import referrals, signals
from services.trigger.usecases.reply_referral import reply_referral

router = APIRouter(prefix="/trigger/referrals", include_in_schema=False)

TONES = {referral.OPEN: "live", referral.SOON: "warn", referral.LATE: "bad", referral.REPLIED: "good"}
NEVER = date.max  # of a reply whose day can't be read
Word = Annotated[str, Form(max_length=4000)]


@router.get("")
async def show_referrals(request: Request, database: Db, actor: Reader) -> Response:
    """Referrals, the nearest deadline first."""
    query = ListQuery.from_params(request.query_params, COLUMNS, filters=FILTERS)
    found = await page_of(database, actor, query)
    if query.format:
        rows = [{**row, "county": county_name(row["county"]), "state": referral.STATES[row["state"]]} for row in found]
        return await export_response(query.format, COLUMNS, rows, "转办交办")
    return show(
        request, "referrals.html", actor, block="list", title="转办交办", page=found,
        crumbs=[HOME, ("转办交办", None)], columns=COLUMNS, states=referral.STATES, tones=TONES,
        may_act=actor.role in {Role.LEAD, Role.UNIT},
    )  # fmt: skip


@router.get("/{signal_id}")
async def show_referral(signal_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """One referral, with the form for its reply."""
    return await _referral(signal_id, request, database, actor, {"replied_on": china_date(now()).isoformat()})


async def _referral(
    signal_id: str, request: Request, database: Db, actor: Actor, form: dict[str, Any], errors: Errors = (),
    status: int = 200,
) -> Response:  # fmt: skip
    async with database.transaction() as tx:
        found, signal = await referrals.load(tx, signal_id), await signals.load(tx, signal_id)
    if found is None or signal is None:
        raise NotFound
    actor.must_see(signal.county)
    state = state_of(found["reply_number"], found["reply_by"], china_date(now()))
    return show(
        request, "referral.html", actor, title=f"转办交办 {found['document_number']}",
        crumbs=[HOME, ("转办交办", "/trigger/referrals"), (found["document_number"], None)], referral=found,
        signal=signal, state=state, states=referral.STATES, tones=TONES, status=status,
        form={"number": "", "text": "", **form}, errors=errors, may_act=actor.role in {Role.LEAD, Role.UNIT},
    )  # fmt: skip


@router.post("/{signal_id}/reply")
async def reply(
    signal_id: str, request: Request, database: Db, actor: Clerk, number: Word = "", replied_on: Word = "",
    text: Word = "",
) -> Response:  # fmt: skip
    """Record the reply."""
    try:
        day = date.fromisoformat(replied_on)
    except ValueError:
        day = NEVER
    try:
        async with database.transaction() as tx:
            told = Reply(number.strip(), day, text.strip())
            await reply_referral(tx, signal_id, told, request.app.state.vault, actor, now())
    except NotFound:
        raise
    except SunlotError as error:
        form = {"number": number, "replied_on": replied_on, "text": text}
        return await _referral(signal_id, request, database, actor, form, errors_of(error), status_of(error)[0])
    return done(f"/trigger/referrals/{signal_id}")
