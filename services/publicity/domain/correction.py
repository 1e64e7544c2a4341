"""Corrections: asked for by one, confirmed by another, the difference visible for ever (细则第十六条)."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.common.errors import FieldError, Invalid
from services.publicity.domain.content import Amendment, Content
from services.publicity.domain.errors import (
    CorrectionAlreadyOpen,
    CorrectionConfirmedByItsAuthor,
    NotTheInspectingUnit,
    NotYetPublished,
)
from services.publicity.domain.publication import Person, Publication, required


@dataclass(frozen=True, slots=True)
class Correction:
    """A proposed correction: the whole text before and after, numbered from 1 within its publication."""

    number: int
    before: Content
    after: Content
    reason: str
    by: str
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of the public statement, old and new side by side in pieces (text, changed)."""

    label: str
    old: tuple[tuple[str, bool], ...]
    new: tuple[tuple[str, bool], ...]


def propose(
    publication: Publication,
    change: Amendment,
    reason: str,
    person: Person,
    now: datetime,
    *,
    already_proposed: int,
    one_is_open: bool,
) -> Correction:
    """A correction that waits for another person. Raises what stands against it."""
    if not publication.state.public:
        raise NotYetPublished
    if not person.leads and person.county != publication.content.county:
        raise NotTheInspectingUnit
    if one_is_open:
        raise CorrectionAlreadyOpen
    required("reason", reason, "请写明更正的原因，原因将与更正前后的内容一并公开（细则第十六条）。")
    after = publication.content.amended(change)
    if after == publication.content:
        raise Invalid(fields=[FieldError("subject_result", "更正后的内容与现在公示的完全相同，请修改需要更正的项目。")])
    return Correction(
        already_proposed + 1, publication.content, after, reason.strip(), person.account_id, person.name, now
    )


def may_decide(correction: Correction, publication: Publication, person: Person) -> None:
    """Raise unless `person` may confirm or reject the correction."""
    if not person.leads and person.county != publication.content.county:
        raise NotTheInspectingUnit
    if person.account_id == correction.by:
        raise CorrectionConfirmedByItsAuthor


def differences(before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]) -> list[Difference]:
    """The lines (label, text) that differ, by label."""
    new = dict(after)
    return [_difference(label, text, new.get(label, "")) for label, text in before if text != new.get(label, "")]


def _difference(label: str, old: str, new: str) -> Difference:
    parts = difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
    return Difference(
        label,
        tuple((old[a:b], tag != "equal") for tag, a, b, _, _ in parts if a < b),
        tuple((new[a:b], tag != "equal") for tag, _, _, a, b in parts if a < b),
    )
