"""Direct assignment (直接选派): officers named by a person, with a reason and an approver, checked like any other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from libs.common.errors import Invalid, NotAllowed
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


def assign_directly(drawn: Iterable[Drawn], roster: Roster, seats: int, teams: Mapping[str, Sequence[str]]) -> Deal:
    """Check the named teams of all drawn subjects. Raises DirectChoiceInvalid that names the first wrong one."""
    opened = {step.county for step in roster.escalation if isinstance(step, OpenPool)}
    allowed = {officer.number: officer.county for officer in roster.allowed()}
    assignments = []
    for subject in sorted(drawn):
        team = tuple(teams.get(subject.id, ()))
        if len(set(team)) != len(team) or len(team) < seats:
            raise DirectChoiceInvalid(f"{subject.id} 应有至少 {seats} 名不同的检查人员（细则第十条），请补足。")
        for number in team:
            if allowed.get(number) not in {subject.county, *opened}:
                raise DirectChoiceInvalid(f"{number} 不能检查 {subject.id}：不在本县区或无此事项的执法权限。")
            if (number, subject.id) in roster.recusals:
                raise DirectChoiceInvalid(f"{number} 与 {subject.id} 有利害关系，应当回避，请另选人员。")
        assignments.append((subject.id, team))
    return Deal(tuple(assignments), ())
