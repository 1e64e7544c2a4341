"""A task could not join another task's visit: its firm gets a case of its own, with its own drawn team (细则第三条)."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from services.draw.domain.commitment import DIRECT
from services.draw.domain.dispatch import Dispatch
from services.draw.store.draws import load_draw
from services.draw.store.plans import load_plan, load_task
from services.draw.store.reference import inspecting_units
from services.draw.store.visits import lock_joined, part
from services.draw.usecases.hand_over import Matter, open_cases


async def part_visit(tx: Transaction, case_id: str, draw_id: str, reason: str, now: datetime) -> None:
    """Open the case that the draw's certificate gives; hearing of it again changes nothing."""
    joined = await lock_joined(tx, case_id, draw_id)
    if joined is None or joined["parted_at"] is not None:
        return
    record = await load_draw(tx, draw_id)
    task = await load_task(tx, joined["task_id"])
    plan = await load_plan(tx, task.task.plan_id)
    await part(tx, case_id, draw_id, reason, now)
    one = Dispatch(
        case_id=joined["own_case_id"],
        draw_id=draw_id,
        subject_id=joined["uscc"],
        county=joined["county"],
        unit_id=(await inspecting_units(tx))[joined["county"]]["unit_id"],
        officers=tuple(joined["officers"]),
        items=tuple(sorted(task.task.items)),
    )
    direct = record.draw.commitment is not None and record.draw.commitment.officers.method == DIRECT
    await open_cases(tx, Matter(task, plan, direct), [one], now)
