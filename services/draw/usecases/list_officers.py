"""List the officers who may be sent on the inspections of a task, as a commitment fixes them (细则第五条、第十条)."""

from datetime import datetime

from libs.common.clock import CHINA
from libs.common.db.transaction import Transaction
from services.draw.domain.pool import PoolRow
from services.draw.domain.roster import Officer, OpenPool, RaiseCap, Roster, relative_loads
from services.draw.settings import DrawSettings
from services.draw.store.amendments import granted_recusals
from services.draw.store.cases import assignments_since
from services.draw.store.plans import TaskRecord
from services.draw.store.reference import drawable_officers, items_by_code
from services.draw.store.sheets import rows_in_pool

CITY_POOL = "410300"  # 市级人员: may be sent everywhere when a county runs out of officers


async def roster_for(
    tx: Transaction, settings: DrawSettings, task: TaskRecord, pool_id: str, now: datetime
) -> tuple[Roster, dict[str, PoolRow]]:
    """Officers who can inspect until the task's deadline, with their load of this year, and the recused firms' rows.

    Recused is whom registry names, and whoever had to stand aside for the firm in an earlier inspection.
    """
    category_of = {row["code"]: row["category"] for row in await items_by_code(tx, task.task.items)}
    found = await drawable_officers(tx, task.task.deadline)
    year = datetime(now.astimezone(CHINA).year, 1, 1, tzinfo=CHINA)
    given = await assignments_since(tx, year)
    loads = relative_loads({row["officer_id"]: given.get(row["officer_id"], 0) for row in found})
    told = {(row["officer_id"], uscc) for row in found for uscc in row["recusals"]}
    granted = await granted_recusals(tx, sealed_too=False)
    pairs = told | {(number, uscc) for number, uscc in granted if number in loads}
    in_pool = await rows_in_pool(tx, pool_id, {uscc for _, uscc in pairs})
    officers = tuple(
        Officer(
            number=row["officer_id"],
            county=row["county"],
            items=tuple(
                code
                for code in task.task.items
                if not row["items_allowed"] or category_of.get(code) in row["items_allowed"]
            ),
            cap=settings.officer_cap,
            load0=loads[row["officer_id"]],
        )
        for row in found
    )
    # A recusal outside the pool decides nothing, and would tell the public about officers for no reason.
    recusals = frozenset((number, uscc) for number, uscc in pairs if uscc in in_pool)
    steps = (RaiseCap(settings.officer_cap), OpenPool(CITY_POOL))
    return Roster(officers, task.task.items, recusals, steps), in_pool
