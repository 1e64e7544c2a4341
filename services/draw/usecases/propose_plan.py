"""Propose a plan: by hand from the lead section, or because a rule fired (细则第二条、第七条第一项)."""

from dataclasses import dataclass
from datetime import date, datetime

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from libs.common.reference import CITY
from libs.common.telemetry.context import correlation_id
from services.draw.domain.plan import Plan, Signature, plan_id
from services.draw.domain.ratios import RatioPolicy
from services.draw.store.plans import PlanRecord, Proposal, add_plan, next_number
from services.draw.usecases.choose_policy import choose_policy

LEAD_SECTION = "市人社局劳动保障监察科"
ANNUAL = "年度"
TRIGGERED = "触发"


@dataclass(frozen=True, slots=True)
class ProposePlan:
    """What the plan is for; `triggers` are the ids of those that called for it."""

    title: str
    kind: str
    county: str
    scope: str
    reason: str
    source: str
    proposal: Proposal
    triggers: tuple[str, ...] = ()
    policy: str = ""  # version; empty: the one in force


async def propose_plan(tx: Transaction, command: ProposePlan, by: str, now: datetime) -> str:
    """Keep the proposed plan and return its id. Raises PlanInvalid, PolicyNotUsable, OrderOnlyForKeyItems."""
    year = china_date(now).year
    adcode = command.county or CITY.adcode
    number = await next_number(tx, f"plan/{adcode}{year}")
    plan = Plan(
        plan_id=plan_id(adcode, year, number),
        title=command.title,
        lead_section=LEAD_SECTION,
        triggers=command.triggers,
        proposed=Signature(by, now),
    )
    chosen = await policy_of(tx, command, china_date(now))
    record = PlanRecord(
        plan=plan,
        county=adcode,
        year=year,
        kind=command.kind,
        scope=command.scope,
        reason=command.reason,
        source=command.source,
        policy=chosen.version,
        quota=chosen.quota,
        spare_a=chosen.spare_a,
        proposal=command.proposal,
        correlation_id=correlation_id(),
    )
    await add_plan(tx, record)
    return plan.plan_id


async def policy_of(tx: Transaction, command: ProposePlan, day: date) -> RatioPolicy:
    """The ratio policy that the plan will cite. Raises PolicyUnknown, PolicyNotUsable, OrderOnlyForKeyItems."""
    one = command.proposal
    choice = await choose_policy(
        tx, command.county, one.item_categories, day, command.policy, order_only=one.order_only
    )
    return choice.policy
