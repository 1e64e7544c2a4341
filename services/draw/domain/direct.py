"""Direct assignment (直接选派): officers named by a person, with a reason and an approver, checked like any other."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from libs.common.errors import FieldError, Invalid, NotAllowed
from services.draw.domain.deal import Deal
from services.draw.domain.lottery import Drawn
from services.draw.domain.pool import is_plain
from services.draw.domain.roster import OpenPool, Roster


class DirectChoiceInvalid(Invalid):
    """A directly chosen team breaks a rule that holds for random ones too."""


class DirectChoiceUnreasoned(Invalid):
    """Direct assignment without a reason."""

    detail = "直接选派检查人员必须写明理由（细则第二条）。"


class DirectChoiceNeedsApprover(NotAllowed):
    """Who chooses does not approve."""

    detail = "直接选派须由另一人审批，选派人不能审批自己的选派。"


class DirectChoiceNotByDrafter(DirectChoiceNeedsApprover):
    """Who named one of the teams does not approve them, whoever handed them in."""

    detail = "参与拟定选派的人不能审批（细则第二条）：请由没有参与拟定的人审批；没有其他人的，先退回，由一人重新拟定。"


@dataclass(frozen=True, slots=True)
class DirectChoice:
    """Why officers were named instead of drawn; persons by public number."""

    reason: str
    chosen_by: str
    approved_by: str

    def __post_init__(self) -> None:
        if not self.reason.strip() or not is_plain(self.reason):
            raise DirectChoiceUnreasoned
        if self.chosen_by == self.approved_by:
            raise DirectChoiceNeedsApprover

    def document(self) -> dict[str, object]:
        """The choice as on the certificate."""
        return {"reason": self.reason, "chosen_by": self.chosen_by, "approved_by": self.approved_by}


def check_approver(drafted_by: Collection[str], approver: str) -> None:
    """Raises DirectChoiceNotByDrafter."""
    if approver in drafted_by:
        raise DirectChoiceNotByDrafter


_NOBODY: Mapping[str, str] = MappingProxyType({})


def choosable(subject: Drawn, roster: Roster, unavailable: Mapping[str, str] = _NOBODY) -> tuple[str, ...]:
    """Return who may be named for a drawn subject, by number: county or city pool, items, no recusal, on duty now."""
    places = _places(subject, roster)
    return tuple(
        officer.number
        for officer in roster.allowed()
        if officer.county in places
        and (officer.number, subject.id) not in roster.recusals
        and officer.number not in unavailable
    )


def assign_directly(
    drawn: Iterable[Drawn],
    roster: Roster,
    seats: int,
    teams: Mapping[str, Sequence[str]],
    unavailable: Mapping[str, str] = _NOBODY,
) -> Deal:
    """Check the named teams of all drawn subjects; `unavailable` says of officers why they can't go any more.

    Raises DirectChoiceInvalid that names every subject with a wrong team.
    """
    allowed = {officer.number: officer.county for officer in roster.allowed()}
    assignments: list[tuple[str, tuple[str, ...]]] = []
    wrong: list[FieldError] = []
    for subject in sorted(drawn):
        team = tuple(teams.get(subject.id, ()))
        if why := _why_not(subject, team, allowed, roster, seats, unavailable):
            wrong.append(FieldError(f"team-{subject.id}", why))
        assignments.append((subject.id, team))
    if wrong:
        more = f"另有 {len(wrong) - 1} 户也须改正。" if len(wrong) > 1 else ""
        raise DirectChoiceInvalid(wrong[0].message + more, fields=wrong)
    return Deal(tuple(assignments), ())


def _why_not(
    subject: Drawn,
    team: Sequence[str],
    allowed: Mapping[str, str],
    roster: Roster,
    seats: int,
    unavailable: Mapping[str, str],
) -> str:
    if len(set(team)) != len(team) or len(team) < seats:
        return f"{subject.id} 应有至少 {seats} 名不同的检查人员（细则第十条），请补足。"
    for number in team:
        if allowed.get(number) not in _places(subject, roster):
            return f"{number} 不能检查 {subject.id}：不在本县区或无此事项的执法权限。"
        if (number, subject.id) in roster.recusals:
            return f"{number} 与 {subject.id} 有利害关系，应当回避，请另选人员。"
        if number in unavailable:
            return f"{number} 不能检查 {subject.id}：{unavailable[number]}，请另选人员（细则第五条）。"
    return ""


def _places(subject: Drawn, roster: Roster) -> set[str]:
    return {subject.county, *(step.county for step in roster.escalation if isinstance(step, OpenPool))}
