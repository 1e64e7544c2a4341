"""Why an officer is in the roster of a draw or not: certificate, duty, items, one reason beside the other."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import TypeAlias

OFFICER = "执法人员"  # 辅助人员、网格员 never count towards the two (细则第十条)


class WhyNot(StrEnum):
    """Closed list of what keeps an officer out of a draw."""

    NOT_AN_OFFICER = "not_an_officer"
    NOT_ON_DUTY = "not_on_duty"
    CERTIFICATE_ENDS = "certificate_ends"
    NOT_FOR_ITEMS = "not_for_items"

    @property
    def label(self) -> str:
        """The reason for people."""
        return {
            WhyNot.NOT_AN_OFFICER: "不是持证执法人员",
            WhyNot.NOT_ON_DUTY: "休假、停职或不在岗",
            WhyNot.CERTIFICATE_ENDS: "执法证件在检查期内到期",
            WhyNot.NOT_FOR_ITEMS: "执法事项范围不含本次全部事项",
        }[self]


Standing: TypeAlias = tuple[WhyNot, ...]


def why_not(
    *,
    staff_kind: str,
    on_duty: bool,
    certificate_valid_to: date,
    until: date,
    items_needed: Iterable[str] = (),
    items_allowed: Iterable[str] | None = None,
) -> Standing:
    """Return every reason that keeps an officer from inspecting until a day; none means able.

    `items_allowed` None: not asked for.
    """
    reasons = []
    if staff_kind != OFFICER:
        reasons.append(WhyNot.NOT_AN_OFFICER)
    if not on_duty:
        reasons.append(WhyNot.NOT_ON_DUTY)
    if certificate_valid_to < until:
        reasons.append(WhyNot.CERTIFICATE_ENDS)
    if items_allowed is not None and not set(items_needed) <= set(items_allowed):
        reasons.append(WhyNot.NOT_FOR_ITEMS)
    return tuple(reasons)


def sentence(standing: Standing) -> str:
    """The reasons in one line, for an error or a table."""
    return "、".join(reason.label for reason in standing)
