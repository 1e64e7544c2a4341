"""Keep who was known when a draw was committed, and why some officers are not in its roster (细则第五条、第十条)."""

from collections import Counter
from datetime import datetime

from libs.common.clock import CHINA
from libs.common.db.transaction import Transaction
from services.draw.domain.roll import why_not
from services.draw.domain.roster import Roster
from services.draw.store.cases import assignments_since
from services.draw.store.plans import TaskRecord
from services.draw.store.reference import items_by_code
from services.draw.store.roll import keep_roll, known_officers


async def note_roll(tx: Transaction, draw_id: str, task: TaskRecord, roster: Roster, now: datetime) -> None:
    """Keep every officer with the reasons that the roster's own rules give."""
    category_of = {row["code"]: row["category"] for row in await items_by_code(tx, task.task.items)}
    given = await assignments_since(tx, datetime(now.astimezone(CHINA).year, 1, 1, tzinfo=CHINA))
    recusals = Counter(number for number, _ in roster.recusals)
    rows = []
    for row in await known_officers(tx):
        allowed = row["items_allowed"]
        standing = why_not(
            staff_kind=row["staff_kind"],
            on_duty=row["on_duty"],
            certificate_valid_to=row["certificate_valid_to"],
            until=task.task.deadline,
            items_needed={category_of.get(code, "") for code in task.task.items},
            items_allowed=allowed or None,  # an empty list allows everything
        )
        rows.append(
            {
                "draw_id": draw_id,
                "officer_id": row["officer_id"],
                "name": row["name"],
                "county": row["county"],
                "unit_id": row["unit_id"],
                "certificate_valid_to": row["certificate_valid_to"],
                "why_not": " ".join(standing),
                "cases_this_year": given.get(row["officer_id"], 0),
                "recusals": recusals[row["officer_id"]],
            }
        )
    await keep_roll(tx, rows)
