"""The pages of whoever handles signals: overview, lists, one signal, its review, and triggers."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from libs.common.clock import china_date, now
from libs.common.errors import NotFound, SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import Errors, done, errors_of
from libs.common.http.problems import status_of
from libs.common.reference import county_name
from libs.common.web import Column, ListPage, ListQuery
from libs.common.web.export import export_response
from services.trigger.api import shapes
from services.trigger.domain.referral import near_until
from services.trigger.domain.signal import WAITING
from services.trigger.pages import words
from services.trigger.pages.shown import HOME, SIGNALS, on_map, show
from services.trigger.store import (
    answers,
    counters,
    lists,
    messages,
    platforms,
    referrals,
    retention,
    reviews,
    signals,
    subjects,
    triggers,
    twins,
    unmatched,
)
from services.trigger.usecases.conclude_review import ConcludeReview, conclude_review
from services.trigger.usecases.read_signal import Opened, open_signal, titles

router = APIRouter(prefix="/trigger", include_in_schema=False)

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Clerk = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]
Text = Annotated[str, Form(max_length=500)]

JOINED_SHOWN = 200  # signals that joined a trigger; what made it fire is always shown
TRIGGERS = ("触发", "/trigger/triggers")


@router.get("/")
async def show_overview(request: Request, database: Db, actor: Reader) -> Response:
    """How many signals there are, from where, about what, in which county."""
    async with database.transaction() as tx:
        numbers = await lists.overview(tx, actor, china_date(now()))
    return show(request, "overview.html", actor, title="触发预警", numbers=numbers,
                 on_map=on_map(actor, numbers["counties"]))  # fmt: skip


@router.get("/todo")
async def show_todo(request: Request, database: Db, actor: Reader) -> Response:
    """What waits here, for the desk."""
    async with database.transaction() as tx:
        today = china_date(now())
        numbers = await lists.waiting(tx, actor, today)
        referred = await referrals.waiting(tx, actor, today, near_until(today))
    return show(request, "todo.html", actor, title="触发预警", numbers=numbers, referred=referred)


async def _list(
    request: Request, actor: Actor, template: str, columns: Sequence[Column], found: ListPage[lists.Row], **context: Any
) -> Response:
    if found.query.format:
        rows = [_readable(row) for row in found]
        return await export_response(found.query.format, columns, rows, context["title"])
    return show(request, template, actor, block="list", page=found, columns=columns, **context)


def _readable(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of an export: the words of the page instead of codes."""
    changed: dict[str, Any] = {"county": county_name(row["county"])}
    if "state" in row:
        changed["state"] = words.SIGNAL_STATES[row["state"]]
    if "came_by" in row:
        changed["came_by"] = words.CAME_BY[row["came_by"]]
    if "supervised" in row:
        changed["supervised"] = "督办" if row["supervised"] else ""
    return {**row, **changed}


# What a clerk looks for stands first, also on a phone; kind and day of a review stand below source and due day.
_SHOWN: Final = (
    *("order_id", "state", "category", "county", "due", "urge_count", "supervised"),
    *("source", "came_by", "received_at"),
)
_SIGNALS_SHOWN: Final = tuple(column for key in _SHOWN for column in shapes.SIGNAL_COLUMNS if column.key == key)


@router.get("/signals")
async def show_signals(request: Request, database: Db, actor: Reader) -> Response:
    """Signals, without anything protected."""
    query = ListQuery.from_params(request.query_params, shapes.SIGNAL_COLUMNS, filters=shapes.SIGNAL_FILTERS)
    async with database.transaction() as tx:
        found = await lists.page_of(tx, lists.signals_seen_by(actor, query, china_date(now())), query, bounded=True)
        ids = [] if query.format else [row["signal_id"] for row in found]
        repeats = await twins.firsts(tx, ids, request.app.state.settings.duplicate_days)
        steps = await unmatched.steps(tx, ids)
        held = await retention.held(tx, ids)
    return await _list(
        request, actor, "signals.html", shapes.SIGNAL_COLUMNS, found, title="线索", crumbs=[HOME, ("线索", None)],
        shown=_SIGNALS_SHOWN, repeats=repeats, steps=steps, held=held,
    )  # fmt: skip


