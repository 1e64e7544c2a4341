"""The versioned ratio policy (比例方案): proposed by one person, approved by another, never changed afterwards."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from libs.common.errors import FieldError, Invalid, NotAllowed, OutOfOrder
from services.draw.domain.plan import RejectionNeedsReason, Signature
from services.draw.domain.pool import CLASSES, is_plain
from services.draw.domain.rule import CEIL, FLOOR, Quota, Ratio

EVERYWHERE = ""  # the city: for every county that has no policy of its own
SPARED = "A"  # the class that a policy may leave alone (无事不扰)

# Seen in practice (Henan 2021); unclassified subjects are drawn as class B. Not law.
DEFAULT_RATIOS: Mapping[str, Ratio] = {
    "A": Ratio(1, 100),
    "B": Ratio(2, 100),
    "C": Ratio(10, 100),
    "D": Ratio(30, 100),
    "U": Ratio(2, 100),
}


class Level(StrEnum):
    """Which items a policy is for: 一般 have a strictly limited ratio, 重点 have no upper limit."""

    GENERAL = "一般"
    KEY = "重点"


class PolicyState(StrEnum):
    """Where a policy stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        """The state for people."""
        return {"proposed": "待审批", "approved": "已审批", "rejected": "已退回"}[self]


class PolicyInvalid(Invalid):
    """Some numbers of a policy need mending."""


class PolicyNotProposed(OutOfOrder):
    """Only a proposed policy can be decided on, and only once."""

    detail = "这个比例方案已经审批或退回，不能再改；如需调整，请提出新的版本（细则第六条）。"


class PolicyNeedsAnotherApprover(NotAllowed):
    """Who proposes a policy does not approve it."""

    detail = "提出比例方案的人不能审批本方案，请由牵头科室另一人审批（细则第六条）。"


class PolicyNotUsable(Invalid):
    """A plan can't cite this version."""


@dataclass(frozen=True, slots=True)
class RatioPolicy:
    """A named version of the ratios; a draw's commitment cites the version and repeats the numbers."""

    version: str
    quota: Quota
    county: str = EVERYWHERE
    level: Level = Level.GENERAL
    spare_a: bool = False  # routine draws leave class A alone; triggered ones never do
    valid_from: date = date.min
    reason: str = ""
    document_number: str = ""
    proposed: Signature | None = None  # None: comes with the program
    state: PolicyState = PolicyState.APPROVED
    decided: Signature | None = None
    rejected_because: str | None = None

    def with_ratio(self, version: str, ratio: Mapping[str, Ratio]) -> "RatioPolicy":
        """Return the next version with some ratios replaced; nothing else changes."""
        quota = Quota({**self.quota.ratio, **ratio}, self.quota.minimum, self.quota.rounding)
        return replace(self, version=version, quota=quota)

    def draws(self, stratum: str, n: int, *, triggered: bool = False) -> int:
        """How many of the `n` subjects of a class a draw takes; `n` counts class A whether it is spared or not."""
        return 0 if self.spare_a and stratum == SPARED and not triggered else self.quota.of(stratum, n)

    def approve(self, by: str, at: datetime) -> "RatioPolicy":
        """Return the approved policy. Raises PolicyNotProposed, PolicyNeedsAnotherApprover."""
        self._decidable(by)
        return replace(self, state=PolicyState.APPROVED, decided=Signature(by, at))

    def reject(self, by: str, at: datetime, reason: str) -> "RatioPolicy":
        """Return it sent back. Raises PolicyNotProposed, PolicyNeedsAnotherApprover, RejectionNeedsReason."""
        self._decidable(by)
        if not reason.strip():
            raise RejectionNeedsReason
        return replace(self, state=PolicyState.REJECTED, decided=Signature(by, at), rejected_because=reason.strip())

    def _decidable(self, by: str) -> None:
        if self.state is not PolicyState.PROPOSED or self.proposed is None:
            raise PolicyNotProposed
        if by == self.proposed.by:
            raise PolicyNeedsAnotherApprover


DEFAULT_POLICY = RatioPolicy("default/1", Quota(DEFAULT_RATIOS, minimum=1, rounding=CEIL))
# 重点检查事项 without an upper limit: everybody is inspected, the tickets decide the order only.
ORDER_ONLY = RatioPolicy(
    "order-only/1", Quota({name: Ratio(1, 1) for name in CLASSES}, minimum=1, rounding=CEIL), level=Level.KEY
)


def in_force(policies: Iterable[RatioPolicy], county: str, level: Level, day: date) -> RatioPolicy:
    """The policy that rules on `day`: the county's own, else the city's, for key items else that of general items.

    Of several the one with the latest first day, then the one approved last; none at all: the program's default.
    """
    known = [policy for policy in policies if policy.state is PolicyState.APPROVED and policy.valid_from <= day]
    for wanted in dict.fromkeys((level, Level.GENERAL)):
        for place in (county, EVERYWHERE):
            found = [policy for policy in known if policy.level is wanted and policy.county == place]
            if found:
                return max(found, key=_age)
    return DEFAULT_POLICY


def _age(policy: RatioPolicy) -> tuple[date, float]:
    return policy.valid_from, policy.decided.at.timestamp() if policy.decided else 0.0


