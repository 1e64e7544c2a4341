"""Weigh newly matched signals by the rules in force; what fires is written down with its reasons and announced.

By the times of acceptance, so that late signals give the triggers that they would have given in time. What was
announced stays as it was announced; `rule_firings` keeps what all signals known today say of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from libs.common.clock import china_date
from libs.common.db import Transaction
from libs.common.ids import new_id
from services.trigger.domain.rule import Group, Rule, concerns, group_from, group_of, points_of
from services.trigger.domain.rule_words import reason
from services.trigger.domain.signal import Signal
from services.trigger.domain.weigh import EVER, Around, Fact, Firing, chain, micros, owner_of, rechain, rest, when
from services.trigger.events.published import Condition, TriggerFired
from services.trigger.store import counters, rules, signals, triggers
from services.trigger.usecases.tell_progress import tell_progress


async def fire_rules(tx: Transaction, matched: Sequence[Signal], now: datetime) -> None:
    """Each signal is weighed by each rule that it concerns, in a fixed order so that nobody waits in a circle."""
    await rules.hold(tx)
    for rule, row in await rules.active(tx):
        seen = [(signal, triggers.seen(signal)) for signal in matched]
        concerned = [(group_of(rule, each), signal) for signal, each in seen if concerns(rule, each)]
        if not concerned:
            continue
        counted_from = row["counted_from"] or await start_counting(tx, rule, row["approved_at"], now)
        for group, signal in sorted(concerned, key=lambda pair: (pair[0].key, pair[1].accepted_at, pair[1].signal_id)):
            if signal.accepted_at > counted_from:
                await _weigh(tx, rule, group, signal, now)


async def forget_signal(tx: Transaction, signal: Signal) -> None:
    """Count a signal no longer, unless a group fired with it: what was announced keeps what it counted."""
    await rules.hold(tx)
    for rule, _ in await rules.active(tx):
        each = triggers.seen(signal)
        if not concerns(rule, each):
            continue
        group, fact = group_of(rule, each), _fact(rule, signal)
        await counters.lock(tx, rule, group)
        floor, own = _split(rule, await counters.firings(tx, rule, group))
        if owner_of(rule, [counters.moment_of(row) for row in own], fact, floor) is not None:
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
    floors = {}
    for last in {row["group_key"]: row for row in await triggers.of_rule(tx, rule.id)}.values():
        floors[last["group_key"]] = rest(rule, (micros(last["moment"]), ""))
        before = Firing((micros(last["moment"]), ""), {})
        await counters.add_firing(
            tx, rule, last["group_key"], last["trigger_id"], before, announced=True, inherited=True
        )
    by_group: dict[str, list[Fact]] = {}
    async for portion in counters.history(tx, rule, since):
        for fact in portion:
            letter = fact.letter if "industry_letter" in rule.when.group_by else ""
            key = Group(fact.county, letter, fact.uscc if "subject" in rule.when.group_by else "").key
            by_group.setdefault(key, []).append(fact)
    around = Around(rule, (fact for facts in by_group.values() for fact in facts)) if rule.gathers else None
    for key, facts in sorted(by_group.items()):
        await counters.add(tx, rule, [(key, when(fact.at), fact) for fact in facts])
        for firing in chain(rule, facts, around, since=floors.get(key, EVER)):
            await _new(tx, rule, group_from(key), firing, now)
            for fact in facts:
                if firing.moment < fact.moment and fact.at < rest(rule, firing.moment):
                    await _join(tx, rule, group_from(key), fact, now)
    return since


async def _weigh(tx: Transaction, rule: Rule, group: Group, signal: Signal, now: datetime) -> None:
    await counters.lock(tx, rule, group)
    fact = _fact(rule, signal)
    new = await counters.add(tx, rule, [(group.key, signal.accepted_at, fact)])
    if not new and not await counters.raise_points(tx, rule, group, fact, signal.accepted_at):
        await _join(tx, rule, group, fact, now)  # counted when the version began to count
        return
    await _weigh_group(tx, rule, group, fact, signal.accepted_at, now)
    if rule.gathers:
        for key in await counters.neighbours(tx, rule, fact, signal.accepted_at):
            if key != group.key:
                await _weigh_group(tx, rule, group_from(key), fact, signal.accepted_at, now)
    await _join(tx, rule, group, fact, now)


async def _weigh_group(
    tx: Transaction, rule: Rule, group: Group, fact: Fact, accepted_at: datetime, now: datetime
) -> None:
    """Find what the arrival changes in the group's chain, and write it down."""
    floor, own = _split(rule, await counters.firings(tx, rule, group))
    known = [counters.moment_of(row) for row in own]
    resting = owner_of(rule, known, fact, floor)
    if not rule.gathers and (fact.at < floor or (resting is not None and known[resting] < fact.moment)):
        return  # nothing counts in a rest
    reach = accepted_at - timedelta(days=rule.when.window_days)
    facts = await counters.facts(tx, rule, group, reach)
    changed = rechain(rule, known, fact.moment, facts, await _around(tx, rule, group, facts, reach), floor)
    for place, firing in changed.moved.items():
        await counters.move_firing(tx, rule, group, own[place]["trigger_id"], firing)
        if own[place]["announced"]:
            await _tell(tx, own[place]["trigger_id"], rule, [each.signal_id for each in firing.facts], now)
    for firing in changed.new:
        await _new(tx, rule, group, firing, now)


def _split(rule: Rule, rows: Sequence[RowMapping]) -> tuple[int, list[RowMapping]]:
    """Until when the group rests since an earlier version fired, and the firings of this version."""
    own = [row for row in rows if not row["inherited"]]
    return max((rest(rule, counters.moment_of(row)) for row in rows if row["inherited"]), default=EVER), own


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


async def _join(tx: Transaction, rule: Rule, group: Group, fact: Fact, now: datetime) -> None:
    """A signal that belongs to a trigger announced before starts no second draw, but is answered with the others."""
    rows = await counters.firings(tx, rule, group)
    floor, own = _split(rule, rows)
    place = owner_of(rule, [counters.moment_of(row) for row in own], fact, floor)
    owner = own[place] if place is not None else None
    if owner is None:
        owner = next(
            (row for row in rows if row["inherited"] and counters.moment_of(row) < fact.moment and fact.at < floor),
            None,
        )
    if owner is not None and owner["announced"]:
        await _tell(tx, owner["trigger_id"], rule, [fact.signal_id], now)


async def _tell(tx: Transaction, trigger_id: str, rule: Rule, signal_ids: Sequence[str], now: datetime) -> None:
    await triggers.add_signals(tx, trigger_id, rule.id, signal_ids, triggers.JOINED)
    await tell_progress(tx, trigger_id, now, signal_ids)


async def _new(tx: Transaction, rule: Rule, group: Group, firing: Firing, now: datetime) -> None:
    """A window that ended more than its own length ago is history: what is imported late starts nothing today."""
    trigger_id = str(new_id())
    fires = firing.at > now - timedelta(days=rule.when.window_days)
    await counters.add_firing(tx, rule, group.key, trigger_id, firing, announced=fires)
    if fires:
        await _fire(tx, rule, group, trigger_id, firing, now)


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
    await triggers.add_signals(tx, trigger_id, rule.id, ids, triggers.CAUSE)
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
