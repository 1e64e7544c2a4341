"""Erase what informants said once the policy's time has come, and keep it longer where a lead says on which ground."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from libs.common.db import Transaction
from libs.common.errors import NotFound
from libs.common.http.auth import Actor
from services.trigger.domain.errors import AlreadyErased, AlreadyHeld, NotHeld
from services.trigger.domain.retention import GROUNDS, erased_on, history_line, hold_on
from services.trigger.store import retention, sealed, signals
from services.trigger.usecases.read_signal import visible_signal

BATCH: Final = 500  # signals a transaction


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long a signal is kept: `erased_on` is the first day on which it may be erased if nothing more happens."""

    open: bool
    erased_at: datetime | None
    erased_on: date | None
    holds: Sequence[Mapping[str, Any]]
    left: bool  # whether there is something to keep: not yet erased, or added by the platform since

    @property
    def held(self) -> bool:
        """Whether somebody keeps it longer."""
        return any(one["lifted_at"] is None for one in self.holds)


async def keeping_of(tx: Transaction, signal_id: str, days: int, actor: Actor) -> Keeping:
    """How long the signal is kept under a policy of `days`. Raises NotFound."""
    await visible_signal(tx, signal_id, actor)
    row = await signals.load_row(tx, signal_id)
    if row is None:
        raise NotFound
    is_open = await retention.is_open(tx, signal_id)
    ends = None if is_open else erased_on(await retention.last_event(tx, signal_id), days)
    left = row["erased_at"] is None or await retention.is_sealed(tx, signal_id)
    holds = [dict(one) for one in await retention.holds(tx, signal_id)]
    return Keeping(is_open, row["erased_at"], ends, holds, left)


async def erase_signals(tx: Transaction, days: int, now: datetime) -> int:
    """Erase a portion of what is due, with a line in each history; returns how many signals. Repeating is harmless."""
    due = await retention.due(tx, now - timedelta(days=days), BATCH)
    if due:
        await sealed.erase(tx, due)
        await retention.forget(tx, due, history_line(days), now)
    return len(due)


async def hold_signal(tx: Transaction, signal_id: str, ground: str, document: str, actor: Actor, now: datetime) -> None:
    """Keep the signal until somebody lifts it; the same hold twice is one. Raises AlreadyErased, AlreadyHeld."""
    await visible_signal(tx, signal_id, actor, lock=True)
    hold = hold_on(ground, document)
    row = await signals.load_row(tx, signal_id)
    if row is None or (row["erased_at"] is not None and not await retention.is_sealed(tx, signal_id)):
        raise AlreadyErased
    standing = [one for one in await retention.holds(tx, signal_id) if one["lifted_at"] is None]
    if standing:
        if (standing[0]["ground"], standing[0]["document"]) == (hold.ground, hold.document):
            return
        raise AlreadyHeld
    await retention.place(tx, signal_id, hold, actor, now)
    await signals.note(tx, signal_id, actor.name, f"暂不清除：{GROUNDS[hold.ground]}（{hold.document}）", now)


async def lift_hold(tx: Transaction, signal_id: str, actor: Actor, now: datetime) -> None:
    """The policy applies again. Raises NotHeld."""
    await visible_signal(tx, signal_id, actor, lock=True)
    standing = [one for one in await retention.holds(tx, signal_id) if one["lifted_at"] is None]
    if not standing:
        raise NotHeld
    await retention.lift(tx, signal_id, standing[0]["hold_id"], actor, now)
    await signals.note(tx, signal_id, actor.name, "解除暂不清除", now)
