"""Answer every signal of a trigger as far as its draws and cases have come; safe to repeat in any order."""

from collections.abc import Sequence
from datetime import datetime

from libs.common.db import Transaction
from services.trigger.domain.answer import progress
from services.trigger.domain.signal import WITHDRAWN
from services.trigger.store import answers, signals, triggers


async def tell_progress(
    tx: Transaction, trigger_id: str, now: datetime, signal_ids: Sequence[str] | None = None
) -> None:
    """Add the answers that are due and not yet given, to all or to these signals; an unknown trigger has none."""
    trigger = await triggers.load(tx, trigger_id, lock=True)
    if trigger is None:
        return
    draws = await triggers.draws(tx, trigger_id)
    if not draws:
        return  # nothing is due before the first draw
    cases = await triggers.cases(tx, trigger_id)
    rows = [row for row in await triggers.signals_of(tx, trigger_id, signal_ids) if row["state"] != WITHDRAWN]
    given = await answers.stages(tx, [row["signal_id"] for row in rows])
    for row in rows:
        due = [
            (stage, text)
            for stage, text in progress(row["uscc"], draws, cases)
            if (row["signal_id"], stage, row["round"]) not in given
        ]
        signal = await signals.load(tx, row["signal_id"], lock=True) if due else None
        for stage, text in due:
            assert signal is not None  # noqa: S101 - joined above
            await answers.add(tx, signal, stage, text, now, row["round"])
