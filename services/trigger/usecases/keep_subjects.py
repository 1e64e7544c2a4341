"""Take over what registry says of subjects, and match the signals that waited for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from libs.common.db import Transaction
from services.trigger.domain.matching import name_key
from services.trigger.store import signals, subjects
from services.trigger.usecases.fire_rules import fire_rules
from services.trigger.usecases.match_signal import match_signal


async def keep_subjects(tx: Transaction, states: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Each state has uscc, version, name, county, industry and live; older ones change nothing."""
    rows = [{**state, "name_key": name_key(state["name"])} for state in states]
    await subjects.keep(tx, rows)
    waiting = await signals.waiting_for(tx, [row["uscc"] for row in rows], [row["name_key"] for row in rows])
    matched = [match for signal in waiting if (match := await match_signal(tx, signal, now))]
    if matched:
        await fire_rules(tx, matched, now)
