"""Take work orders in, each once: the signal, its protected fields, the first answer, and a try to match it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from libs.common.db import Transaction
from libs.common.errors import SunlotError
from libs.common.ids import natural_id
from libs.common.telemetry.context import correlation_id
from libs.common.web.filters import day
from services.trigger.domain import answer, entry
from services.trigger.domain.category import category_of
from services.trigger.domain.errors import TooManyMessages
from services.trigger.domain.message import MOST
from services.trigger.domain.names import name_key, tidy_code
from services.trigger.domain.severity import flags_in, known_by, same_words
from services.trigger.domain.signal import MATCHED, WAITING, WITHDRAWN, Signal, check_order, due_of
from services.trigger.domain.sla import ACCEPT
from services.trigger.store import arrivals, signals
from services.trigger.store.arrivals import Arrival
from services.trigger.store.platforms import Platform
from services.trigger.store.vault import Vault
from services.trigger.usecases.fire_rules import fire_rules
from services.trigger.usecases.match_signal import match_signals
from services.trigger.usecases.receive_message import apply_messages


@dataclass(frozen=True, slots=True)
class ReceiveOrder:
    """A work order; `protected` holds what is encrypted field by field, `content` the whole in one form."""

    order_id: str
    channel: str
    kind: str
    category_path: list[str]
    urgency: str
    supervised: bool
    county: str
    employer_name: str
    employer_uscc: str
    accepted_at: datetime
    protected: Mapping[str, str]
    content: bytes
    source: str = ""  # of a matter that is none of the platform's usual ones
    came_by: str = entry.ORDER
    entered_by: str = ""  # the clerk, where no platform has sent it
    urge_count: int = 0  # 催办 before the order came


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an order: new or known before, and the state of its signal."""

    signal_id: str
    state: str
    new: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """An order with the platform that sent it, and the correlation id of its request."""

    platform: Platform
    command: ReceiveOrder
    correlation: str


async def receive_order(
    tx: Transaction, platform: Platform, command: ReceiveOrder, vault: Vault, now: datetime
) -> Received:
    """One signal for one order id, however often it is sent; another content becomes a message on it."""
    [received] = await receive_orders(tx, [Sent(platform, command, correlation_id())], vault, now)
    if isinstance(received, SunlotError):
        raise received
    return received


async def receive_orders(
    tx: Transaction, sent: Sequence[Sent], vault: Vault, now: datetime
) -> list[Received | SunlotError]:
    """What became of each order, or why it is refused; no two are one platform's same order."""
    outcomes: list[Received | SunlotError | None] = [None] * len(sent)
    came: dict[str, tuple[int, Arrival]] = {}  # by signal id, with the place in `sent`
    for place, one in enumerate(sent):
        try:
            check_order(one.command.kind, one.platform.kinds, one.command.accepted_at, now)
        except SunlotError as refusal:
            outcomes[place] = refusal
        else:
            arrival = _arrival(one, vault, now)
            came[arrival.values["signal_id"]] = place, arrival
    new = await arrivals.arrived(tx, [arrival for _, arrival in came.values()])
    waiting: list[tuple[Signal, str]] = []
    for signal_id, (place, arrival) in came.items():
        command = sent[place].command
        if signal_id not in new:
            try:
                outcomes[place] = await _known_before(tx, signal_id, command, vault, now)
            except SunlotError as refusal:  # before anything was written
                outcomes[place] = refusal
            continue
        signal = signals.added(arrival.values)
        if new[signal_id]:  # messages that came before their order
            signal = await apply_messages(tx, signal, now)
        outcomes[place] = Received(signal_id, signal.state, new=True)
        if signal.state != WITHDRAWN:
            waiting.append((signal, command.protected.get("address", "")))
    matched = [signal for signal in await match_signals(tx, waiting, now) if signal]
    for signal in matched:
        outcomes[came[signal.signal_id][0]] = Received(signal.signal_id, MATCHED, new=True)
    await fire_rules(tx, matched, now)
    return [outcome for outcome in outcomes if outcome is not None]


def _arrival(sent: Sent, vault: Vault, now: datetime) -> Arrival:
    command, values = sent.command, _values(sent, vault, now)
    signal_id = values["signal_id"]
    sealed = {field: vault.seal(signal_id, field, text) for field, text in command.protected.items() if text}
    what = f"收到线索（{entry.CAME_BY[command.came_by]}）" if command.entered_by else "收到工单"
    return Arrival(values, sealed, command.entered_by or sent.platform.name, what, answer.accepted(day(values["due"])))


def _values(sent: Sent, vault: Vault, now: datetime) -> dict[str, Any]:
    platform, command = sent.platform, sent.command
    due = due_of(now, platform.days(ACCEPT, command.kind))
    return {
        "signal_id": str(natural_id("signal", platform.code, command.order_id)),
        "platform": platform.code,
        "order_id": command.order_id,
        "source": command.source or platform.source,
        "came_by": command.came_by,
        "channel": command.channel,
        "kind": command.kind,
        "category": category_of(command.category_path),
        "category_path": command.category_path,
        "urgency": command.urgency,
        "supervised": command.supervised,
        "urge_count": command.urge_count,
        "county": command.county,
        "employer_name": command.employer_name,
        "employer_uscc": tidy_code(command.employer_uscc),
        "employer_key": name_key(command.employer_name) if command.employer_name else "",
        "accepted_at": command.accepted_at.astimezone(UTC),
        "received_at": now,
        "due": due.due,
        "due_provisional": due.provisional,
        "state": WAITING,
        "uscc": "",
        "industry": "",
        "reasons": [],
        "complainant": vault.person(known_by(command.protected)),
        "flags": flags_in(command.protected.get("content", "")),
        "content_mark": vault.mark(command.content),
        "matter_mark": vault.person(same_words(command.protected.get("content", ""))),
        "correlation_id": sent.correlation,
    }


async def _known_before(
    tx: Transaction, signal_id: str, command: ReceiveOrder, vault: Vault, now: datetime
) -> Received:
    signal = await signals.load(tx, signal_id, lock=True)
    assert signal is not None  # noqa: S101 - its id is taken
    tx.follow(signal.correlation_id)
    marks = await signals.marks(tx, signal_id)
    if not any(vault.marked(mark, command.content) for mark in marks):
        number = len(marks)
        if number > MOST:
            raise TooManyMessages
        sealed = vault.seal(signal_id, f"message {number}", command.content.decode())
        await signals.add_message(tx, signal_id, number, sealed, vault.mark(command.content), now)
        await signals.note(tx, signal_id, signal.platform, f"平台补充工单内容（第 {number} 次）", now)
    return Received(signal_id, signal.state, new=False)
