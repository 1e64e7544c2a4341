"""One publication inside: the record, its review, its corrections, its mirror, its history."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from libs.common import clock
from libs.common.db.database import Database
from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError, Invalid, NotFound, SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor
from libs.common.http.pages import done, errors_of, page
from libs.common.http.problems import status_of
from services.publicity.api.doors import Config, Publisher, Reader
from services.publicity.domain import results
from services.publicity.domain.content import Amendment
from services.publicity.domain.mirror import Delivery, advice
from services.publicity.domain.publication import DUE_SOON, Publication
from services.publicity.pages.inside import may_act
from services.publicity.store.corrections import load_corrections
from services.publicity.store.log import draws_under_seal
from services.publicity.store.mirror import receipts_of, records_of
from services.publicity.store.publications import load_history, load_publication
from services.publicity.usecases.decide_correction import confirm_correction, reject_correction
from services.publicity.usecases.disclose import difference_of
from services.publicity.usecases.persons import person
from services.publicity.usecases.propose_correction import propose_correction
from services.publicity.usecases.publish_result import publish_result
from services.publicity.usecases.resend_record import refused_tasks, resend_record
from services.publicity.usecases.return_publication import hand_in_again, return_publication

router = APIRouter(prefix="/publicity/publications", include_in_schema=False)

Work = Callable[[Transaction], Awaitable[object]]


@router.get("/{publication_id}")
async def show(request: Request, database: Db, actor: Reader, publication_id: str) -> Response:
    """Everything about one publication and the one thing to do next."""
    return await _page(request, database, actor, publication_id)


@router.post("/{publication_id}/publish")
async def publish(request: Request, database: Db, settings: Config, actor: Publisher, publication_id: str) -> Response:
    """审核公示."""
    form = await request.form()

    async def work(tx: Transaction) -> object:
        return await publish_result(
            tx,
            publication_id,
            _text(form, "opinion"),
            actor,
            signer=settings.signer,
            mirrored=bool(settings.mirror_url),
            now=clock.now(),
        )

    return await _carry_out(request, database, actor, publication_id, work, form)


@router.post("/{publication_id}/return")
async def send_back(request: Request, database: Db, actor: Publisher, publication_id: str) -> Response:
    """退回录入."""
    form = await request.form()
    return await _carry_out(
        request,
        database,
        actor,
        publication_id,
        lambda tx: return_publication(tx, publication_id, _text(form, "reason"), actor, clock.now()),
        form,
    )


@router.post("/{publication_id}/resubmit")
async def resubmit(request: Request, database: Db, actor: Publisher, publication_id: str) -> Response:
    """重新提交."""
    form = await request.form()
    return await _carry_out(
        request,
        database,
        actor,
        publication_id,
        lambda tx: hand_in_again(tx, publication_id, _text(form, "statement"), actor, clock.now()),
        form,
    )


@router.post("/{publication_id}/corrections")
async def correct(request: Request, database: Db, actor: Publisher, publication_id: str) -> Response:
    """提出更正."""
    form = await request.form()

    async def work(tx: Transaction) -> object:
        change = _amendment(form)
        return await propose_correction(tx, publication_id, change, _text(form, "reason"), actor, clock.now())

    return await _carry_out(request, database, actor, publication_id, work, form)


@router.post("/{publication_id}/corrections/{number}/confirm")
async def confirm(
    request: Request, database: Db, settings: Config, actor: Publisher, publication_id: str, number: int
) -> Response:
    """确认更正."""

    async def work(tx: Transaction) -> object:
        return await confirm_correction(
            tx,
            publication_id,
            number,
            actor,
            signer=settings.signer,
            mirrored=bool(settings.mirror_url),
            now=clock.now(),
        )

    return await _carry_out(request, database, actor, publication_id, work, {})


@router.post("/{publication_id}/corrections/{number}/reject")
async def reject(request: Request, database: Db, actor: Publisher, publication_id: str, number: int) -> Response:
    """驳回更正."""
    return await _carry_out(
        request,
        database,
        actor,
        publication_id,
        lambda tx: reject_correction(tx, publication_id, number, actor, clock.now()),
        {},
    )


@router.post("/{publication_id}/resend")
async def resend(request: Request, database: Db, settings: Config, actor: Publisher, publication_id: str) -> Response:
    """重新报送."""
    return await _carry_out(
        request,
        database,
        actor,
        publication_id,
        lambda tx: resend_record(tx, publication_id, actor, mirrored=bool(settings.mirror_url), now=clock.now()),
        {},
    )


async def _carry_out(
    request: Request,
    database: Database,
    actor: Actor,
    publication_id: str,
    work: Work,
    form: Mapping[str, Any] | FormData,
) -> Response:
    try:
        async with database.transaction() as tx:
            await work(tx)
    except NotFound:
        raise
    except SunlotError as error:
        return await _page(request, database, actor, publication_id, error=error, form=form)
    return done(f"/publicity/publications/{publication_id}")


async def _page(
    request: Request,
    database: Database,
    actor: Actor,
    publication_id: str,
    *,
    error: SunlotError | None = None,
    form: Mapping[str, Any] | FormData | None = None,
) -> Response:
    async with database.transaction() as tx:
        publication = await load_publication(tx, publication_id)
        actor.must_see(publication.content.county)
        decided = await load_corrections(tx, publication_id)
        records = await records_of(tx, publication_id)
        receipts = await receipts_of(tx, publication_id)
        history = await load_history(tx, publication_id)
        sealed = frozenset() if publication.state.public else await draws_under_seal(tx, publication.content.draw_ids)
    today = clock.china_date(clock.now())
    return page(
        request,
        "publication.html",
        actor=actor,
        status=status_of(error)[0] if error else 200,
        errors=errors_of(error) if error else [],
        title=publication.content.subject_name,
        active="publicity",
        crumbs=[("结果公示", "/publicity/"), (publication.content.subject_name, None)],
        publication=publication,
        content=publication.content,
        days_left=publication.days_left(today),
        overdue=publication.overdue(today),
        corrections=[(item, difference_of(item)) for item in decided],
        open_correction=next((item.correction for item in decided if item.confirmed is None), None),
        records=[(row, Delivery(row["state"])) for row in records],
        resendable=bool(refused_tasks(records)),
        methods="、".join(results.METHODS.get(code, code) for code in publication.content.methods),
        item_options=[(word, word) for word in results.ITEM_RESULTS],
        receipts=receipts,
        receipt_events=[
            _event(row["at"], Delivery(row["status"]).chinese, row["code"], row["message"]) for row in receipts
        ],
        history_events=[_event(h["at"], h["action"], h["why"], h["who_name"] or h["who"]) for h in history],
        advice=advice,
        why_not=_why_not(publication, actor),
        seal=publication.seal_sentence(sealed) if sealed else "",
        sealed=sorted(sealed),
        due_soon=DUE_SOON,
        may_act=may_act(actor),
        form=form or {},
        results=results,
    )


def _event(at: datetime, what: str, detail: str, who: str) -> Mapping[str, Any]:
    return {"at": at, "text": f"{what}：{detail}" if detail else what, "who": who}


def _why_not(publication: Publication, actor: Actor) -> str:
    """Why this actor can't review, in words; nothing if they can."""
    try:
        publication.reviewable_by(person(actor))
    except SunlotError as error:
        return error.detail
    return ""


def _amendment(form: FormData) -> Amendment:
    ended_on = _text(form, "ended_on")
    try:
        day = date.fromisoformat(ended_on) if ended_on else None
    except ValueError as error:
        raise Invalid(fields=[FieldError("ended_on", "请填写日期，如 2026-11-22。")]) from error
    items = {
        name.removeprefix("item_"): str(value) for name, value in form.items() if name.startswith("item_") and value
    }
    return Amendment(_text(form, "subject_name"), _text(form, "subject_result"), day, _text(form, "follow_up"), items)


def _text(form: FormData, name: str) -> str:
    return str(form.get(name, "")).strip()
