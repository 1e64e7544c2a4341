"""Who may stand before the subject: at least two officers with certificates good on the day (细则第十条)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from libs.common.errors import FieldError
from services.inspection.domain.dispatch import Dispatch
from services.inspection.domain.errors import RecordIncomplete

MIN_OFFICERS = 2  # 细则第十条
OFFICER = "执法人员"


class TeamNotReady(RecordIncomplete):
    """The team may not start; every reason is listed."""

    detail = "检查人员不符合要求，不能开始检查（细则第十条）。"


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """An officer as registry knows them."""

    officer_id: str
    name: str
    certificate_number: str
    certificate_valid_to: date
    staff_kind: str
    on_duty: bool
    recusals: tuple[str, ...]
    items_allowed: tuple[str, ...] = ()  # categories; none named: all

    def may_inspect(self, categories: Collection[str]) -> bool:
        """Whether items of all these categories are within this person's power (执法事项范围)."""
        return not self.items_allowed or set(categories) <= set(self.items_allowed)

    def objections(self, uscc: str, day: date) -> list[str]:
        """Why this person may not inspect `uscc` on `day`."""
        found = []
        if self.staff_kind != OFFICER:
            found.append(f"{self.name}是{self.staff_kind}，可随同协助，不计入执法人员（细则第十条）")
        if day > self.certificate_valid_to:
            found.append(f"{self.name}的执法证件已过期，请更换人员或更新证件（细则第十条）")
        if not self.on_duty:
            found.append(f"{self.name}不在岗，请更换人员（细则第五条）")
        if uscc in self.recusals:
            found.append(f"{self.name}与检查对象有利害关系，必须回避")
        return found


def check_team(dispatch: Dispatch, shown: Collection[str], roster: Mapping[str, RosterEntry], day: date) -> None:
    """Raise TeamNotReady unless those who showed their certificates may inspect the subject on `day`."""
    reasons = [f"{officer_id} 不是本次检查的承办人员" for officer_id in shown if officer_id not in dispatch.officer_ids]
    for member in dispatch.officers:
        if member.officer_id not in shown:
            continue
        entry = roster.get(member.officer_id)
        if entry is None:
            reasons.append(f"执法人员名录库中没有{member.name}，请先在名录库登记（细则第五条）")
        else:
            reasons.extend(entry.objections(dispatch.subject.uscc, day))
    if len(set(shown) & set(dispatch.officer_ids)) < MIN_OFFICERS:
        reasons.append("检查人员不得少于两人，请确认两名以上执法人员均已出示执法证件（细则第十条）")
    if reasons:
        raise TeamNotReady(fields=[FieldError("certificates_shown", reason) for reason in reasons])
