"""Take in what a platform says of its order, once, before or after the order itself, and apply it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from libs.common.db import Transaction
from libs.common.ids import natural_id
from services.trigger.domain.errors import MessageIdTaken, TooManyMessages
from services.trigger.domain.message import MOST, Message, applied, check_message, in_words
from services.trigger.domain.signal import MATCHED, Signal
from services.trigger.store import messages, signals
from services.trigger.store.platforms import Platform
from services.trigger.store.vault import Vault
from services.trigger.usecases.fire_rules import fire_rules
from services.trigger.usecases.reopen_signal import reopen_signal
from services.trigger.usecases.withdraw_signal import withdraw_signal

APPLIED: Final = "applied"
KEPT: Final = "kept"  # until its order comes


@dataclass(frozen=True, slots=True)
class ReceiveMessage:
    """A message on an order; `text` is encrypted, `content` the whole in one form."""

    order_id: str
    message: Message
    text: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message."""

    signal_id: str
    status: str
    new: bool


async def receive_message(
    tx: Transaction, platform: Platform, command: ReceiveMessage, vault: Vault, now: datetime
) -> Taken:
    """Once for its id; raises MessageIdTaken for another content under it."""
    message = command.message
    check_message(message, now)
    signal_id = str(natural_id("signal", platform.code, command.order_id))
    if not await messages.add(tx, signal_id, message, vault.mark(command.content), now):
        known = await messages.load(tx, signal_id, message.message_id)
        if not vault.marked(known["content_mark"], command.content):
            raise MessageIdTaken
        return Taken(signal_id, APPLIED if known["applied_at"] else KEPT, new=False)
    if await messages.count(tx, signal_id) > MOST:
        raise TooManyMessages
    if command.text:
        field = messages.field_of(message.message_id)
        await signals.seal_fields(tx, signal_id, {field: vault.seal(signal_id, field, command.text)})
    signal = await signals.load(tx, signal_id, lock=True)
    if signal is None:
        return Taken(signal_id, KEPT, new=True)
    await apply_messages(tx, signal, now)
    return Taken(signal_id, APPLIED, new=True)


async def apply_messages(tx: Transaction, signal: Signal, now: datetime) -> Signal:
    """Let what waits have its effect; the caller holds the signal's row. Any order of arrival ends the same."""
    waiting = await messages.waiting(tx, signal.signal_id)
    if not waiting:
        return signal
    tx.follow(signal.correlation_id)
    before = await messages.standing(tx, signal.signal_id)
    after = before
    for message in waiting:
        after = applied(after, message)
        await signals.note(tx, signal.signal_id, signal.platform, in_words(message), now)
    await messages.save_standing(tx, signal.signal_id, before, after)
    await messages.mark_applied(tx, signal.signal_id, [message.message_id for message in waiting], now)
    signal = replace(signal, due=after.due, supervised=after.supervised, reopened=after.reopened)
    if after.withdrawn and not before.withdrawn:
        signal = await withdraw_signal(tx, signal, now)
    for message in waiting:
        if message.unsatisfied:
            await reopen_signal(tx, signal, message, now)
    if signal.state == MATCHED and after.supervised and not before.supervised:
        await fire_rules(tx, [signal], now)  # it weighs more now
    return signal


async def apply_overlooked(tx: Transaction, signal_id: str, now: datetime) -> None:
    """Apply what came while the order was on its way."""
    signal = await signals.load(tx, signal_id, lock=True)
    if signal is not None:
        await apply_messages(tx, signal, now)
