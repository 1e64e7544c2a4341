"""后续监管: what follows from the result, who owns it and when it is over (细则第十一条、第十五条)."""

from dataclasses import dataclass, replace
from datetime import date

from libs.common.errors import FieldError, Invalid
from services.inspection.domain import codes
from services.inspection.domain.errors import FollowUpClosedAlready, TransferMissing
from services.inspection.domain.record import Conclusion

_DERIVED = {codes.RECTIFY: codes.RECTIFICATION, codes.PENDING: codes.SUPERVISION, codes.GRAVE: codes.SUPERVISION}


def derived(conclusion: Conclusion) -> str:
    """The follow-up that was chosen, or the one that the result asks for."""
    return conclusion.follow_up or _DERIVED.get(conclusion.subject_result, codes.NONE)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What remains to be done after the record; "none" is closed at once."""

    kind: str
    owner_unit_id: str
    owner_unit_name: str
    due: date | None
    requirements: str
    opened_on: date
    closed_on: date | None = None
    outcome: str = ""
    closed_by: str = ""

    @property
    def open(self) -> bool:
        """Whether it waits for somebody."""
        return self.closed_on is None

    def close(self, outcome: str, account: str, today: date, *, transferred: bool) -> "FollowUp":
        """Over, with its outcome; what went to another department needs its transfer."""
        if not self.open:
            raise FollowUpClosedAlready
        if self.kind in {codes.OTHER, codes.CASE_OFFICE} and not transferred:
            raise TransferMissing
        if not outcome.strip():
            raise Invalid(fields=[FieldError("outcome", "请填写办结情况（细则第十五条）")])
        return replace(self, closed_on=today, outcome=outcome.strip(), closed_by=account)


def opened(conclusion: Conclusion, unit_id: str, unit_name: str, today: date) -> FollowUp:
    """The follow-up of a completed record."""
    kind = derived(conclusion)
    return FollowUp(
        kind=kind,
        owner_unit_id=unit_id,
        owner_unit_name=unit_name,
        due=conclusion.rectify_by if kind == codes.RECTIFICATION else None,
        requirements=conclusion.requirements,
        opened_on=today,
        closed_on=today if kind == codes.NONE else None,
        outcome="无需后续处置" if kind == codes.NONE else "",
    )
