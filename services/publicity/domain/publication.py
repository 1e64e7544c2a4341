"""One publication: awaiting review, published, corrected; who enters does not approve (细则第七条第六项、第十四条)."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from libs.common.clock import china_date
from libs.common.errors import FieldError, Invalid
from libs.common.ids import natural_id
from libs.common.workdays import Deadline, deadline, workdays_left
from services.publicity.domain.content import Content
from services.publicity.domain.errors import (
    DrawUnderSeal,
    EnteredByTheSamePerson,
    NotAwaitingReview,
    NotReturned,
    NotTheInspectingUnit,
)

WORKING_DAYS_TO_PUBLISH: Final = 20  # 细则第十四条
DUE_SOON: Final = 5  # working days; the desk's own choice of when to warn


class State(StrEnum):
    """How far a publication is."""

    AWAITING = "awaiting"
    RETURNED = "returned"
    PUBLISHED = "published"
    CORRECTED = "corrected"

    @property
    def chinese(self) -> str:
        """The word on the pages."""
        return _WORDS[self][0]

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return _WORDS[self][1]

    @property
    def public(self) -> bool:
        """Whether the public sees it."""
        return self in PUBLIC


_WORDS = {
    State.AWAITING: ("待审核", "warn"),
    State.RETURNED: ("已退回", "bad"),
    State.PUBLISHED: ("已公示", "good"),
    State.CORRECTED: ("已更正", "live"),
}
PUBLIC: Final = frozenset({State.PUBLISHED, State.CORRECTED})


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, as far as the rules ask."""

    account_id: str
    name: str
    leads: bool  # of the lead section
    county: str
    unit_id: str


@dataclass(frozen=True, slots=True)
class Publication:
    """The aggregate."""

    publication_id: str
    content: Content
    state: State
    deadline: Deadline
    trigger_ids: tuple[str, ...]
    entered_by: tuple[str, ...]  # accounts that entered or handed in: none of them may review
    correlation_id: str
    received_at: datetime
    published_at: datetime | None = None
    in_time: bool | None = None
    corrections: int = 0
    follow_up_closed_on: date | None = None

    @property
    def address(self) -> str:
        """Its path on the public site."""
        return f"/public/results/{self.publication_id}"

    def days_left(self, today: date) -> int:
        """Working days until it is due; negative when that has passed."""
        return workdays_left(today, self.deadline.due)

    def overdue(self, today: date) -> bool:
        """Whether it should be public and is not."""
        return not self.state.public and self.deadline.overdue(today)

    def reviewable_by(self, person: Person) -> None:
        """Raise unless `person` may review: the inspecting unit or the lead section, never who entered."""
        same_unit = person.county == self.content.county and person.unit_id in {"", self.content.unit_id}
        if not (person.leads or same_unit):
            raise NotTheInspectingUnit
        if person.account_id in self.entered_by:
            raise EnteredByTheSamePerson

    def published(self, person: Person, now: datetime, sealed: Collection[str] = ()) -> "Publication":
        """Made public at `now`; `sealed` are those of its draws whose lists are still kept inside.

        Raises NotAwaitingReview, DrawUnderSeal, NotTheInspectingUnit, EnteredByTheSamePerson.
        """
        if self.state is not State.AWAITING:
            raise NotAwaitingReview
        if sealed:
            raise DrawUnderSeal(self.seal_sentence(sealed))
        self.reviewable_by(person)
        self.content.checked()
        in_time = not self.deadline.overdue(china_date(now))
        return replace(self, state=State.PUBLISHED, published_at=now, in_time=in_time)

    def seal_sentence(self, sealed: Collection[str]) -> str:
        """Why the result waits, and what must come first when its deadline does not."""
        due = self.deadline.due
        return (
            f"抽取 {'、'.join(sorted(sealed))} 的名单仍在密封，公示这条结果会提前透露抽中了谁（细则第五条）。"
            f"名单所列检查全部结束后自动开封；到{due.year}年{due.month}月{due.day}日公示期限届满前仍未开封的，"
            f"须先由牵头科室在抽取页面写明理由开封，再行公示（细则第十四条）。"
        )

    def returned(self, person: Person, reason: str) -> "Publication":
        """Sent back to whoever entered it, with a reason."""
        if self.state is not State.AWAITING:
            raise NotAwaitingReview
        self.reviewable_by(person)
        required("reason", reason, "请写明退回的原因，便于录入人员核对。")
        return replace(self, state=State.RETURNED)

    def handed_in_again(self, person: Person, statement: str) -> "Publication":
        """Awaiting review once more, after whoever hands it in has said what was checked."""
        if self.state is not State.RETURNED:
            raise NotReturned
        if not person.leads and person.county != self.content.county:
            raise NotTheInspectingUnit
        required("statement", statement, "请写明核对的情况。")
        entered = tuple(dict.fromkeys((*self.entered_by, person.account_id)))
        return replace(self, state=State.AWAITING, entered_by=entered)

    def corrected(self, content: Content) -> "Publication":
        """With corrected content; what stood before stays in the history."""
        return replace(self, state=State.CORRECTED, content=content, corrections=self.corrections + 1)


def awaiting(
    content: Content, trigger_ids: tuple[str, ...], recorded_by: str, correlation_id: str, now: datetime
) -> Publication:
    """The publication that a completed inspection asks for."""
    return Publication(
        publication_id=publication_id_of(content.case_id),
        content=content,
        state=State.AWAITING,
        deadline=deadline(content.ended_on, WORKING_DAYS_TO_PUBLISH),
        trigger_ids=trigger_ids,
        entered_by=(recorded_by,),
        correlation_id=correlation_id,
        received_at=now,
    )


def publication_id_of(case_id: str) -> str:
    """The publication of a case: a case is published once, whatever is heard twice."""
    return str(natural_id("publication", case_id))


def required(field: str, text: str, what_to_do: str) -> str:
    """The trimmed text. Raises Invalid when nothing is written."""
    if not text.strip():
        raise Invalid(fields=[FieldError(field, what_to_do)])
    return text.strip()
