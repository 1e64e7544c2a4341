"""Triggers, the signals behind them, and what has been heard of the draws and cases that followed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db import Transaction
from services.trigger.domain.answer import CaseFact, DrawFact
from services.trigger.domain.rule import Seen
from services.trigger.domain.signal import Signal
from services.trigger.store.tables import (
    rule_firings,
    signals,
    trigger_cases,
    trigger_draws,
    trigger_signals,
    triggers,
)

CAUSE = "cause"
JOINED = "joined"


async def of_rule(tx: Transaction, rule_id: str) -> Sequence[RowMapping]:
    """What fired by any version of this rule: id, group, and when by event time."""
    moment = func.coalesce(rule_firings.c.moment, triggers.c.fired_at)
    firing = (rule_firings.c.trigger_id == triggers.c.trigger_id) & ~rule_firings.c.inherited
    return await tx.all(
        select(triggers, moment.label("moment"))
        .join(rule_firings, firing, isouter=True)
        .where(triggers.c.rule_id == rule_id)
        .order_by(moment, triggers.c.trigger_id)
    )


def seen(signal: Signal | RowMapping) -> Seen:
    """What a rule sees of a signal."""
    names = (
        *("signal_id", "kind", "category", "county", "industry", "uscc", "accepted_at", "source", "category_path"),
        *("supervised", "complainant", "flags", "attributes"),
    )
    get = (lambda name: getattr(signal, name)) if isinstance(signal, Signal) else signal.__getitem__
    return Seen(*(get(name) for name in names))


async def add(tx: Transaction, values: Mapping[str, Any]) -> None:
    """Save a trigger."""
    await tx.execute(insert(triggers).values(values))


async def add_signals(
    tx: Transaction, rule_id: str, belonging: Mapping[str, Sequence[str]], part: str, turn: int = 0
) -> None:
    """Write down which signals belong to each trigger, and by which of their reviews if by one."""
    whole = {"rule_id": rule_id, "part": part, "round": turn}
    rows = [
        {**whole, "trigger_id": trigger_id, "signal_id": signal_id}
        for trigger_id, signal_ids in belonging.items()
        for signal_id in signal_ids
    ]
    await tx.execute(upsert(trigger_signals).on_conflict_do_nothing(), rows)


async def drawn(tx: Transaction, trigger_ids: Sequence[str]) -> list[str]:
    """Those of the triggers that have had a draw; all of them locked, in the order of their ids."""
    those = triggers.c.trigger_id.in_(trigger_ids)
    await tx.execute(select(triggers.c.trigger_id).where(those).order_by(triggers.c.trigger_id).with_for_update())
    known = select(trigger_draws.c.trigger_id).where(trigger_draws.c.trigger_id.in_(trigger_ids)).distinct()
    return [row["trigger_id"] for row in await tx.all(known.order_by(trigger_draws.c.trigger_id))]


async def load(tx: Transaction, trigger_id: str, *, lock: bool = False) -> RowMapping | None:
    """The trigger, or None."""
    statement = select(triggers).where(triggers.c.trigger_id == trigger_id)
    return await tx.first(statement.with_for_update() if lock else statement)


async def signals_of(tx: Transaction, trigger_id: str, signal_ids: Sequence[str] | None = None) -> Sequence[RowMapping]:
    """The trigger's signals, or these of them, with their part, in the order of acceptance."""
    those = true() if signal_ids is None else signals.c.signal_id.in_(signal_ids)
    return await tx.all(
        select(signals, trigger_signals.c.part, trigger_signals.c.round)
        .join(trigger_signals, trigger_signals.c.signal_id == signals.c.signal_id)
        .where(trigger_signals.c.trigger_id == trigger_id, those)
        .order_by(signals.c.accepted_at, signals.c.signal_id)
    )


async def of_signal(tx: Transaction, signal_id: str) -> Sequence[RowMapping]:
    """The triggers to which a signal belongs."""
    return await tx.all(
        select(triggers, trigger_signals.c.part)
        .join(trigger_signals, trigger_signals.c.trigger_id == triggers.c.trigger_id)
        .where(trigger_signals.c.signal_id == signal_id)
        .order_by(triggers.c.fired_at)
    )


async def set_plan(tx: Transaction, trigger_id: str, plan_id: str, plan_name: str) -> None:
    """The plan that came of the trigger."""
    await tx.execute(
        update(triggers).where(triggers.c.trigger_id == trigger_id).values(plan_id=plan_id, plan_name=plan_name)
    )


async def keep_draw(tx: Transaction, trigger_id: str, draw_id: str, drawn: int) -> None:
    """A draw for the trigger drew so many."""
    statement = upsert(trigger_draws).values(trigger_id=trigger_id, draw_id=draw_id, drawn=drawn)
    await tx.execute(statement.on_conflict_do_nothing())


async def keep_case(tx: Transaction, trigger_id: str, case_id: str, **known: Any) -> None:
    """Add what is now known of a case; what was known before stays."""
    values = {"draw_id": "", "uscc": "", "subject_result": "", "published": False, **known}
    statement = upsert(trigger_cases).values(trigger_id=trigger_id, case_id=case_id, **values)
    await tx.execute(statement.on_conflict_do_update(index_elements=["trigger_id", "case_id"], set_=known))


async def forget_shared(tx: Transaction, trigger_id: str, case_id: str, draw_id: str, uscc: str) -> None:
    """The draw's subject is inspected in a case of its own after all: no longer in the one that it shared."""
    await tx.execute(
        delete(trigger_cases).where(
            trigger_cases.c.trigger_id == trigger_id,
            trigger_cases.c.case_id != case_id,
            trigger_cases.c.draw_id == draw_id,
            trigger_cases.c.uscc == uscc,
            trigger_cases.c.subject_result == "",
        )
    )


async def has_case(tx: Transaction, trigger_id: str, draw_id: str, uscc: str) -> bool:
    """Whether a case of this draw's subject is known."""
    statement = select(trigger_cases.c.case_id).where(
        trigger_cases.c.trigger_id == trigger_id, trigger_cases.c.draw_id == draw_id, trigger_cases.c.uscc == uscc
    )
    return await tx.first(statement) is not None


async def withdraw(tx: Transaction, case_id: str, draw_id: str, result: str) -> list[str]:
    """Write down that a draw took a case back, unless it has its result; the triggers concerned, in order."""
    rows = await tx.all(
        update(trigger_cases)
        .where(
            trigger_cases.c.case_id == case_id,
            trigger_cases.c.draw_id == draw_id,
            trigger_cases.c.subject_result == "",
        )
        .values(subject_result=result, published=True)
        .returning(trigger_cases.c.trigger_id)
    )
    return sorted(row["trigger_id"] for row in rows)


async def draws(tx: Transaction, trigger_id: str) -> list[DrawFact]:
    """The draws for the trigger."""
    rows = await tx.all(select(trigger_draws).where(trigger_draws.c.trigger_id == trigger_id).order_by("draw_id"))
    return [DrawFact(row["draw_id"], row["drawn"]) for row in rows]


async def cases(tx: Transaction, trigger_id: str) -> list[CaseFact]:
    """The cases that followed from the trigger, as far as heard."""
    rows = await tx.all(select(trigger_cases).where(trigger_cases.c.trigger_id == trigger_id).order_by("case_id"))
    return [
        CaseFact(row["case_id"], row["draw_id"], row["uscc"], row["subject_result"], row["published"]) for row in rows
    ]
