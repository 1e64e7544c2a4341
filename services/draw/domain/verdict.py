"""What the published numbers say of one firm: it had to be drawn, it could not be, or only its class tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.draw.domain.lottery import ticket
from services.draw.domain.pool import MASKED_ELIGIBLE, PoolRow


class Verdict(StrEnum):
    """Closed list."""

    MUST = "must_be_drawn"
    CANNOT = "cannot_be_drawn"
    ABSENT = "not_in_pool"
    INELIGIBLE = "not_eligible"
    BY_CLASS = "depends_on_class"
    WHOLE_POOL = "needs_whole_pool"
    PENDING = "not_drawn_yet"

    @property
    def label(self) -> str:
        """The verdict for people."""
        return {
            Verdict.MUST: "必须抽中",
            Verdict.CANNOT: "不能抽中",
            Verdict.ABSENT: "不在待抽名录中，不能抽中",
            Verdict.INELIGIBLE: "在待抽名录中，但本次不可抽取，不能抽中",
            Verdict.BY_CLASS: "取决于信用风险分类（不公开）",
            Verdict.WHOLE_POOL: "均衡分布的抽取，一户是否抽中要用完整名录才能算出",
            Verdict.PENDING: "还没有抽取",
        }[self]


@dataclass(frozen=True, slots=True)
class Threshold:
    """The limit of a class: whoever is eligible and has a ticket up to it was drawn; None where nobody is."""

    stratum: str
    ticket: str | None

    def reached_by(self, own: str) -> bool:
        """Say whether a ticket is up to the limit."""
        return self.ticket is not None and own <= self.ticket


@dataclass(frozen=True, slots=True)
class Judgement:
    """A firm's verdict, its ticket and, for every class that it may have, whether it had to be drawn."""

    verdict: Verdict
    ticket: str | None
    by_class: tuple[tuple[str, str | None, bool], ...] = ()  # (class, threshold, had to be drawn)


def judge(
    subject_id: str, row: PoolRow | None, key: str | None, thresholds: Sequence[Threshold], *, over_cells: bool = False
) -> Judgement:
    """Judge a firm by its row of the published pool, open or masked; `key` is None before the seed exists.

    In a draw spread over cells no limit decides: a firm's place depends on everybody in its class.
    """
    own = ticket(key, subject_id) if key else None
    if row is None:
        return Judgement(Verdict.ABSENT, own)
    if own is None:
        return Judgement(Verdict.PENDING, None)
    if row.eligible == MASKED_ELIGIBLE:
        return _masked(own, thresholds)
    limits = tuple(
        (one.stratum, one.ticket, one.reached_by(own)) for one in thresholds if one.stratum == row.credit_class
    )
    if row.eligible == "0":
        return Judgement(Verdict.INELIGIBLE, own, () if over_cells else limits)
    if over_cells:
        return Judgement(Verdict.WHOLE_POOL, own)
    due = any(must for _, _, must in limits)
    return Judgement(Verdict.MUST if due else Verdict.CANNOT, own, limits)


def _masked(own: str, thresholds: Sequence[Threshold]) -> Judgement:
    limits = tuple((one.stratum, one.ticket, one.reached_by(own)) for one in thresholds)
    # Above every limit nothing depends on the class; below, eligibility stays hidden, so that nothing is certain.
    verdict = Verdict.BY_CLASS if any(must for _, _, must in limits) else Verdict.CANNOT
    return Judgement(verdict, own, limits)