@router.get("/signals/{signal_id}")
async def show_signal(signal_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """One signal with its history; what is protected stays hidden until somebody says what for."""
    return await _signal(signal_id, request, database, actor, (), 200, None)


async def _signal(
    signal_id: str, request: Request, database: Db, actor: Actor, errors: Errors, status: int, opened: Opened | None,
    form: ConcludeReview | None = None,
) -> Response:  # fmt: skip
    async with database.transaction() as tx:
        row, known = await signals.load_row(tx, signal_id), await signals.load(tx, signal_id)
        if row is None or known is None:
            raise NotFound
        actor.must_see(row["county"])
        context = {
            "history": await signals.history(tx, signal_id),
            "views": await signals.views(tx, signal_id),
            "referral": await referrals.load(tx, signal_id),
            "triggers": await triggers.of_signal(tx, signal_id),
            "answers": await answers.of_signal(tx, signal_id),
            "messages": await messages.of_signal(tx, signal_id),
            "reviews": await reviews.of_signal(tx, signal_id),
            "joinable": await reviews.joinable(tx, known, now()) if row["review_due"] else [],
            "subject": await subjects.load(tx, row["uscc"]) if row["uscc"] else None,
            "platform": await platforms.load(tx, row["platform"]),
            "twins": await twins.of_signal(tx, signal_id, request.app.state.settings.duplicate_days),
            "held": bool(await retention.held(tx, [signal_id])),
            "step": await unmatched.load(tx, signal_id) if row["state"] == WAITING else None,
        }
    return show(
        request, "signal.html", actor, title=f"线索 {row['order_id']}", crumbs=[HOME, SIGNALS, (row["order_id"], None)],
        signal=row, errors=errors, status=status, opened=opened, form=form, titles=titles,
        may_act=actor.role in {Role.LEAD, Role.UNIT}, waiting=row["state"] == WAITING, **context,
    )  # fmt: skip


@router.post("/signals/{signal_id}/open")
async def open_protected(signal_id: str, request: Request, database: Db, actor: Clerk, purpose: Text = "") -> Response:
    """Show the protected text once, after writing down who asked and what for."""
    try:
        async with database.transaction() as tx:
            opened = await open_signal(tx, signal_id, purpose, request.app.state.vault, actor, now())
    except SunlotError as error:
        errors = [("purpose", text) for _, text in errors_of(error)]
        return await _signal(signal_id, request, database, actor, errors, status_of(error)[0], None)
    return await _signal(signal_id, request, database, actor, (), 200, opened)


@router.post("/signals/{signal_id}/review")
async def conclude(
    signal_id: str, request: Request, database: Db, actor: Clerk, conclusion: Text = "",
    note: Annotated[str, Form(max_length=2000)] = "", trigger_id: Text = "",
) -> Response:  # fmt: skip
    """A clerk ends the review; what was written stays in the form when something is missing."""
    command = ConcludeReview(signal_id, conclusion, note, trigger_id)
    try:
        async with database.transaction() as tx:
            await conclude_review(tx, command, request.app.state.vault, actor, now())
    except SunlotError as error:
        field = _REVIEW_FIELDS.get(error.slug, "conclusion")
        errors = [(field, text) for _, text in errors_of(error)]
        return await _signal(signal_id, request, database, actor, errors, status_of(error)[0], None, command)
    return done(f"/trigger/signals/{signal_id}")


_REVIEW_FIELDS: Final = {"note-missing": "note", "trigger-not-fitting": "trigger_id"}


@router.get("/triggers")
async def show_triggers(request: Request, database: Db, actor: Reader) -> Response:
    """What has fired."""
    query = ListQuery.from_params(request.query_params, shapes.TRIGGER_COLUMNS, filters=shapes.TRIGGER_FILTERS)
    async with database.transaction() as tx:
        found = await lists.page_of(tx, lists.triggers_seen_by(actor, query), query, bounded=True)
    return await _list(
        request, actor, "triggers.html", shapes.TRIGGER_COLUMNS, found, title="触发", crumbs=[HOME, ("触发", None)]
    )


@router.get("/triggers/{trigger_id}")
async def show_trigger(trigger_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """Why it fired: which signals, which version of which rule, which numbers; and what came of it."""
    async with database.transaction() as tx:
        row = await triggers.load(tx, trigger_id)
        if row is None:
            raise NotFound
        actor.must_see(row["county"])
        members = await triggers.signals_of(tx, trigger_id)
        draws, cases = await triggers.draws(tx, trigger_id), await triggers.cases(tx, trigger_id)
        recounted = await counters.recounted(tx, trigger_id)
        causes = [line for line in members if line["part"] == triggers.CAUSE]
        joined = [line for line in members if line["part"] != triggers.CAUSE]
        listed = [*causes, *joined[:JOINED_SHOWN]]
        names = await subjects.named(tx, {line["uscc"] for line in listed})
    return show(
        request, "trigger.html", actor, title=row["rule_name"], crumbs=[HOME, TRIGGERS, (row["rule_name"], None)],
        trigger=row, members=listed, unlisted=len(members) - len(listed), names=names, draws=draws, cases=cases,
        recounted=recounted,
    )  # fmt: skip
