"""Signals that tell the same matter again: of one subject and category, by one person or in the same words."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, RowMapping, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from libs.common.db import Transaction
from services.trigger.domain.signal import MATCHED, WAITING
from services.trigger.store.tables import signals


def _same_matters(one: FromClause, other: FromClause, days: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """One person says it, or nobody known says it again in the same words, within so many days of each other.

    Apart for matched and for waiting signals: together they are found by no index, and every waiting one is read.
    """
    same_person = and_(one.c.complainant != "", one.c.complainant == other.c.complainant)
    same_words = and_(
        one.c.matter_mark != "",
        one.c.matter_mark == other.c.matter_mark,
        or_(
            and_(one.c.complainant == "", _before(other, one)),
            and_(other.c.complainant == "", _before(one, other)),
        ),
    )
    reach = timedelta(days=days)
    same_matter = and_(
        one.c.signal_id != other.c.signal_id,
        one.c.category == other.c.category,
        other.c.accepted_at.between(one.c.accepted_at - reach, one.c.accepted_at + reach),
        or_(same_person, same_words),
    )
    same_subject = and_(one.c.state == MATCHED, other.c.state == MATCHED, one.c.uscc != "", one.c.uscc == other.c.uscc)
    same_name = and_(
        one.c.state == WAITING,
        other.c.state == WAITING,
        one.c.employer_key != "",
        one.c.employer_key == other.c.employer_key,
        one.c.county == other.c.county,
    )
    return and_(same_subject, same_matter), and_(same_name, same_matter)


def _before(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return or_(
        one.c.accepted_at < other.c.accepted_at,
        and_(one.c.accepted_at == other.c.accepted_at, one.c.signal_id < other.c.signal_id),
    )


async def firsts(tx: Transaction, signal_ids: Sequence[str], days: int) -> dict[str, str]:
    """For each of these signals that repeats an earlier one: the id of the first."""
    if not signal_ids or not days:
        return {}
    one, other = signals.alias("one"), signals.alias("other")
    found: dict[str, str] = {}
    for same_matter in _same_matters(one, other, days):
        statement = (
            select(one.c.signal_id, other.c.signal_id.label("first"))
            .ext(distinct_on(one.c.signal_id))
            .select_from(one.join(other, and_(same_matter, _before(other, one))))
            .where(one.c.signal_id.in_(signal_ids))
            .order_by(one.c.signal_id, other.c.accepted_at, other.c.signal_id)
        )
        found |= {row["signal_id"]: row["first"] for row in await tx.all(statement)}
    return found


async def of_signal(tx: Transaction, signal_id: str, days: int) -> Sequence[RowMapping]:
    """The other signals about the same matter, in order of acceptance, at most 50."""
    if not days:
        return []
    one, other = signals.alias("one"), signals.alias("other")
    names: list[Any] = [
        other.c[name] for name in ("signal_id", "order_id", "platform", "state", "accepted_at", "county")
    ]
    before = _before(other, one).label("before")
    found: list[RowMapping] = []
    for same_matter in _same_matters(one, other, days):  # the signal is in one of both states, so one of them is empty
        found += await tx.all(
            select(*names, before, func.count().over().label("number"))
            .select_from(one.join(other, same_matter))
            .where(one.c.signal_id == signal_id)
            .order_by(other.c.accepted_at, other.c.signal_id)
            .limit(50)
        )
    return found
