"""One part of the record is saved, as a new version beside the earlier ones (细则第十条)."""

from dataclasses import dataclass, replace
from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError
from libs.common.http.auth import Actor
from libs.common.web.filters import moment
from services.inspection.domain.case import RECORDING, Case, State
from services.inspection.domain.completion import missing
from services.inspection.domain.errors import CaseUnknown, SavedByAnother
from services.inspection.domain.record import Part, Saved, check_part
from services.inspection.store import cases, records
from services.inspection.usecases.access import must_be_on_team, open_case


@dataclass(frozen=True, slots=True)
class SavePart:
    """A part, its new content, and the version that it was made from (0: none)."""

    case_id: str
    part: str
    content: Part
    base_version: int


async def save_part(tx: Transaction, command: SavePart, actor: Actor, now: datetime) -> Saved:
    """Append a version; raises SavedByAnother when somebody saved after `base_version`."""
    case = await open_case(tx, command.case_id, actor)
    must_be_on_team(actor, case)
    case.must_be_recording()
    record = await records.load(tx, case.id)
    if not record.knows(command.part):
        raise CaseUnknown("检查记录没有这一部分，请核对事项代码。")
    check_part(case, command.part, command.content, now)
    last = record.saved.get(command.part)
    if last and last.part == command.content:
        return last  # a second click, or the same answer by both officers
    if record.version(command.part) != command.base_version:
        raise _saved_by_another(last)
    saved = Saved(command.base_version + 1, command.content, actor.name, now)
    await records.save_part(tx, case.id, command.part, saved.version, saved.part, actor.account_id, actor.name, now)
    settled = await settle_state(tx, case)
    if settled != case:
        await cases.save(tx, settled)
    return saved


def _saved_by_another(last: Saved | None) -> SavedByAnother:
    who = f"{last.saved_by_name}于 {moment(last.saved_at)} 保存（第 {last.version} 版）" if last else "他人改动"
    text = f"这一部分已由{who}，您的填写尚未保存。请对照后重新保存。"
    return SavedByAnother(text, fields=[FieldError("", text)])


async def settle_state(tx: Transaction, case: Case) -> Case:
    """The case as 待提交 when its record lacks nothing, else as 检查中."""
    if case.state not in RECORDING:
        return case
    lacking = missing(case, await records.load(tx, case.id))
    return replace(case, state=State.INSPECTING if lacking else State.READY)
