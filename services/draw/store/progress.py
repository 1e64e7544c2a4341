"""How far the long step of a draw is: told to people, and nothing is decided by it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db.transaction import Transaction
from services.draw.store.pool_tables import draw_progress


@dataclass(frozen=True, slots=True)
class Progress:
    """A step that takes its time: how much is done of what is expected, since when, and last heard of when."""

    step: str
    done: int
    total: int
    started_at: datetime
    seen_at: datetime

    @property
    def percent(self) -> int:
        """How much is done, 99 at most: the rest is known when it is there."""
        return min(99, 100 * self.done // self.total) if self.total else 0


async def ask_for(tx: Transaction, draw_id: str, step: str, by: str, now: datetime) -> None:
    """Keep who asked for a step that is done in the background, and when."""
    statement = upsert(draw_progress).values(
        draw_id=draw_id, step=step, asked_by=by, done=0, total=0, started_at=now, seen_at=now
    )
    changed = {
        name: statement.excluded[name] for name in ("step", "asked_by", "done", "total", "started_at", "seen_at")
    }
    await tx.execute(statement.on_conflict_do_update(index_elements=["draw_id"], set_=changed))


async def asked_by(tx: Transaction, draw_id: str) -> str:
    """Who asked for the step that is under way."""
    return str(await tx.scalar(select(draw_progress.c.asked_by).where(draw_progress.c.draw_id == draw_id)) or "")


async def note_progress(tx: Transaction, draw_id: str, step: str, done: int, total: int, now: datetime) -> None:
    """Say how far a step is that nobody asked for or somebody did; nothing done yet begins it anew."""
    statement = upsert(draw_progress).values(
        draw_id=draw_id, step=step, asked_by="", done=done, total=total, started_at=now, seen_at=now
    )
    new = statement.excluded
    changed = {"step": new.step, "done": new.done, "total": new.total, "seen_at": new.seen_at}
    if not done:
        changed["started_at"] = new.started_at
    await tx.execute(statement.on_conflict_do_update(index_elements=["draw_id"], set_=changed))


async def progress_of(tx: Transaction, draw_id: str, step: str) -> Progress | None:
    """How far this step of a draw is, once somebody has begun it."""
    row = await tx.first(select(draw_progress).where(draw_progress.c.draw_id == draw_id, draw_progress.c.step == step))
    return Progress(row["step"], row["done"], row["total"], row["started_at"], row["seen_at"]) if row else None
