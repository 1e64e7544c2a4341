"""Weigh newly matched signals by the rules in force; what fires is written down with its reasons and announced."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from libs.common.clock import china_date
from libs.common.db import Transaction
from libs.common.ids import new_id
from services.trigger.domain.rule import Firing, Group, Rule, concerns, evaluate, group_of, in_cool_down
from services.trigger.domain.signal import Signal
from services.trigger.events.published import Condition, TriggerFired
from services.trigger.store import rules, triggers
from services.trigger.usecases.tell_progress import tell_progress


async def fire_rules(tx: Transaction, matched: Sequence[Signal], now: datetime) -> None:
    """Each group of each rule is weighed once, under its lock, in a fixed order so that nobody waits in a circle."""
    work: dict[tuple[str, str], tuple[Rule, Group, list[Signal]]] = {}
    for rule in await rules.active(tx):
        for signal in matched:
            seen = triggers.seen(signal)
            if concerns(rule, seen):
                group = group_of(rule, seen)
                work.setdefault((rule.id, group.key), (rule, group, []))[2].append(signal)
    for _, (rule, group, signals) in sorted(work.items(), key=lambda item: item[0]):
        await triggers.lock_group(tx, rule.id, group)
        last = await triggers.last_of_group(tx, rule.id, group)
        if last is not None and in_cool_down(rule, last["fired_at"], now):
            await _join(tx, last["trigger_id"], rule, signals, now)
        elif firing := evaluate(rule, group, await triggers.unused(tx, rule, group, now), now):
            await _fire(tx, firing, signals[-1].correlation_id, now)


async def _join(tx: Transaction, trigger_id: str, rule: Rule, signals: Sequence[Signal], now: datetime) -> None:
    """While the group rests no second draw starts, but who complained now is answered with the others."""
    await triggers.add_signals(tx, trigger_id, rule.id, [signal.signal_id for signal in signals], triggers.JOINED)
    await tell_progress(tx, trigger_id, now)


async def _fire(tx: Transaction, firing: Firing, correlation: str, now: datetime) -> None:
    rule, group, effect = firing.rule, firing.group, firing.rule.effect
    event = TriggerFired(
        trigger_id=str(new_id()),
        rule_id=rule.id,
        rule_version=rule.version,
        rule_name=rule.name,
        article=rule.article,
        source=rule.source,
        county=group.county,
        reason=firing.reason,
        signal_count=len(firing.signals),
        counts=dict(firing.counts),
        mode=effect.mode,
        filter=_filter(group),
        item_categories=list(effect.item_categories),
        urgent=effect.urgent,
        finish_by=china_date(now) + timedelta(days=effect.finish_within_days),
    )
    columns = event.model_dump(exclude={"filter", "finish_by"})
    await triggers.add(
        tx,
        columns
        | {
            "group_key": group.key,
            "filter": [condition.model_dump(exclude_none=True) for condition in event.filter],
            "finish_by": event.finish_by,
            "fired_at": now,
            "plan_id": "",
            "plan_name": "",
            "correlation_id": correlation,
        },
    )
    ids = [signal.signal_id for signal in firing.signals]
    await triggers.add_signals(tx, event.trigger_id, rule.id, ids, triggers.CAUSE)
    tx.follow(correlation)
    tx.emit(event, aggregate=f"trigger/{event.trigger_id}", county=group.county, at=now)


def _filter(group: Group) -> list[Condition]:
    """The pool that the group stands for: one subject, or the firms of one county (and industry letter)."""
    if group.uscc:
        return [Condition(col="id", within=[group.uscc])]
    conditions = [Condition(col="county", within=[group.county])]
    if group.industry_letter:
        conditions.append(Condition(col="industry", prefix=[group.industry_letter]))
    return conditions
