"""Propose a ratio policy, and approve it or send it back by another person (细则第六条)."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError
from libs.common.http.auth import Actor
from libs.common.reference import CITY, COUNTIES
from services.draw.domain.plan import Signature
from services.draw.domain.ratios import (
    EVERYWHERE,
    Difference,
    Level,
    PolicyDraft,
    PolicyInvalid,
    PolicyState,
    RatioPolicy,
    differences,
    in_force,
    percent_text,
)
from services.draw.domain.rule import Filter, In
from services.draw.settings import DrawSettings
from services.draw.store.eligibility import excluded_reason
from services.draw.store.plans import next_number
from services.draw.store.policies import add_policy, approved_policies, load_policy, save_policy
from services.draw.store.reference import count_matching


@dataclass(frozen=True, slots=True)
class Effect:
    """What a policy changes against the one that rules, on the subjects that could be drawn today."""

    before: RatioPolicy
    after: RatioPolicy
    classes: tuple[Difference, ...]

    @property
    def drawn_before(self) -> int:
        """How many an undirected draw takes today."""
        return sum(one.drawn_before for one in self.classes)

    @property
    def drawn_after(self) -> int:
        """How many it would take by the new policy."""
        return sum(one.drawn_after for one in self.classes)


async def ruling(tx: Transaction, county: str, level: Level, day: date) -> RatioPolicy:
    """The policy in force."""
    return in_force(await approved_policies(tx, county), county, level, day)


async def effect_of(tx: Transaction, settings: DrawSettings, policy: RatioPolicy, now: datetime) -> Effect:
    """Compare a policy with the one in force in its place, on that place's whole pool of a routine draw."""
    day = china_date(now)
    before = await ruling(tx, policy.county, policy.level, max(day, policy.valid_from))
    place: Filter = (In("county", (policy.county,)),) if policy.county else ()
    # Class A is counted in both: who is spared is one of the things that are compared.
    reason = excluded_reason(settings.rules(day, (), triggered=False, spare_a=False))
    subjects: Counter[str] = Counter()
    for row in await count_matching(tx, place, reason):
        if not row["reason"]:
            subjects[row["credit_class"]] += row["number"]
    return Effect(before, policy, differences(before, policy, subjects))


async def propose_policy(tx: Transaction, draft: PolicyDraft, actor: Actor, now: datetime) -> str:
    """Keep a new version, to be approved by another person, and return its name. Raises PolicyInvalid."""
    policy = await _new(tx, draft, actor, now)
    await add_policy(tx, policy, Signature(actor.account_id, now))
    return policy.version


async def _new(tx: Transaction, draft: PolicyDraft, actor: Actor, now: datetime) -> RatioPolicy:
    quota, level, valid_from = draft.check(china_date(now), [county.adcode for county in COUNTIES])
    _must_be_theirs(actor, draft.county)
    place = draft.county or CITY.adcode
    number = await next_number(tx, f"policy/{place}")
    return RatioPolicy(
        version=f"{place}-{number:03d}",
        quota=quota,
        county=draft.county,
        level=level,
        spare_a=draft.spare_a,
        valid_from=valid_from,
        reason=draft.reason.strip(),
        document_number=draft.document_number.strip(),
        proposed=Signature(actor.account_id, now),
        state=PolicyState.PROPOSED,
    )


def _must_be_theirs(actor: Actor, county: str) -> None:
    if not actor.whole_city and county != actor.county:
        raise PolicyInvalid(fields=[FieldError("county", f"只能提出和审批本县区（{actor.county_name}）的比例方案")])


async def approve_policy(tx: Transaction, version: str, actor: Actor, now: datetime) -> None:
    """Put a version in force from its first day. Raises PolicyNeedsAnotherApprover, PolicyNotProposed."""
    policy = await load_policy(tx, version, to_change=True)
    _must_be_theirs(actor, policy.county)
    await save_policy(tx, policy.approve(actor.account_id, now))


async def reject_policy(tx: Transaction, version: str, reason: str, actor: Actor, now: datetime) -> None:
    """Send a version back with a reason. Raises PolicyNeedsAnotherApprover, RejectionNeedsReason, PolicyNotProposed."""
    policy = await load_policy(tx, version, to_change=True)
    _must_be_theirs(actor, policy.county)
    await save_policy(tx, policy.reject(actor.account_id, now, reason))


def copy_of(policy: RatioPolicy, county: str = EVERYWHERE) -> PolicyDraft:
    """A draft with the numbers of an existing policy, to begin from."""
    return PolicyDraft(
        county=county,
        level=policy.level.value,
        percents={name: percent_text(ratio) for name, ratio in policy.quota.ratio.items()},
        rounding=policy.quota.rounding,
        minimum=str(policy.quota.minimum),
        spare_a=policy.spare_a,
        reason="",
        document_number="",
        valid_from=None,
    )
