"""Say how large a pool would be, stratum by stratum, while its filter is still being edited (细则第六条、第八条)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from services.draw.domain.eligibility import ExcludedReason, Rules
from services.draw.domain.rule import Filter, Quota
from services.draw.settings import DrawSettings
from services.draw.store.eligibility import excluded_reason, over_cap
from services.draw.store.plans import PlanRecord, TaskRecord
from services.draw.store.reference import count_matching, items_of_categories


@dataclass(frozen=True, slots=True)
class PoolSize:
    """What a pool frozen now would hold; strata are (class, subjects that may be drawn, drawn)."""

    rows: int
    strata: tuple[tuple[str, int, int], ...]
    excluded: dict[str, int]
    warned: dict[str, int]  # subjects that may be drawn although a cap is reached, by cap
    by_county: dict[str, int]

    @property
    def eligible(self) -> int:
        """How many may be drawn."""
        return sum(n for _, n, _ in self.strata)

    @property
    def drawn(self) -> int:
        """How many would be drawn."""
        return sum(k for _, _, k in self.strata)


@dataclass(frozen=True, slots=True)
class Sized:
    """A pool's size with the policy and the rules that it comes from."""

    pool: PoolSize
    policy: str  # version
    quota: Quota
    spare_a: bool
    rules: Rules
    order_only: bool = False


async def size_task(
    tx: Transaction, settings: DrawSettings, record: TaskRecord, plan: PlanRecord, now: datetime
) -> Sized:
    """What the pool of a task would hold if it were frozen now."""
    rules = settings.rules(china_date(now), record.task.items, triggered=bool(plan.plan.triggers), spare_a=plan.spare_a)
    pool = await size_pool(tx, record.task.filter, plan.quota, rules)
    return Sized(pool, plan.policy, plan.quota, plan.spare_a, rules, record.task.order_only)


async def size_plan(tx: Transaction, settings: DrawSettings, plan: PlanRecord, now: datetime) -> Sized:
    """What the pool of a proposed plan would hold if it were frozen now, by the very ratios that it cites."""
    proposal, day = plan.proposal, china_date(now)
    found = await items_of_categories(tx, proposal.item_categories, day)
    items = tuple(row["code"] for row in found)
    rules = settings.rules(day, items, triggered=bool(plan.plan.triggers), spare_a=plan.spare_a)
    pool = await size_pool(tx, proposal.filter, plan.quota, rules)
    return Sized(pool, plan.policy, plan.quota, plan.spare_a, rules, proposal.order_only)


async def size_pool(tx: Transaction, filter_: Filter, quota: Quota, rules: Rules) -> PoolSize:
    """Count with the very rules that freezing uses."""
    eligible: Counter[str] = Counter()
    excluded: Counter[ExcludedReason] = Counter()
    warned: Counter[ExcludedReason] = Counter()
    by_county: Counter[str] = Counter()
    for row in await count_matching(tx, filter_, excluded_reason(rules), over_cap(rules)):
        if row["reason"]:
            excluded[ExcludedReason(row["reason"])] += row["number"]
            continue
        eligible[row["credit_class"]] += row["number"]
        by_county[row["county"]] += row["number"]
        if row["cap"]:
            warned[ExcludedReason(row["cap"])] += row["number"]
    return PoolSize(
        rows=eligible.total() + excluded.total(),
        strata=quota.strata(eligible),
        excluded={reason.value: excluded[reason] for reason in ExcludedReason if excluded[reason]},
        warned={reason.value: warned[reason] for reason in ExcludedReason if warned[reason]},
        by_county=dict(by_county),
    )
