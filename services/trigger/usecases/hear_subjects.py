"""What registry tells of a known subject may be a signal of its own: one a change, however often it is heard."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from libs.common.db import Transaction
from libs.common.ids import natural_id
from services.trigger.domain.matching import ATTRIBUTES, Known
from services.trigger.domain.registry_signal import CHANNEL, PLATFORM, Change, Limits, changes, order_id
from services.trigger.domain.signal import ACCEPT_WITHIN, MATCHED, Signal, due_of
from services.trigger.events.published import SignalMatched
from services.trigger.store import signals

_SURE = 100


async def hear_subjects(
    tx: Transaction,
    before: Mapping[str, tuple[int, Known]],
    states: Sequence[Mapping[str, Any]],
    limits: Limits,
    said_at: datetime,
    now: datetime,
) -> list[Signal]:
    """The new signals of these states; the first state of a subject raises none, and neither does an older one."""
    raised = []
    for state in states:
        version, known = before.get(state["uscc"], (0, None))
        if known is None or state["version"] <= version or not state["live"]:
            continue
        raised += [
            signal
            for change in changes(known.attributes, state, limits)
            if (signal := await _raise(tx, state, change, said_at, now))
        ]
    return raised


async def _raise(
    tx: Transaction, state: Mapping[str, Any], change: Change, said_at: datetime, now: datetime
) -> Signal | None:
    signal_id = str(natural_id("registry signal", change.kind, state["uscc"], str(state["version"])))
    due = due_of(now, ACCEPT_WITHIN)
    values = {
        "signal_id": signal_id,
        "platform": PLATFORM,
        "order_id": order_id(change.kind, state["uscc"], state["version"]),
        "source": change.source,
        "channel": CHANNEL,
        "kind": change.kind,
        "category": change.category,
        "category_path": [change.category],
        "urgency": "一般",
        "supervised": False,
        "county": state["county"],
        "employer_name": state["name"],
        "employer_uscc": state["uscc"],
        "employer_key": state["name_key"],
        "accepted_at": min(said_at, now),
        "received_at": now,
        "due": due.due,
        "due_provisional": due.provisional,
        "state": MATCHED,
        "uscc": state["uscc"],
        "industry": state["industry"],
        "score": _SURE,
        "reasons": ["名录库提供"],
        "attributes": {name: state[name] for name in ATTRIBUTES},
        "decided_at": now,
        "content_mark": "",
        "correlation_id": signal_id,
    }
    if not await signals.add(tx, values):
        return None
    await signals.note(tx, signal_id, CHANNEL, change.what, now)
    event = SignalMatched(signal_id=signal_id, uscc=state["uscc"], county=state["county"], category=change.category)
    tx.emit(event, aggregate=f"signal/{signal_id}", county=state["county"], at=now)
    return await signals.load(tx, signal_id)