def must_be_usable(chosen: RatioPolicy, ruling: RatioPolicy, county: str, level: Level, day: date) -> None:
    """Let a plan cite an approved version other than the ruling one. Raises PolicyNotUsable.

    General items have a strictly limited ratio: where the ruling policy says 不高于, no class may be drawn at more.
    """
    if chosen.state is not PolicyState.APPROVED or chosen.valid_from > day:
        raise PolicyNotUsable(f"比例方案 {chosen.version} 未经审批或尚未施行，请选择已施行的版本（细则第六条）。")
    if chosen.county not in {EVERYWHERE, county}:
        raise PolicyNotUsable(f"比例方案 {chosen.version} 只适用于另一县区，请选择全市或本县区的版本（细则第六条）。")
    if chosen.level is Level.KEY and level is Level.GENERAL:
        raise PolicyNotUsable(
            f"比例方案 {chosen.version} 用于重点检查事项；本计划含一般检查事项，请选择一般事项的版本（细则第六条）。"
        )
    if level is Level.GENERAL and ruling.quota.rounding == FLOOR:
        above = sorted(
            name
            for name, ratio in chosen.quota.ratio.items()
            if name in ruling.quota.ratio and _share(ratio) > _share(ruling.quota.ratio[name])
        )
        if above:
            raise PolicyNotUsable(
                f"现行方案 {ruling.version} 规定一般检查事项不高于其比例，版本 {chosen.version} 的"
                f"{'、'.join(above)} 类超过了它，不能使用（细则第六条）。"
            )


def _share(ratio: Ratio) -> Fraction:
    return Fraction(ratio.num, ratio.den)


@dataclass(frozen=True, slots=True)
class Difference:
    """What another policy changes for one class of the present pool: ratios, and how many would be drawn of n."""

    stratum: str
    n: int
    before: Ratio
    after: Ratio
    drawn_before: int
    drawn_after: int


def differences(before: RatioPolicy, after: RatioPolicy, subjects: Mapping[str, int]) -> tuple[Difference, ...]:
    """Compare two policies class by class on a pool that has `subjects` of each class."""
    nothing = Ratio(0, 1)
    return tuple(
        Difference(
            name,
            n := subjects.get(name, 0),
            before.quota.ratio.get(name, nothing),
            after.quota.ratio.get(name, nothing),
            before.draws(name, n) if name in before.quota.ratio else 0,
            after.draws(name, n) if name in after.quota.ratio else 0,
        )
        for name in CLASSES
    )


_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")


def percent(text: str) -> Ratio | None:
    """Read a percentage, such as `2.5`, as an exact ratio; None if it is none between 0 and 100."""
    if not _PERCENT.fullmatch(text.strip()):
        return None
    share = Fraction(text.strip()) / 100
    return Ratio(share.numerator, share.denominator) if share <= 1 else None


def percent_text(ratio: Ratio) -> str:
    """Write a ratio as the percentage that `percent` reads; empty when four decimals can't write it exactly."""
    units, rest = divmod(ratio.num * 1_000_000, ratio.den)
    return "" if rest else f"{units // 10_000}.{units % 10_000:04d}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """A policy as a person types it; ratios are percentages by class."""

    county: str
    level: str
    percents: Mapping[str, str]
    rounding: str
    minimum: str
    spare_a: bool
    reason: str
    document_number: str
    valid_from: date | None

    def quota(self) -> Quota:
        """The numbers. Raises PolicyInvalid that names every wrong one."""
        ratios = {name: percent(self.percents.get(name, "")) for name in CLASSES}
        errors = [
            FieldError(f"ratio_{name}", f"{name} 类的比例应为 0 至 100 的百分数，如 2.5（细则第六条）")
            for name, ratio in ratios.items()
            if ratio is None
        ]
        if self.rounding not in {CEIL, FLOOR}:
            errors.append(FieldError("rounding", "请选择“不低于”或“不高于”"))
        if not re.fullmatch(r"[0-9]{1,3}", self.minimum.strip()):
            errors.append(FieldError("minimum", "每类最少户数应为 0 至 999 的整数"))
        if errors:
            raise PolicyInvalid(fields=errors)
        return Quota({name: ratio for name, ratio in ratios.items() if ratio}, int(self.minimum), self.rounding)

    def check(self, today: date, known_counties: Iterable[str]) -> tuple[Quota, Level, date]:
        """Return numbers, level and first day. Raises PolicyInvalid that names every wrong field."""
        errors: list[FieldError] = []
        quota = None
        try:
            quota = self.quota()
        except PolicyInvalid as error:
            errors += error.fields
        if self.county and self.county not in known_counties:
            errors.append(FieldError("county", "县区代码不认识，请从列表中选择"))
        if self.level not in {*Level}:
            errors.append(FieldError("level", "请选择一般检查事项或重点检查事项"))
        if not self.reason.strip() or not is_plain(self.reason.replace("\n", " ").replace("\r", " ")):
            errors.append(FieldError("reason", "请写明依据和理由（细则第六条）"))
        if not is_plain(self.document_number):
            errors.append(FieldError("document_number", "文号不能含控制字符或反斜杠"))
        if self.valid_from is None or self.valid_from < today:
            errors.append(FieldError("valid_from", "施行日期应为今天或以后，如 2027-01-01：已经抽取的不受影响"))
        if errors or quota is None or self.valid_from is None:
            raise PolicyInvalid(fields=errors)
        return quota, Level(self.level), self.valid_from
