"""Weigh newly matched signals by the rules in force; what fires is written down with its reasons and announced.

By the times of acceptance, so that late signals give the triggers that they would have given in time. What was
announced stays as it was announced; `rule_firings` keeps what all signals known today say of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from libs.common.clock import china_date
from libs.common.db import Transaction
from libs.common.ids import new_id
from services.trigger.domain.changes import Changes, Counted, Fired, owner_among
from services.trigger.domain.rule import Group, Rule, concerns, group_from, group_of, points_of
from services.trigger.domain.rule_words import reason
from services.trigger.domain.signal import Signal
from services.trigger.domain.weigh import (
    EVER,
    Around,
    Fact,
    Firing,
    Moment,
    chain,
    micros,
    rest,
    when,
)
from services.trigger.events.published import Condition, TriggerFired
from services.trigger.store import counters, rules, signals, triggers
from services.trigger.usecases.tell_progress import tell_progress


async def fire_rules(tx: Transaction, matched: Sequence[Signal], now: datetime) -> None:
    """Each signal is weighed by each rule that it concerns, in a fixed order so that nobody waits in a circle."""
    if not matched:
        return
    await rules.hold(tx)
    seen = [(signal, triggers.seen(signal)) for signal in matched]
    for rule, row in await rules.active(tx):
        concerned = [(group_of(rule, each), signal) for signal, each in seen if concerns(rule, each)]
        if not concerned:
            continue
        counted_from = row["counted_from"] or await start_counting(tx, rule, row["approved_at"], now)
        counted = [
            Counted(group, signal.accepted_at, _fact(rule, signal))
            for group, signal in concerned
            if signal.accepted_at > counted_from
        ]
        if counted:
            await _weigh(tx, rule, sorted(counted, key=_place), now)


async def forget_signal(tx: Transaction, signal: Signal) -> None:
    """Count a signal no longer, unless a group fired with it: what was announced keeps what it counted."""
    await rules.hold(tx)
    for rule, _ in await rules.active(tx):
        each = triggers.seen(signal)
        if not concerns(rule, each):
            continue
        group, fact = group_of(rule, each), _fact(rule, signal)
        await counters.lock(tx, rule, [group.key])
        firings = (await counters.firings(tx, rule, [group.key]))[group.key]
        if owner_among(rule, firings, fact) is not None:
            continue
        if not (rule.gathers and await counters.fired_within(tx, rule, signal.accepted_at)):
            await counters.forget(tx, rule, group, fact, signal.accepted_at)


async def start_counting(tx: Transaction, rule: Rule, approved_at: datetime, now: datetime) -> datetime:
    """Count the signals of one window before the version was approved; what then fires already, fires.

    Groups that rest since an earlier version fired go on resting. Returns from when signals are counted.
    """
    await rules.lock_rule(tx, rule.id)
    known = await rules.load(tx, rule.id, rule.version)
    if known is not None and known["counted_from"] is not None:  # somebody else was quicker
        counted: datetime = known["counted_from"]
        return counted
    since = min(approved_at, now) - timedelta(days=rule.when.window_days)
    await rules.count_from(tx, rule, since)
    before = {
        row["group_key"]: Fired(row["trigger_id"], (micros(row["moment"]), ""), announced=True, inherited=True)
        for row in await triggers.of_rule(tx, rule.id)
    }
    await counters.add_firings(tx, rule, [(key, fired, {}) for key, fired in before.items()])
    by_group: dict[str, list[Fact]] = {}
    async for portion in counters.history(tx, rule, since):
        for fact in portion:
            letter = fact.letter if "industry_letter" in rule.when.group_by else ""
            key = Group(fact.county, letter, fact.uscc if "subject" in rule.when.group_by else "").key
            by_group.setdefault(key, []).append(fact)
    around = Around(rule, (fact for facts in by_group.values() for fact in facts)) if rule.gathers else None
    for key, facts in sorted(by_group.items()):
        of_group = [Counted(group_from(key), when(fact.at), fact) for fact in facts]
        await counters.add(tx, rule, [(key, each.accepted_at, each.fact) for each in of_group])
        inherited = [before[key]] if key in before else []
        floor = rest(rule, inherited[0].moment) if inherited else EVER
        changes = Changes(rule, {key: inherited}, now, new_id)
        for firing in chain(rule, facts, around, since=floor):
            changes.fire(key, firing)
        await _save(tx, changes, of_group)
    return since


def _place(counted: Counted) -> tuple[str, Moment]:
    return counted.group.key, counted.fact.moment


async def _weigh(tx: Transaction, rule: Rule, counted: Sequence[Counted], now: datetime) -> None:
    keys = {each.group.key for each in counted}
    await counters.lock(tx, rule, keys)
    new = set(await counters.add(tx, rule, [(each.group.key, each.accepted_at, each.fact) for each in counted]))
    arrived = [
        each
        for each in counted
        if each.fact.signal_id in new  # else it was counted when the version began to count
        or await counters.raise_points(tx, rule, each.group, each.fact, each.accepted_at)
    ]
    near: list[Counted] = []
    if rule.gathers:
        for each in arrived:
            others = await counters.neighbours(tx, rule, each.fact, each.accepted_at)
            near += [each._replace(group=group_from(key)) for key in others if key != each.group.key]
    everywhere = keys | {each.group.key for each in near}
    changes = Changes(rule, await counters.firings(tx, rule, everywhere), now, new_id)
    await _weigh_groups(tx, changes, sorted([*arrived, *near], key=_place))
    await _save(tx, changes, counted)


async def _weigh_groups(tx: Transaction, changes: Changes, arrived: Sequence[Counted]) -> None:
    rule = changes.rule
    counting = [each for each in arrived if not changes.rests(each)]
    if not counting:
        return
    reach: dict[str, datetime] = {}
    for each in reversed(counting):  # the earliest of a group comes last
        reach[each.group.key] = each.accepted_at - timedelta(days=rule.when.window_days)
    facts = await counters.facts(tx, rule, reach)
    for key, of_group in groupby(counting, key=lambda each: each.group.key):
        around = await _around(tx, rule, group_from(key), facts[key], reach[key])
        for each in of_group:
            if not changes.rests(each):  # as it may since the one before made its group fire
                changes.weigh(each, facts[key], around)


async def _save(tx: Transaction, changes: Changes, counted: Sequence[Counted]) -> None:
    rule, now = changes.rule, changes.now
    await counters.move_firings(tx, rule, list(changes.moved.values()))
    await counters.add_firings(tx, rule, [(key, fired, firing.counts) for key, fired, firing in changes.new.values()])
    for key, fired, firing in changes.new.values():
        if fired.announced:
            await _fire(tx, rule, group_from(key), fired.trigger_id, firing, now)
    for each in counted:
        changes.join(each)
    if changes.joined:
        await triggers.add_signals(tx, rule.id, changes.joined, triggers.JOINED)
        for trigger_id in await triggers.drawn(tx, list(changes.joined)):
            await tell_progress(tx, trigger_id, now, changes.joined[trigger_id])


async def _around(tx: Transaction, rule: Rule, group: Group, facts: Sequence[Fact], reach: datetime) -> Around | None:
    if not rule.gathers:
        return None
    letters = sorted({fact.letter for fact in facts})
    return Around(rule, await counters.around(tx, rule, group, letters, reach))


def _fact(rule: Rule, signal: Signal) -> Fact:
    points = points_of(rule, signal.category, signal.flags, supervised=signal.supervised)
    return Fact(
        micros(signal.accepted_at), signal.signal_id, signal.county, signal.industry[:1], signal.uscc,
        signal.complainant, signal.category, points,
    )  # fmt: skip


async def _fire(tx: Transaction, rule: Rule, group: Group, trigger_id: str, firing: Firing, now: datetime) -> None:
    effect = rule.effect
    last = await signals.load(tx, firing.moment[1])
    assert last is not None  # noqa: S101 - it was counted
    event = TriggerFired(
        trigger_id=trigger_id,
        rule_id=rule.id,
        rule_version=rule.version,
        rule_name=rule.name,
        article=rule.article,
        source=rule.source,
        county=group.county,
        reason=reason(rule, group, firing.counts, (fact.category for fact in firing.facts)),
        signal_count=len(firing.facts),
        counts=dict(firing.counts),
        mode=effect.mode,
        filter=_filter(rule, group),
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
            "correlation_id": last.correlation_id,
        },
    )
    ids = [fact.signal_id for fact in firing.facts]
    await triggers.add_signals(tx, rule.id, {trigger_id: ids}, triggers.CAUSE)
    tx.follow(last.correlation_id)
    tx.emit(event, aggregate=f"trigger/{trigger_id}", county=group.county, at=now)


def _filter(rule: Rule, group: Group) -> list[Condition]:
    """The pool that the group stands for: the firms of one county and industry letter, narrowed as the rule says."""
    conditions = [Condition(col="county", within=[group.county])]
    if group.industry_letter:
        conditions.append(Condition(col="industry", prefix=[group.industry_letter]))
    narrowed = rule.effect.filter
    if narrowed.classes:
        conditions.append(Condition(col="class", within=list(narrowed.classes)))
    if narrowed.scales:
        conditions.append(Condition(col="size", within=list(narrowed.scales)))
    if narrowed.types:
        conditions.append(Condition(col="type", within=list(narrowed.types)))
    return conditions
