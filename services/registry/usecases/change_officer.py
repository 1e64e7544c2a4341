"""The roster is kept current by hand: duty, and recusals that are declared (细则第五条)."""

from dataclasses import dataclass, replace
from datetime import datetime

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError, Invalid
from libs.common.http.auth import Actor, Role
from services.registry.domain.errors import OfficerNotFound
from services.registry.domain.officer import DUTIES, KnownOfficer, Officer, Recusal
from services.registry.store import officers, subjects
from services.registry.usecases.announce import announce_officers


@dataclass(frozen=True, slots=True)
class SetDuty:
    """在岗, 休假 or 停职, and why."""

    officer_id: str
    duty: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeclareRecusal:
    """A subject that the officer must not inspect, and the relation."""

    officer_id: str
    uscc: str
    relation: str


async def set_duty(tx: Transaction, command: SetDuty, actor: Actor, now: datetime) -> None:
    """Put the officer on or off duty; not drawable from now on while off. Raises OfficerNotFound, Invalid."""
    known = await _load(tx, command.officer_id, actor)
    if command.duty not in DUTIES.values():
        raise Invalid(fields=[FieldError("duty", "请选择在岗、休假或停职")])
    if not command.reason.strip():
        raise Invalid(fields=[FieldError("reason", "请填写变更原因，留作名录动态管理的记录（细则第五条）")])
    if known.officer.duty != command.duty:
        changed = replace(known.officer, duty=command.duty)
        await _save(tx, known, changed, f"{command.duty}：{command.reason.strip()}", actor, now)


async def declare_recusal(tx: Transaction, command: DeclareRecusal, actor: Actor, now: datetime) -> None:
    """Add a recusal; it is never taken back here. Raises OfficerNotFound, Invalid."""
    known = await _load(tx, command.officer_id, actor)
    uscc = command.uscc.strip().upper()
    if await subjects.find_subject(tx, uscc) is None:
        raise Invalid(fields=[FieldError("uscc", "名录库中没有这个检查对象，请核对统一社会信用代码")])
    if not command.relation.strip():
        raise Invalid(fields=[FieldError("relation", "请写明与检查对象的关系")])
    if any(recusal.uscc == uscc for recusal in known.officer.recusals):
        return
    recusal = Recusal(uscc, command.relation.strip(), china_date(now))
    changed = replace(known.officer, recusals=(*known.officer.recusals, recusal))
    await _save(tx, known, changed, f"申报回避 {uscc}：{recusal.relation}", actor, now)


async def _load(tx: Transaction, officer_id: str, actor: Actor) -> KnownOfficer:
    known = await officers.load_officer(tx, officer_id, lock=True)
    if known is None or not actor.sees(known.county):
        raise OfficerNotFound
    if actor.role is Role.OFFICER and actor.officer_id != officer_id:
        raise OfficerNotFound
    return known


async def _save(tx: Transaction, known: KnownOfficer, officer: Officer, what: str, actor: Actor, now: datetime) -> None:
    after = KnownOfficer(officer, known.version + 1, known.county)
    await officers.save_officers(tx, [after], actor.account_id, now)
    await officers.log_officer(tx, officer.officer_id, actor.account_id, what, now)
    announce_officers(tx, [(after, "")], now)
