"""The pages of whoever handles signals: overview, lists, one signal, its matching, triggers, rules and answers."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from libs.common.clock import china_date, now
from libs.common.errors import NotFound, SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import Errors, done, errors_of, page
from libs.common.http.problems import status_of
from libs.common.reference import county_name
from libs.common.web import Column, ListPage, ListQuery
from libs.common.web.export import export_response
from services.trigger.api import shapes
from services.trigger.domain.signal import WAITING
from services.trigger.pages import words
from services.trigger.store import answers, counters, lists, platforms, signals, subjects, triggers
from services.trigger.usecases.match_signal import (
    ChooseSubject,
    ReturnSignal,
    choose_subject,
    retry_match,
    return_signal,
)
from services.trigger.usecases.read_signal import Opened, candidates_for, open_signal, titles
from services.trigger.usecases.replay_answer import replay_answer

router = APIRouter(prefix="/trigger", include_in_schema=False)

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Clerk = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]
Lead = Annotated[Actor, allow(Role.LEAD)]
Text = Annotated[str, Form(max_length=500)]

HOME = ("触发预警", "/trigger/")
SIGNALS = ("线索", "/trigger/signals")
TRIGGERS = ("触发", "/trigger/triggers")


def _show(request: Request, template: str, actor: Actor, **context: Any) -> Response:
    """A page under the tab 触发预警."""
    return page(
        request, f"trigger/{template}", actor=actor, active="trigger", words=words, today=china_date(now()), **context
    )


@router.get("/")
async def show_overview(request: Request, database: Db, actor: Reader) -> Response:
    """How many signals there are, from where, about what, in which county."""
    async with database.transaction() as tx:
        numbers = await lists.overview(tx, actor, china_date(now()))
    return _show(request, "overview.html", actor, title="触发预警", numbers=numbers)


@router.get("/todo")
async def show_todo(request: Request, database: Db, actor: Reader) -> Response:
    """What waits here, for the desk."""
    async with database.transaction() as tx:
        numbers = await lists.overview(tx, actor, china_date(now()))
    return _show(request, "todo.html", actor, title="触发预警", numbers=numbers)


async def _list(
    request: Request, actor: Actor, template: str, columns: Sequence[Column], found: ListPage[lists.Row], **context: Any
) -> Response:
    if found.query.format:
        rows = [_readable(row) for row in found]
        return await export_response(found.query.format, columns, rows, context["title"])
    return _show(request, template, actor, block="list", page=found, columns=columns, **context)


def _readable(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of an export: the words of the page instead of codes."""
    changed: dict[str, Any] = {"county": county_name(row["county"])}
    if "state" in row:
        changed["state"] = {**words.SIGNAL_STATES, **words.ANSWER_STATES}[row["state"]]
        if "stage" in row:
            changed["state"] = words.ANSWER_STATES[row["state"]]
    if "stage" in row:
        changed["stage"] = words.STAGES[row["stage"]]
    return {**row, **changed}


@router.get("/signals")
async def show_signals(request: Request, database: Db, actor: Reader) -> Response:
    """Signals, without anything protected."""
    query = ListQuery.from_params(request.query_params, shapes.SIGNAL_COLUMNS, filters=shapes.SIGNAL_FILTERS)
    async with database.transaction() as tx:
        found = await lists.page_of(tx, lists.signals_seen_by(actor, query, china_date(now())), query)
    return await _list(
        request, actor, "signals.html", shapes.SIGNAL_COLUMNS, found, title="线索", crumbs=[HOME, ("线索", None)]
    )


