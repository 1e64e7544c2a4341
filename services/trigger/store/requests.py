"""Open311 requests: which signals came that way, and what may be told of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Exists, RowMapping, Select, and_, exists, func, insert, or_, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db import Transaction
from services.trigger.domain.open311 import CLOSED, CLOSING, ENDED, MOST, status_of
from services.trigger.domain.signal import WAITING
from services.trigger.store.open311_tables import open311_requests, open311_updates
from services.trigger.store.tables import answers, signals


@dataclass(frozen=True, slots=True)
class Came:
    """How a signal came by Open311; `request_id` is the signal's id."""

    request_id: str
    token: str
    batch: bool
    platform: str
    service_code: str
    content_mark: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What anybody may be told of a request: neither employer nor text nor place."""

    request_id: str
    token: str
    sorted: bool  # whether it has an id to be known by: at once, or once a person has sorted it
    service_code: str
    requested_at: datetime
    updated_at: datetime
    due: date
    status: str
    notes: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests are asked for; an id list overrides all else."""

    ids: Sequence[str] = ()
    codes: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    status: Sequence[str] = ()


async def retried(tx: Transaction, platform: str, mark: str, since: datetime) -> Came | None:
    """The request that the same client sent with the same content since then; copies sent at once wait here."""
    await tx.execute(text("select pg_advisory_xact_lock(hashtextextended(:mark, 0))"), {"mark": f"{platform}\n{mark}"})
    statement = select(open311_requests).where(
        open311_requests.c.platform == platform,
        open311_requests.c.content_mark == mark,
        open311_requests.c.requested_at >= since,
    )
    row = await tx.first(statement.order_by(open311_requests.c.requested_at).limit(1))
    return Came(**row) if row else None


async def add(tx: Transaction, came: Came) -> None:
    """Save how the signal came."""
    await tx.execute(insert(open311_requests).values(asdict(came)))


async def load(tx: Transaction, request_id: str) -> Came | None:
    """How the signal came, or None."""
    row = await tx.first(select(open311_requests).where(open311_requests.c.request_id == request_id))
    return Came(**row) if row else None


async def by_token(tx: Transaction, token: str) -> Told | None:
    """The request with this token, or None."""
    row = await tx.first(_told().where(open311_requests.c.token == token))
    return _row(row) if row else None


async def told(tx: Transaction, wanted: Wanted) -> list[Told]:
    """At most 1000 requests that have an id to be known by, newest first."""
    statement = _told().where(_SORTED)
    statement = statement.order_by(open311_requests.c.requested_at.desc(), open311_requests.c.request_id).limit(MOST)
    if wanted.ids:
        return [_row(row) for row in await tx.all(statement.where(open311_requests.c.request_id.in_(wanted.ids)))]
    if wanted.codes:
        statement = statement.where(open311_requests.c.service_code.in_(wanted.codes))
    if wanted.since:
        statement = statement.where(open311_requests.c.requested_at >= wanted.since)
    if wanted.until:
        statement = statement.where(open311_requests.c.requested_at <= wanted.until)
    if len(set(wanted.status)) == 1:
        closed = and_(or_(signals.c.state.in_(ENDED), _closing()), signals.c.review_due.is_(None))
        statement = statement.where(closed if wanted.status[0] == CLOSED else ~closed)
    return [_row(row) for row in await tx.all(statement)]


async def updates(tx: Transaction, since: datetime, until: datetime) -> Sequence[RowMapping]:
    """Answers given to requests in that time, oldest first, at most 1000."""
    statement = (
        select(answers.c.answer_id, answers.c.signal_id, answers.c.stage, answers.c.text, answers.c.created_at)
        .join(open311_requests, open311_requests.c.request_id == answers.c.signal_id)
        .join(signals, signals.c.signal_id == answers.c.signal_id)
        .where(_SORTED, answers.c.created_at >= since, answers.c.created_at <= until)
        .order_by(answers.c.created_at, answers.c.answer_id)
        .limit(MOST)
    )
    return await tx.all(statement)


async def add_update(tx: Transaction, request_id: str, update_id: str, at: datetime) -> bool:
    """Remember a client's update; False if it was sent before."""
    statement = upsert(open311_updates).values(request_id=request_id, update_id=update_id, received_at=at)
    return await tx.scalar(statement.on_conflict_do_nothing().returning(open311_updates.c.update_id)) is not None


_SORTED = or_(~open311_requests.c.batch, signals.c.state != WAITING)


def _closing() -> Exists:
    closing = answers.c.stage.in_(sorted(CLOSING))
    return exists().where(answers.c.signal_id == open311_requests.c.request_id, closing)


def _told() -> Select[Any]:
    given = (
        select(
            func.array_agg(aggregate_order_by(answers.c.stage, answers.c.sequence)).label("stages"),
            func.array_agg(aggregate_order_by(answers.c.text, answers.c.sequence)).label("texts"),
            func.max(answers.c.created_at).label("updated_at"),
        )
        .where(answers.c.signal_id == open311_requests.c.request_id)
        .lateral()
    )
    return (
        select(
            open311_requests.c.request_id,
            open311_requests.c.token,
            _SORTED.label("sorted"),
            open311_requests.c.service_code,
            open311_requests.c.requested_at,
            signals.c.state,
            signals.c.due,
            signals.c.review_due,
            given.c.stages,
            given.c.texts,
            given.c.updated_at,
        )
        .join(signals, signals.c.signal_id == open311_requests.c.request_id)
        .join(given, text("true"), isouter=True)
    )


def _row(row: RowMapping) -> Told:
    stages, texts = row["stages"] or [], row["texts"] or []
    return Told(
        row["request_id"], row["token"], row["sorted"], row["service_code"], row["requested_at"],
        row["updated_at"] or row["requested_at"], row["due"],
        status_of(row["state"], stages, in_review=row["review_due"] is not None),
        texts[-1] if texts else "",
    )  # fmt: skip
