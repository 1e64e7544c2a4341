"""Take over what registry says of subjects, raise its own signals, and match the signals that waited for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from libs.common.db import Transaction
from services.trigger.domain.matching import keys_for
from services.trigger.domain.registry_signal import Limits
from services.trigger.store import signals, subjects
from services.trigger.store.vault import Vault
from services.trigger.usecases.fire_rules import fire_rules
from services.trigger.usecases.hear_subjects import hear_subjects
from services.trigger.usecases.match_signal import address_of, match_signal


async def keep_subjects(
    tx: Transaction, states: Sequence[Mapping[str, Any]], vault: Vault, limits: Limits, said_at: datetime, now: datetime
) -> None:
    """Each state is registry's whole state of a subject; older ones change nothing, also beside a newer one."""
    newest = {state["uscc"]: state for state in sorted(states, key=lambda state: int(state["version"]))}
    rows = [{**state, **keys_for(state["name"])} for state in newest.values()]
    codes = list(newest)
    before = await subjects.held(tx, codes)
    await subjects.keep(tx, rows)
    found = await hear_subjects(tx, before, rows, limits, said_at, now)
    waiting = await signals.waiting_for(
        tx, codes, [row["name_key"] for row in rows], [row["sound_key"] for row in rows]
    )
    for signal in waiting:
        if matched := await match_signal(tx, signal, now, await address_of(tx, signal.signal_id, vault)):
            found.append(matched)
    if found:
        await fire_rules(tx, found, now)
