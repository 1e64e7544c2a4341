"""How answers get through: numbers by day and platform, what waits longest, and which platforms are paused."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Date, RowMapping, case, cast, func, insert, select, update

from libs.common.db import Transaction
from libs.common.http.auth import Actor
from services.trigger.store.answers import OFFERED, SENT, STALLED, WAITING
from services.trigger.store.order_tables import platform_pauses
from services.trigger.store.tables import answers

_CHINA = "Asia/Shanghai"
FAILING: Final = (answers.c.state == STALLED) | ((answers.c.state == WAITING) & (answers.c.last_error != ""))
_NUMBERS = (
    func.count(case((answers.c.state == SENT, 1))).label("sent"),
    func.count(case(((answers.c.state == WAITING) & (answers.c.last_error == ""), 1))).label("waiting"),
    func.count(case((FAILING, 1))).label("failed"),
)


def _seen_by(actor: Actor) -> list[Any]:
    return [answers.c.state != OFFERED, *([] if actor.whole_city else [answers.c.county == actor.county])]


async def by_platform(tx: Transaction, actor: Actor, since: datetime) -> Sequence[RowMapping]:
    """Of answers given since then, by platform: delivered, waiting, failing; and since when the oldest waits at all."""
    given = answers.c.created_at >= since
    open_ = answers.c.state.in_((WAITING, STALLED))
    return await tx.all(
        select(
            answers.c.platform,
            func.count(case((given & (answers.c.state == SENT), 1))).label("sent"),
            func.count(case(((answers.c.state == WAITING) & (answers.c.last_error == ""), 1))).label("waiting"),
            func.count(case((FAILING, 1))).label("failed"),
            func.min(case((open_, answers.c.created_at))).label("oldest"),
            func.max(answers.c.sent_at).label("last_sent"),
        )
        .where(*_seen_by(actor), given | open_)
        .group_by(answers.c.platform)
        .order_by(answers.c.platform)
    )


async def by_day(tx: Transaction, actor: Actor, since: datetime, platform: str) -> Mapping[date, RowMapping]:
    """Of answers given since then, by day in China: delivered, waiting, failing."""
    day = cast(func.timezone(_CHINA, answers.c.created_at), Date).label("day")
    own = [answers.c.platform == platform] if platform else []
    rows = await tx.all(
        select(day, *_NUMBERS).where(*_seen_by(actor), answers.c.created_at >= since, *own).group_by(day)
    )
    return {row["day"]: row for row in rows}


async def paused(tx: Transaction) -> dict[str, RowMapping]:
    """The platforms to which nothing is pushed now: since when, by whom and why."""
    rows = await tx.all(select(platform_pauses).where(platform_pauses.c.resumed_at.is_(None)))
    return {row["code"]: row for row in rows}


async def pause(tx: Transaction, code: str, reason: str, who: str, now: datetime) -> None:
    """Nothing more is pushed; the caller holds the platform's row."""
    last = await tx.scalar(select(func.max(platform_pauses.c.number)).where(platform_pauses.c.code == code))
    await tx.execute(
        insert(platform_pauses).values(
            code=code, number=(last or 0) + 1, paused_at=now, paused_by=who, reason=reason, resumed_by=""
        )
    )


async def resume(tx: Transaction, code: str, who: str, now: datetime) -> None:
    """Push again; what waited is due at once."""
    await tx.execute(
        update(platform_pauses)
        .where(platform_pauses.c.code == code, platform_pauses.c.resumed_at.is_(None))
        .values(resumed_at=now, resumed_by=who)
    )
    await tx.execute(
        update(answers)
        .where(answers.c.platform == code, answers.c.state == WAITING, answers.c.next_attempt_at > now)
        .values(next_attempt_at=now)
    )
