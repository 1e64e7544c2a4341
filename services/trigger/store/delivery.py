"""How answers get through: numbers by day and platform, what waits longest, and which platforms are paused."""

from collections.abc import Sequence
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
COUNTED: Final = ("sent", "waiting", "failed")


def _seen_by(actor: Actor) -> list[Any]:
    return [answers.c.state != OFFERED, *([] if actor.whole_city else [answers.c.county == actor.county])]


async def numbers(tx: Transaction, actor: Actor, since: datetime) -> Sequence[RowMapping]:
    """Answers given since then, and older ones that are still open, by platform and day in China."""
    day = cast(func.timezone(_CHINA, answers.c.created_at), Date).label("day")
    given = answers.c.created_at >= since
    open_ = answers.c.state.in_((WAITING, STALLED))
    return await tx.all(
        select(
            answers.c.platform,
            day,
            func.count(case((answers.c.state == SENT, 1))).label("sent"),
            func.count(case(((answers.c.state == WAITING) & (answers.c.last_error == ""), 1))).label("waiting"),
            func.count(case((FAILING, 1))).label("failed"),
            func.min(case((open_, answers.c.created_at))).label("oldest"),
            func.max(answers.c.sent_at).label("last_sent"),
        )
        .where(*_seen_by(actor), given | open_)
        .group_by(answers.c.platform, day)
        .order_by(answers.c.platform, day)
    )


def by_platform(counted: Sequence[RowMapping]) -> list[dict[str, Any]]:
    """`numbers` by platform: delivered, waiting, failing; since when the oldest waits at all; the last delivery."""
    found: dict[str, dict[str, Any]] = {}
    for row in counted:
        none = {"platform": row["platform"], **dict.fromkeys(COUNTED, 0), "oldest": None, "last_sent": None}
        sums = found.setdefault(row["platform"], none)
        for name in COUNTED:
            sums[name] += row[name]
        for name, best in (("oldest", min), ("last_sent", max)):
            sums[name] = best(filter(None, (sums[name], row[name])), default=None)
    return list(found.values())


def by_day(counted: Sequence[RowMapping], platform: str) -> dict[date, dict[str, int]]:
    """`numbers` by day: delivered, waiting, failing; of one platform, or of all where none is named."""
    found: dict[date, dict[str, int]] = {}
    for row in counted:
        if platform in {"", row["platform"]}:
            sums = found.setdefault(row["day"], dict.fromkeys(COUNTED, 0))
            for name in COUNTED:
                sums[name] += row[name]
    return found


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
    """Push again; what had failed is due at once, what is on its way just now is not sent twice."""
    await tx.execute(
        update(platform_pauses)
        .where(platform_pauses.c.code == code, platform_pauses.c.resumed_at.is_(None))
        .values(resumed_at=now, resumed_by=who)
    )
    await tx.execute(
        update(answers)
        .where(
            answers.c.platform == code,
            answers.c.state == WAITING,
            answers.c.next_attempt_at > now,
            answers.c.last_error != "",
        )
        .values(next_attempt_at=now)
    )
