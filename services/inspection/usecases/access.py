"""Who may see, approve and record a case."""

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor, Role
from services.inspection.domain.case import Case
from services.inspection.domain.errors import ApproverMissing, CaseUnknown, NotOnTeam, NotOwnUnit, OwnCaseApproved
from services.inspection.store import cases
from services.inspection.store.lists import Scope


def scope_of(actor: Actor) -> Scope:
    """An officer sees their own cases, a county its own, the city and its auditors everything."""
    if actor.role is Role.OFFICER:
        return Scope(officer_id=actor.officer_id)
    return Scope() if actor.whole_city else Scope(county=actor.county)


def must_see(actor: Actor, case: Case) -> None:
    """Raise CaseUnknown for a case that is not theirs: that it exists is not told either."""
    own = actor.officer_id != "" and actor.officer_id in case.dispatch.officer_ids
    if not (own if actor.role is Role.OFFICER else actor.sees(case.dispatch.county)):
        raise CaseUnknown


def of_unit(actor: Actor, case: Case) -> bool:
    """Whether the actor speaks for the unit that inspects, or for its county."""
    return actor.role is Role.UNIT and (actor.unit_id == case.dispatch.unit_id or actor.county == case.dispatch.county)


def must_be_approver(actor: Actor, case: Case) -> None:
    """The unit or the lead section approves, and nobody who inspects."""
    if actor.officer_id and actor.officer_id in case.dispatch.officer_ids:
        raise OwnCaseApproved
    if actor.role is not Role.LEAD and not of_unit(actor, case):
        raise ApproverMissing


def must_be_on_team(actor: Actor, case: Case) -> None:
    """Only officers of the case record it (细则第七条第六项)."""
    if actor.role is not Role.OFFICER or actor.officer_id not in case.dispatch.officer_ids:
        raise NotOnTeam


def must_be_in_charge(actor: Actor, case: Case) -> None:
    """Follow-up and archive are the unit's (细则第十三条、第十五条)."""
    if not of_unit(actor, case):
        raise NotOwnUnit


async def open_case(tx: Transaction, case_id: str, actor: Actor) -> Case:
    """Load a case to act on it, locked, under its own correlation id; raises CaseUnknown."""
    case = await cases.load(tx, case_id, lock=True)
    must_see(actor, case)
    tx.follow(case.correlation_id)
    return case


async def look_at(tx: Transaction, case_id: str, actor: Actor) -> Case:
    """Load a case to read it; raises CaseUnknown."""
    case = await cases.load(tx, case_id)
    must_see(actor, case)
    return case
