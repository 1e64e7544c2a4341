"""Signals that have found no subject: by what a later subject finds them, and what a clerk decided meanwhile."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db import Transaction
from libs.common.http.auth import Actor
from libs.common.web import ListQuery
from services.trigger.domain.matching import Keys
from services.trigger.domain.signal import WAITING, Signal
from services.trigger.store.matching_tables import unmatched
from services.trigger.store.tables import signals

LATER: Final = "later"
REGISTER: Final = "register"
STEPS: Final = {LATER: "暂缓", REGISTER: "待建档"}


async def add(tx: Transaction, lost: Sequence[tuple[Signal, Keys]], keyed: int) -> None:
    """Remember what found nothing, so that a subject which comes later is found; again it changes nothing."""
    if lost:
        await tx.execute(
            upsert(unmatched).on_conflict_do_nothing(),
            [
                {
                    "signal_id": signal.signal_id, "sound_key": keys.sound, "keyed": keyed,
                    "name": signal.employer_name, "name_key": keys.key, "county": signal.county,
                    "step": "", "ground": "", "step_by": "", "step_name": "",
                }
                for signal, keys in sorted(lost, key=lambda one: one[0].signal_id)
            ],
        )  # fmt: skip


async def take_step(tx: Transaction, signal_id: str, step: str, ground: str, actor: Actor, now: datetime) -> None:
    """What the clerk decided takes the place of what was decided before; the signal's history keeps both."""
    await tx.execute(
        update(unmatched)
        .where(unmatched.c.signal_id == signal_id)
        .values(step=step, ground=ground, step_at=now, step_by=actor.account_id, step_name=actor.name)
    )


async def load(tx: Transaction, signal_id: str) -> RowMapping | None:
    """What was decided of a signal without subject, or None."""
    return await tx.first(select(unmatched).where(unmatched.c.signal_id == signal_id))


async def steps(tx: Transaction, signal_ids: Sequence[str]) -> dict[str, str]:
    """What was decided, of those that a clerk has looked at."""
    rows = await tx.all(
        select(unmatched.c.signal_id, unmatched.c.step).where(
            unmatched.c.signal_id.in_(signal_ids), unmatched.c.step != ""
        )
    )
    return {row["signal_id"]: row["step"] for row in rows}


def to_register(actor: Actor, query: ListQuery) -> Select[Any]:
    """Firms that registry does not have: name as told, county, how many signals wait since when; most told of first."""
    mine = select(
        func.min(signals.c.signal_id).label("signal_id"),
        func.min(unmatched.c.name).label("name"),
        unmatched.c.name_key,
        unmatched.c.county,
        func.count().label("signals"),
        func.min(signals.c.accepted_at).label("first_at"),
        func.max(signals.c.accepted_at).label("last_at"),
        func.min(signals.c.due).label("due"),
        func.max(func.nullif(signals.c.employer_uscc, "")).label("uscc"),
    ).join(signals, signals.c.signal_id == unmatched.c.signal_id)
    mine = mine.where(unmatched.c.step == REGISTER, signals.c.state == WAITING)
    if not actor.whole_city:
        mine = mine.where(unmatched.c.county == actor.county)
    if value := query.value("county"):
        mine = mine.where(unmatched.c.county == value)
    if words := query.value("q"):
        mine = mine.where(
            or_(unmatched.c.name.contains(words, autoescape=True), signals.c.employer_uscc == words.upper())
        )
    firms = mine.group_by(unmatched.c.name_key, unmatched.c.county).subquery()
    return select(firms).order_by(firms.c.signals.desc(), firms.c.first_at, firms.c.name_key, firms.c.county)


async def outdated(tx: Transaction, keyed: int, limit: int) -> Sequence[RowMapping]:
    """Signals without subject whose keys an older release made, locked; another process takes others."""
    return await tx.all(
        select(unmatched.c.signal_id, unmatched.c.name)
        .where(unmatched.c.keyed < keyed)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


async def save_keys(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put new keys in the place of old ones."""
    for row in rows:
        await tx.execute(update(unmatched).where(unmatched.c.signal_id == row["signal_id"]).values(row))
