"""A case with everything around it, as its page and its JSON twin show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError
from libs.common.http.auth import Actor
from services.inspection.domain.case import OVER, RECORDING, Case
from services.inspection.domain.check_table import CheckItem
from services.inspection.domain.completion import missing
from services.inspection.domain.errors import NotApproved
from services.inspection.domain.follow_up import FollowUp
from services.inspection.domain.notice import Notice
from services.inspection.domain.record import Record
from services.inspection.domain.recusal import Request
from services.inspection.domain.team import RosterEntry
from services.inspection.store import afterwards, cases, notices, records, recusals, reference
from services.inspection.usecases.access import look_at


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case, read in one transaction."""

    case: Case
    record: Record
    unit_name: str
    roster: dict[str, RosterEntry]
    follow_up: FollowUp | None
    transfers: list[dict[str, Any]]
    supplements: list[dict[str, Any]]
    history: list[dict[str, Any]]
    archive: list[tuple[str, str, str, bytes]]
    requests: list[Request]  # for recusal
    notices: Sequence[Notice]  # every version, the newest first
    items: dict[str, CheckItem]  # of the present list, while the check table is not made yet

    @property
    def recording(self) -> bool:
        """Whether the record is open."""
        return self.case.state in RECORDING

    @property
    def over(self) -> bool:
        """Whether the record is handed in."""
        return self.case.state in OVER

    @property
    def missing(self) -> list[FieldError]:
        """What the open record lacks."""
        return missing(self.case, self.record) if self.recording else []


async def view_case(tx: Transaction, case_id: str, actor: Actor) -> CaseView:
    """Read a case; raises CaseUnknown."""
    case = await look_at(tx, case_id, actor)
    record = await records.load(tx, case.id)
    return CaseView(
        case=case,
        record=record,
        unit_name=await reference.unit_name(tx, case.dispatch.unit_id, case.dispatch.unit_name),
        roster=await reference.load_officers(tx, case.dispatch.officer_ids),
        follow_up=await afterwards.load_follow_up(tx, case.id),
        transfers=await afterwards.load_transfers(tx, case.id),
        supplements=await afterwards.load_supplements(tx, case.id),
        history=await cases.history(tx, case.id),
        archive=await afterwards.load_archive(tx, case.id),
        requests=await recusals.of_case(tx, case.id),
        notices=await notices.versions(tx, case.notice_code) if case.notice_code else (),
        items={} if record.check_table else await reference.load_items(tx, case.dispatch.item_codes),
    )


async def view_notice(tx: Transaction, case_id: str, actor: Actor, version: int | None = None) -> tuple[Case, Notice]:
    """The newest notice of a case, or the version that is named; raises NotApproved while none is issued."""
    case = await look_at(tx, case_id, actor)
    if not case.notice_code:
        raise NotApproved("检查通知书尚未签发，请先由本单位审批。")
    return case, await notices.load(tx, case.notice_code, version)
