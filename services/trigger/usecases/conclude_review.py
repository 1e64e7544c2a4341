"""A clerk ends the review of a signal whose complainant was not satisfied; its platform hears a fixed sentence."""

from dataclasses import dataclass, replace
from datetime import datetime

from libs.common.db import Transaction
from libs.common.errors import NotFound
from libs.common.http.auth import Actor
from services.trigger.domain import answer, review
from services.trigger.domain.errors import TriggerNotFitting
from services.trigger.domain.signal import WAITING, Signal, due_of
from services.trigger.domain.sla import ACCEPT, DEFAULT_DAYS
from services.trigger.store import answers, platforms, reviews, signals, triggers
from services.trigger.store.vault import Vault
from services.trigger.usecases.fire_rules import fire_rules
from services.trigger.usecases.match_signal import match_signal
from services.trigger.usecases.tell_progress import tell_progress


@dataclass(frozen=True, slots=True)
class ConcludeReview:
    """What the clerk decided; `note` stays inside, `trigger_id` names the inspection that the signal joins."""

    signal_id: str
    conclusion: str
    note: str
    trigger_id: str = ""


async def conclude_review(tx: Transaction, command: ConcludeReview, vault: Vault, actor: Actor, now: datetime) -> None:
    """End every open review of the signal; raises ReviewOver, ConclusionMissing, NoteMissing, TriggerNotFitting."""
    if command.conclusion == review.JOINED:  # a trigger is held before its signals, here as everywhere
        await triggers.load(tx, command.trigger_id, lock=True)
    signal = await signals.load(tx, command.signal_id, lock=True)
    if signal is None:
        raise NotFound
    actor.must_see(signal.county)
    tx.follow(signal.correlation_id)
    is_open = any(row["closed_at"] is None for row in await reviews.of_signal(tx, signal.signal_id))
    note = review.check_conclusion(signal.state, command.conclusion, command.note, is_open=is_open)
    if command.conclusion == review.JOINED:
        await _check_joinable(tx, signal, command.trigger_id, now)
    numbers = await reviews.close(tx, signal.signal_id, command.conclusion, actor.name, now)
    await reviews.set_clock(tx, signal.signal_id)
    field = f"review {numbers[-1]}"
    await signals.seal_fields(tx, signal.signal_id, {field: vault.seal(signal.signal_id, field, note)})
    await signals.note(tx, signal.signal_id, actor.name, f"复核办结：{review.WORDS[command.conclusion]}", now)
    for number in numbers:
        await answers.add(tx, signal, answer.REVIEWED, review.reviewed(command.conclusion), now, number)
    if command.conclusion == review.JOINED:
        await _join(tx, signal, command.trigger_id, numbers[-1], now)
    elif command.conclusion == review.RETAKEN:
        await _take_up(tx, signal, now)


async def _check_joinable(tx: Transaction, signal: Signal, trigger_id: str, now: datetime) -> None:
    if trigger_id not in {row["trigger_id"] for row in await reviews.joinable(tx, signal, now)}:
        raise TriggerNotFitting


async def _join(tx: Transaction, signal: Signal, trigger_id: str, number: int, now: datetime) -> None:
    trigger = await triggers.load(tx, trigger_id)
    assert trigger is not None  # noqa: S101 - checked above
    await triggers.add_signals(tx, trigger["rule_id"], {trigger_id: [signal.signal_id]}, triggers.JOINED, number)
    await tell_progress(tx, trigger_id, now)


async def _take_up(tx: Transaction, signal: Signal, now: datetime) -> None:
    """What was returned waits again, and is matched if the registry knows its subject by now."""
    platform = await platforms.load(tx, signal.platform)
    due = due_of(now, platform.days(ACCEPT, signal.kind) if platform else DEFAULT_DAYS)
    await reviews.retake(tx, signal.signal_id, due)
    matched = await match_signal(tx, replace(signal, state=WAITING, due=due.due), now)
    if matched is not None:
        await fire_rules(tx, [matched], now)
