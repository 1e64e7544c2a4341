"""Who stands in the pool but may not be drawn, decided by PostgreSQL for all rows at once."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    union,
)

from libs.common.db.transaction import Transaction
from services.draw.domain.eligibility import SPARED_CLASS, ExcludedReason, Rules
from services.draw.domain.rule import Filter
from services.draw.store.ceremony import to_be_seen
from services.draw.store.reference import filtered
from services.draw.store.tables import case_tasks, cases, draws, subjects, tasks

ELIGIBLE = ""  # no reason keeps the subject out
CHINA = "Asia/Shanghai"


def excluded_reason(rules: Rules) -> ColumnElement[str]:
    """The code of the reason that keeps a row of `subjects` out of the draw, or ''.

    The same decision as `domain.eligibility.excluded_by`, in the same order; the tests hold the two together.
    """
    reasons = [(~subjects.c.live, ExcludedReason.NOT_LIVE)]
    if not rules.triggered:
        reasons.append((subjects.c.whitelisted, ExcludedReason.WHITELISTED))
        if rules.spare_a:
            reasons.append((subjects.c.credit_class == SPARED_CLASS, ExcludedReason.CLASS_A_LEFT_ALONE))
    if rules.window_days:
        first_free = rules.as_of - timedelta(days=rules.window_days)  # inspected after this day: too recent
        recent = and_(subjects.c.last_inspected_on.is_not(None), subjects.c.last_inspected_on > first_free)
        reasons.append((recent, ExcludedReason.INSPECTED_WITHIN_WINDOW))
    if rules.caps_exclude:
        reasons += _caps(rules)
    return _first(reasons)


def over_cap(rules: Rules) -> ColumnElement[str]:
    """The code of the cap that one more inspection of a row of `subjects` would break, or ''; `domain.over_cap`."""
    return _first(_caps(rules))


async def count_at_caps(tx: Transaction, filter_: Filter, rules: Rules) -> dict[str, int]:
    """How many subjects may be drawn although they have reached a cap, by cap; none where caps exclude."""
    if rules.caps_exclude or not _caps(rules):
        return {}
    kinds: tuple[Any, ...] = (over_cap(rules).label("cap"), func.count().label("number"))
    reached = filtered(select(*kinds), filter_)
    reached = reached.where(or_(*(found for found, _ in _caps(rules))), excluded_reason(rules) == ELIGIBLE)
    return {row["cap"]: row["number"] for row in await tx.all(reached.group_by(literal_column("1")))}


def _first(reasons: list[tuple[ColumnElement[bool], ExcludedReason]]) -> ColumnElement[str]:
    if not reasons:
        return literal(ELIGIBLE)
    return case(*((found, literal(reason.value)) for found, reason in reasons), else_=literal(ELIGIBLE))


def _caps(rules: Rules) -> list[tuple[ColumnElement[bool], ExcludedReason]]:
    found: list[tuple[ColumnElement[bool], ExcludedReason]] = []
    if rules.item_window_days and rules.items:
        found.append((subjects.c.uscc.in_(_inspected_on(rules)), ExcludedReason.ITEM_WINDOW))
    if rules.yearly_cap:
        found.append((_reaches(rules.yearly_cap, rules.as_of), ExcludedReason.YEARLY_CAP))
    return found


def _reaches(cap: int, as_of: date) -> ColumnElement[bool]:
    """Registry's number of this year and our cases that are not in it yet make `cap` or more.

    Written as IN over the few firms that have such cases: PostgreSQL hashes each list once for the whole pool.
    """
    first, last = date(as_of.year, 1, 1), date(as_of.year, 12, 31)
    # The number is that of the year of the last inspection.
    told = case((subjects.c.last_inspected_on.between(first, last), subjects.c.inspections_this_year), else_=literal(0))
    return or_(
        told >= cap,
        *(and_(told >= cap - more, subjects.c.uscc.in_(_pending(more, first))) for more in range(1, cap + 1)),
    )


def _pending(at_least: int, first: date) -> Select[tuple[str]]:
    """Firms with so many cases that are handed out and not ended, or ended without registry having said so yet."""
    known = subjects.alias("known")
    untold = and_(
        cases.c.ended_on >= first,
        or_(known.c.last_inspected_on.is_(None), cases.c.ended_on > known.c.last_inspected_on),
    )
    return (
        select(cases.c.uscc)
        .join(known, known.c.uscc == cases.c.uscc)
        .where(cases.c.withdrawn.is_(None), or_(cases.c.ended_on.is_(None), untold), to_be_seen(cases))
        .group_by(cases.c.uscc)
        .having(func.count() >= at_least)
    )


def _inspected_on(rules: Rules) -> CompoundSelect[tuple[str]]:
    """Firms with a case on one of the items within the window: by its end, before that by its dispatch.

    A case has the items of the task that drew it and of the tasks that joined it (细则第三条).
    """
    handed = cast(func.timezone(CHINA, cases.c.dispatched_at), Date)
    recent = func.coalesce(cases.c.ended_on, handed) > rules.as_of - timedelta(days=rules.item_window_days)
    shared = or_(false(), *(tasks.c["items"].has_key(code) for code in rules.items))
    counted = and_(cases.c.withdrawn.is_(None), recent, shared)
    own = select(cases.c.uscc).join(draws, draws.c.draw_id == cases.c.draw_id)
    joined = select(cases.c.uscc).join(case_tasks, case_tasks.c.case_id == cases.c.case_id)
    return union(
        own.join(tasks, tasks.c.task_id == draws.c.task_id).where(counted, to_be_seen(cases)),
        joined.join(tasks, tasks.c.task_id == case_tasks.c.task_id).where(
            counted, case_tasks.c.parted_at.is_(None), to_be_seen(case_tasks)
        ),
    )