@router.get("/signals/{signal_id}")
async def show_signal(signal_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """One signal with its history; what is protected stays hidden until somebody says what for."""
    return await _signal(signal_id, request, database, actor, (), 200, None)


async def _signal(
    signal_id: str, request: Request, database: Db, actor: Actor, errors: Errors, status: int, opened: Opened | None
) -> Response:
    async with database.transaction() as tx:
        row = await signals.load_row(tx, signal_id)
        if row is None:
            raise NotFound
        actor.must_see(row["county"])
        context = {
            "history": await signals.history(tx, signal_id),
            "views": await signals.views(tx, signal_id),
            "triggers": await triggers.of_signal(tx, signal_id),
            "answers": await answers.of_signal(tx, signal_id),
            "subject": await subjects.load(tx, row["uscc"]) if row["uscc"] else None,
            "platform": await platforms.load(tx, row["platform"]),
        }
    return _show(
        request, "signal.html", actor, title=f"线索 {row['order_id']}", crumbs=[HOME, SIGNALS, (row["order_id"], None)],
        signal=row, errors=errors, status=status, opened=opened, titles=titles,
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


@router.get("/signals/{signal_id}/match")
async def show_match(signal_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """The signal and the subjects that it may mean, side by side."""
    return await _match(signal_id, request, database, actor)


async def _match(
    signal_id: str, request: Request, database: Db, actor: Actor, errors: Errors = (), status: int = 200
) -> Response:
    async with database.transaction() as tx:
        signal, candidates = await candidates_for(tx, signal_id, actor)
    return _show(
        request, "match.html", actor, title="匹配检查对象",
        crumbs=[HOME, SIGNALS, (signal.order_id, f"/trigger/signals/{signal_id}"), ("匹配", None)],
        signal=signal, candidates=candidates, errors=errors, status=status, waiting=signal.state == WAITING,
        may_act=actor.role in {Role.LEAD, Role.UNIT},
    )  # fmt: skip


@router.post("/signals/{signal_id}/match")
async def choose(signal_id: str, request: Request, database: Db, actor: Clerk, uscc: Text = "") -> Response:
    """The clerk has chosen."""
    try:
        async with database.transaction() as tx:
            await choose_subject(tx, ChooseSubject(signal_id, uscc.strip().upper()), actor, now())
    except SunlotError as error:
        return await _match_again(error, signal_id, request, database, actor, "uscc")
    return done(f"/trigger/signals/{signal_id}")


@router.post("/signals/{signal_id}/retry")
async def retry(signal_id: str, request: Request, database: Db, actor: Clerk) -> Response:
    """Try again to match by itself."""
    try:
        async with database.transaction() as tx:
            matched = await retry_match(tx, signal_id, actor, now())
    except SunlotError as error:
        return await _match_again(error, signal_id, request, database, actor, "")
    return done(f"/trigger/signals/{signal_id}" + ("" if matched else "/match"))


@router.post("/signals/{signal_id}/return")
async def send_back(signal_id: str, request: Request, database: Db, actor: Clerk, reason: Text = "") -> Response:
    """The order goes back."""
    try:
        async with database.transaction() as tx:
            await return_signal(tx, ReturnSignal(signal_id, reason), request.app.state.vault, actor, now())
    except SunlotError as error:
        return await _match_again(error, signal_id, request, database, actor, "reason")
    return done(f"/trigger/signals/{signal_id}")


async def _match_again(
    error: SunlotError, signal_id: str, request: Request, database: Db, actor: Actor, field: str
) -> Response:
    errors = [(field, text) for _, text in errors_of(error)]
    return await _match(signal_id, request, database, actor, errors, status_of(error)[0])


@router.get("/triggers")
async def show_triggers(request: Request, database: Db, actor: Reader) -> Response:
    """What has fired."""
    query = ListQuery.from_params(request.query_params, shapes.TRIGGER_COLUMNS, filters=shapes.TRIGGER_FILTERS)
    async with database.transaction() as tx:
        found = await lists.page_of(tx, lists.triggers_seen_by(actor, query), query)
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
        names = await subjects.named(tx, {line["uscc"] for line in members})
    return _show(
        request, "trigger.html", actor, title=row["rule_name"], crumbs=[HOME, TRIGGERS, (row["rule_name"], None)],
        trigger=row, members=members, names=names, draws=draws, cases=cases, recounted=recounted,
    )  # fmt: skip


@router.get("/answers")
async def show_answers(request: Request, database: Db, actor: Reader) -> Response:
    """What was answered, and what could not be delivered yet."""
    query = ListQuery.from_params(request.query_params, shapes.ANSWER_COLUMNS, filters=shapes.ANSWER_FILTERS)
    async with database.transaction() as tx:
        found = await lists.page_of(tx, lists.answers_seen_by(actor, query), query)
    return await _list(
        request, actor, "answers.html", shapes.ANSWER_COLUMNS, found, title="答复", crumbs=[HOME, ("答复", None)],
        may_replay=actor.role is Role.LEAD,
    )  # fmt: skip


@router.post("/answers/{answer_id}/replay")
async def replay(answer_id: str, database: Db, actor: Lead) -> Response:
    """Push an answer again."""
    async with database.transaction() as tx:
        await replay_answer(tx, answer_id, actor, now())
    return done("/trigger/answers")
