"""Propose a plan that a person has drafted (细则第七条第一项)."""

from datetime import datetime

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError
from libs.common.http.auth import Actor
from libs.common.reference import AREAS, CITY, county_name
from services.draw.domain.draft import Draft, DraftInvalid
from services.draw.store.plans import Proposal, find_same
from services.draw.store.reference import category_names
from services.draw.usecases.propose_plan import ANNUAL, ProposePlan, propose_plan

SOURCE = "年度计划"


async def draft_plan(tx: Transaction, draft: Draft, actor: Actor, now: datetime) -> str:
    """Keep the plan, to be approved by another person, once however often it is sent; its id. Raises DraftInvalid."""
    finish_by = draft.check(china_date(now), AREAS, await category_names(tx))
    if not actor.whole_city and set(draft.counties) != {actor.county}:
        raise DraftInvalid(fields=[FieldError("county", f"只能提出本县区（{actor.county_name}）的计划")])
    places = "、".join(county_name(code) for code in draft.counties) or "全市"
    proposal = Proposal(
        draft.title.strip(), draft.filter(), draft.categories, finish_by, draft.urgent, draft.participants
    )
    if same := await find_same(tx, proposal.title, actor.account_id, draft.reason.strip(), proposal):
        return same
    command = ProposePlan(
        title=proposal.title,
        kind=ANNUAL,
        county=draft.counties[0] if len(draft.counties) == 1 else CITY.adcode,
        scope=f"{places}符合抽取条件的检查对象",
        reason=draft.reason.strip(),
        source=SOURCE,
        proposal=proposal,
    )
    return await propose_plan(tx, command, actor.account_id, now)
