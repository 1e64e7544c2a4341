"""Change within how many working days a platform's orders of one kind must be decided; the old term stays written."""

from dataclasses import dataclass
from datetime import datetime

from libs.common.db import Transaction
from libs.common.errors import FieldError, Invalid, NotFound
from libs.common.http.auth import Actor
from services.trigger.domain.sla import CLOCKS, MOST_DAYS, with_term
from services.trigger.store import platforms, sla


@dataclass(frozen=True, slots=True)
class SetTerm:
    """A clock of a platform for one kind of order; no days: the platform's default counts again."""

    code: str
    clock: str
    kind: str
    days: int | None


async def set_term(tx: Transaction, command: SetTerm, actor: Actor, now: datetime) -> None:
    """Save the term and the change; clocks that run already keep their day. Raises Invalid naming each field."""
    platform = await platforms.load(tx, command.code, lock=True)
    if platform is None:
        raise NotFound
    errors = []
    if command.clock not in CLOCKS:
        errors.append(FieldError("clock", "请选择时限"))
    if command.kind not in platform.kinds:
        errors.append(FieldError("kind", "请选择与该平台约定的工单类型"))
    if command.days is not None and not 1 <= command.days <= MOST_DAYS:
        errors.append(FieldError("days", f"请填写 1 至 {MOST_DAYS} 个工作日，留空为恢复默认"))
    if errors:
        raise Invalid(fields=errors)
    before = platform.sla.get(command.clock, {}).get(command.kind)
    if before != command.days:
        terms = with_term(platform.sla, command.clock, command.kind, command.days)
        await sla.save_term(tx, command.code, terms)
        change = sla.Change(command.code, command.clock, command.kind, before, command.days, now, actor.name)
        await sla.note_change(tx, change)
