"""Propose a plan: by hand from the lead section, or because a rule fired (细则第二条、第七条第一项)."""

from dataclasses import dataclass
from datetime import datetime

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from libs.common.reference import CITY
from libs.common.telemetry.context import correlation_id
from services.draw.domain.plan import Plan, Signature, plan_id
from services.draw.domain.ratios import DEFAULT_POLICY
from services.draw.store.plans import PlanRecord, Proposal, add_plan, next_number

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


async def propose_plan(tx: Transaction, command: ProposePlan, by: str, now: datetime) -> str:
    """Keep the proposed plan and return its id. Raises PlanInvalid."""
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
    quota = DEFAULT_POLICY.quota
    record = PlanRecord(
        plan=plan,
        county=adcode,
        year=year,
        kind=command.kind,
        scope=command.scope,
        reason=command.reason,
        source=command.source,
        policy=DEFAULT_POLICY.version,
        ratio={name: [ratio.num, ratio.den] for name, ratio in quota.ratio.items()},
        proposal=command.proposal,
        correlation_id=correlation_id(),
    )
    await add_plan(tx, record)
    return plan.plan_id
