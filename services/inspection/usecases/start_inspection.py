"""Officers stand before the subject, show their certificates and begin (细则第十条)."""

from dataclasses import dataclass
from datetime import datetime

from libs.common import clock
from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.inspection.domain.case import Case
from services.inspection.domain.recusal import check_start
from services.inspection.domain.team import check_team
from services.inspection.events.published import InspectionStarted
from services.inspection.store import cases, recusals, reference
from services.inspection.usecases.access import must_be_on_team, open_case
from services.inspection.usecases.issue_notice import issue_notice


@dataclass(frozen=True, slots=True)
class StartInspection:
    """Which case, and who of its team showed a certificate."""

    case_id: str
    certificates_shown: tuple[str, ...]


async def start_inspection(tx: Transaction, command: StartInspection, actor: Actor, now: datetime) -> Case:
    """Begin; an urgent case gets its notice now and its approval later."""
    case = await open_case(tx, command.case_id, actor)
    must_be_on_team(actor, case)
    shown = tuple(dict.fromkeys(command.certificates_shown))
    case = case.start(shown, now)
    roster = await reference.load_officers(tx, case.dispatch.officer_ids)
    check_team(case.dispatch, shown, roster, clock.china_date(now))
    check_start(case, await recusals.of_case(tx, case.id), shown)
    case = await issue_notice(tx, case, now)
    await cases.save(tx, case)
    names = "、".join(officer.name for officer in case.present_officers)
    what = f"{names}出示执法证件，开始检查" + ("" if case.approved_at else "（紧急检查，审批待补办）")
    await cases.remember(tx, case.id, what, actor.name, actor.account_id, now)
    tx.emit(
        InspectionStarted(case_id=case.id, county=case.dispatch.county, started_at=now),
        aggregate=f"case/{case.id}",
        county=case.dispatch.county,
        at=now,
    )
    return case
