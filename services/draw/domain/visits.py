"""One visit for all items (一次抽查、全面体检): may a drawn subject's items join another task's case (细则第三条)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from services.draw.domain.dispatch import Dispatch


@dataclass(frozen=True, slots=True)
class Standing:
    """An officer as of now: the categories allowed (none named: all), on duty, certificate, recusals."""

    categories: frozenset[str]
    on_duty: bool
    certificate_valid_to: date
    recusals: frozenset[str]

    def may_inspect(self, subject_id: str, categories: Collection[str], until: date) -> bool:
        """Whether this officer may inspect items of these categories at the subject until that day."""
        allowed = not self.categories or set(categories) <= self.categories
        return allowed and self.on_duty and self.certificate_valid_to >= until and subject_id not in self.recusals


@dataclass(frozen=True, slots=True)
class OpenVisit:
    """A case of another task whose inspection has not started, as far as is known: team, items and last day."""

    case_id: str
    subject_id: str
    unit_id: str
    officers: tuple[str, ...]
    items: frozenset[str]
    deadline: date


def joinable(
    one: Dispatch,
    deadline: date,
    visits: Iterable[OpenVisit],
    standing: Mapping[str, Standing],
    category_of: Mapping[str, str],
) -> OpenVisit | None:
    """Return the visit, of those in order of preference, that can take `one`'s items too; None: it needs its own.

    The same subject and unit, and a team of which everybody may inspect all items of both tasks until the earlier
    of both deadlines, by which the visit is due: whom the first draw has chosen stays, and nobody inspects what is
    not theirs.
    """
    for visit in visits:
        if visit.subject_id != one.subject_id or visit.unit_id != one.unit_id:
            continue
        items = visit.items | set(one.items)
        if any(item not in category_of for item in items):
            continue  # an item that is not on the list any more: nobody knows who may inspect it
        categories = {category_of[item] for item in items}
        until = min(deadline, visit.deadline)
        team = [standing.get(number) for number in visit.officers]
        if all(officer and officer.may_inspect(one.subject_id, categories, until) for officer in team):
            return visit
    return None
