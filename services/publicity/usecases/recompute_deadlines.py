"""Count provisional deadlines again once the calendar of their year is known."""

from dataclasses import replace
from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.workdays import deadline
from services.publicity.domain.publication import WORKING_DAYS_TO_PUBLISH
from services.publicity.store.publications import Step, append_history, load_provisional, save_publication

BATCH = 200


async def recompute_deadlines(tx: Transaction, now: datetime) -> int:
    """Return how many deadlines became certain or moved; at most BATCH a call."""
    changed = 0
    for publication in await load_provisional(tx, BATCH):
        fresh = deadline(publication.content.ended_on, WORKING_DAYS_TO_PUBLISH)
        if fresh == publication.deadline:
            continue
        why = f"由 {publication.deadline.due} 重算为 {fresh.due}"
        certain = replace(publication, deadline=fresh)
        await save_publication(tx, certain)
        await append_history(tx, certain, Step("重算公示期限", why, "system", "系统", now))
        changed += 1
    return changed
