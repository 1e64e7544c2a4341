"""What was agreed with platforms before: each change, by whom and when."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, select

from libs.common.db import Transaction
from libs.common.http.auth import Actor
from services.trigger.store.order_tables import platform_changes


async def note(
    tx: Transaction, code: str, before: Mapping[str, Any], after: Mapping[str, Any], actor: Actor, now: datetime
) -> None:
    """Append a change; the caller holds the platform's row."""
    last = await tx.scalar(select(func.max(platform_changes.c.number)).where(platform_changes.c.code == code))
    await tx.execute(
        insert(platform_changes).values(
            code=code, number=(last or 0) + 1, before=dict(before), after=dict(after), at=now,
            account_id=actor.account_id, who=actor.name,
        )
    )  # fmt: skip


async def of_platform(tx: Transaction, code: str) -> Sequence[RowMapping]:
    """A platform's changes, newest first."""
    mine = select(platform_changes).where(platform_changes.c.code == code)
    return await tx.all(mine.order_by(platform_changes.c.number.desc()))
