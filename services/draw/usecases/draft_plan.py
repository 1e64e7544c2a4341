"""Propose a plan that a person has drafted, or change one that still waits (细则第七条第一项)."""

from dataclasses import replace
from datetime import datetime

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError, Invalid
from libs.common.http.auth import Actor
from libs.common.reference import AREAS, CITY, county_name
from services.draw.domain.cells import CellsMasked
from services.draw.domain.commitment import Profile
from services.draw.domain.draft import Draft, DraftInvalid
from services.draw.settings import DrawSettings
from services.draw.store.plans import PlanRecord, Proposal, find_same, keep_revision, load_plan
from services.draw.store.reference import category_names
from services.draw.usecases.choose_policy import Choice, choose_policy
from services.draw.usecases.propose_plan import ANNUAL, ProposePlan, policy_of, propose_plan
from services.draw.usecases.size_pool import Sized, size_pool

SOURCE = "年度计划"


class CountyOfPlanChanged(Invalid):
    """A plan's number names its county."""


def county_of(draft: Draft) -> str:
    """Whose plan it is: the one county's that it names, else the city's."""
    return draft.counties[0] if len(draft.counties) == 1 else CITY.adcode


async def size_draft(
    tx: Transaction, settings: DrawSettings, draft: Draft, now: datetime, *, triggered: bool = False
) -> tuple[Sized, Choice]:
    """Count with the rules of freezing. Raises DraftInvalid, PolicyUnknown, PolicyNotUsable, OrderOnlyForKeyItems."""
    filter_, day = draft.filter(), china_date(now)
    choice = await choose_policy(tx, county_of(draft), draft.categories, day, draft.policy, order_only=draft.order_only)
    rules = settings.rules(day, choice.items, triggered=triggered, spare_a=choice.policy.spare_a)
    pool, policy = await size_pool(tx, filter_, choice.policy.quota, rules), choice.policy
    return Sized(pool, policy.version, policy.quota, policy.spare_a, rules, draft.order_only), choice


async def draft_plan(tx: Transaction, settings: DrawSettings, draft: Draft, actor: Actor, now: datetime) -> str:
    """Keep the plan, to be approved by another person, once however often it is sent; its id.

    Raises DraftInvalid, CellsMasked, PolicyUnknown, PolicyNotUsable, OrderOnlyForKeyItems.
    """
    command = await _command(tx, settings, draft, actor, now)
    chosen = await policy_of(tx, command, china_date(now))
    if same := await find_same(tx, command.title, actor.account_id, command.reason, command.proposal, chosen.version):
        return same
    return await propose_plan(tx, command, actor.account_id, now)


async def revise_plan(
    tx: Transaction, settings: DrawSettings, plan_id: str, draft: Draft, seen: int, actor: Actor, now: datetime
) -> PlanRecord:
    """Keep a new version of a plan that waits or was sent back; the earlier one stays readable.

    What a trigger called for stays triggered. Raises PlanNotProposed, PlanChangedMeanwhile and what drafting raises.
    """
    record = await load_plan(tx, plan_id, to_change=True)
    actor.must_see(record.county)
    command = await _command(tx, settings, draft, actor, now)
    if command.county != record.county:
        detail = f"计划编号属于{county_name(record.county)}，不能改到其他县区，请退回本计划后另提一个计划。"
        raise CountyOfPlanChanged(fields=[FieldError("county", detail)])
    chosen = await policy_of(tx, command, china_date(now))
    changed = replace(
        record,
        plan=record.plan.revise(actor.account_id, now, command.title, seen),
        scope=command.scope,
        reason=command.reason,
        policy=chosen.version,
        quota=chosen.quota,
        spare_a=chosen.spare_a,
        proposal=command.proposal,
    )
    await keep_revision(tx, changed)
    return changed


async def _command(tx: Transaction, settings: DrawSettings, draft: Draft, actor: Actor, now: datetime) -> ProposePlan:
    finish_by = draft.check(china_date(now), AREAS, await category_names(tx))
    if not actor.whole_city and set(draft.counties) != {actor.county}:
        raise DraftInvalid(fields=[FieldError("county", f"只能提出本县区（{actor.county_name}）的计划")])
    if draft.cells and settings.draw_profile is Profile.MASKED:
        raise CellsMasked(fields=[FieldError("cells", CellsMasked.detail)])
    places = "、".join(county_name(code) for code in draft.counties) or "全市"
    return ProposePlan(
        title=draft.title.strip(),
        kind=ANNUAL,
        county=county_of(draft),
        scope=f"{places}符合抽取条件的检查对象",
        reason=draft.reason.strip(),
        source=SOURCE,
        policy=draft.policy,
        proposal=Proposal(
            draft.title.strip(),
            draft.filter(),
            draft.categories,
            finish_by,
            draft.urgent,
            draft.participants,
            tuple(sorted(set(draft.cells))),
            draft.order_only,
        ),
    )
