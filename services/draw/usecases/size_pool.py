"""Say how large a pool would be, stratum by stratum, while its filter is still being edited (细则第六条、第八条)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from services.draw.domain.eligibility import ExcludedReason
from services.draw.domain.ratios import DEFAULT_POLICY
from services.draw.domain.rule import Filter
from services.draw.store.eligibility import excluded_reason
from services.draw.store.reference import count_matching


@dataclass(frozen=True, slots=True)
class PoolSize:
    """What a pool frozen now would hold; strata are (class, subjects that may be drawn, drawn)."""

    rows: int
    strata: tuple[tuple[str, int, int], ...]
    excluded: dict[str, int]
    by_county: dict[str, int]

    @property
    def eligible(self) -> int:
        """How many may be drawn."""
        return sum(n for _, n, _ in self.strata)

    @property
    def drawn(self) -> int:
        """How many would be drawn."""
        return sum(k for _, _, k in self.strata)


async def size_pool(tx: Transaction, filter_: Filter, window_days: int, now: datetime, *, triggered: bool) -> PoolSize:
    """Count with the very rules that freezing uses."""
    eligible: Counter[str] = Counter()
    excluded: Counter[ExcludedReason] = Counter()
    by_county: Counter[str] = Counter()
    reason = excluded_reason(as_of=china_date(now), window_days=window_days, triggered=triggered)
    for row in await count_matching(tx, filter_, reason):
        if row["reason"]:
            excluded[ExcludedReason(row["reason"])] += row["number"]
        else:
            eligible[row["credit_class"]] += row["number"]
            by_county[row["county"]] += row["number"]
    return PoolSize(
        rows=eligible.total() + excluded.total(),
        strata=DEFAULT_POLICY.quota.strata(eligible),
        excluded={reason.value: number for reason, number in excluded.items()},
        by_county=dict(by_county),
    )
