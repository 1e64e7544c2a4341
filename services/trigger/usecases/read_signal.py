"""Look at a signal: candidates for a clerk, and protected text for whoever says what for."""

from dataclasses import dataclass
from datetime import datetime

from libs.common.db import Transaction
from libs.common.errors import NotFound
from libs.common.http.auth import CITY, Actor
from services.trigger.domain.matching import Match, candidates
from services.trigger.domain.signal import SECRET_FIELDS, Signal, purpose_given
from services.trigger.store import signals, subjects
from services.trigger.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Opened:
    """The protected text of a signal: name and text of each field, and the later messages."""

    fields: list[tuple[str, str]]
    messages: list[tuple[datetime, str]]


async def visible_signal(tx: Transaction, signal_id: str, actor: Actor) -> Signal:
    """The signal; raises NotFound also for another county's."""
    signal = await signals.load(tx, signal_id)
    if signal is None:
        raise NotFound
    actor.must_see(signal.county)
    return signal


async def candidates_for(tx: Transaction, signal_id: str, actor: Actor) -> tuple[Signal, list[Match]]:
    """The signal and the subjects that it may mean, of its county if that is known and has any, else of the city."""
    signal = await visible_signal(tx, signal_id, actor)

    async def among(county: str | None) -> list[Match]:
        known = await subjects.of_county(tx, county)
        return candidates(signal.employer_name, signal.employer_uscc, signal.county, known)

    near = await among(signal.county) if signal.county != CITY else []
    return signal, near or await among(None)


async def open_signal(
    tx: Transaction, signal_id: str, purpose: str, vault: Vault, actor: Actor, now: datetime
) -> Opened:
    """Decrypt for `actor`, in the transaction that records who looked, when and what for."""
    signal = await visible_signal(tx, signal_id, actor)
    reason = purpose_given(purpose)
    await signals.log_view(tx, signal.signal_id, actor.account_id, actor.name, actor.role.value, reason, now)
    sealed = await signals.sealed_fields(tx, signal_id)
    names = {**SECRET_FIELDS, "return_reason": "退单原因"}
    fields = [(title, vault.open(signal_id, name, sealed[name])) for name, title in names.items() if name in sealed]
    later = [
        (at, vault.open(signal_id, f"message {number}", content))
        for number, at, content in await signals.messages(tx, signal_id)
    ]
    return Opened(fields, later)
