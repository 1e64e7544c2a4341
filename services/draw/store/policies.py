"""Ratio policies, in and out: a version is decided on once and never changed or deleted."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, insert, select, update

from libs.common.db.transaction import Transaction
from libs.common.errors import NotFound
from libs.common.http.auth import Actor
from libs.common.web import ListQuery
from services.draw.domain.plan import Signature
from services.draw.domain.ratios import DEFAULT_POLICY, EVERYWHERE, ORDER_ONLY, Level, PolicyState, RatioPolicy
from services.draw.store.plans import quota_from, ratios_document
from services.draw.store.tables import ratio_policies

BUILT_IN = {policy.version: policy for policy in (DEFAULT_POLICY, ORDER_ONLY)}


class PolicyUnknown(NotFound):
    """No such policy."""

    detail = "没有这个比例方案，请核对版本号。"


async def add_policy(tx: Transaction, policy: RatioPolicy, proposed: Signature) -> None:
    """Keep a new version."""
    await tx.execute(
        insert(ratio_policies).values(
            version=policy.version,
            county=policy.county,
            level=policy.level.value,
            ratio=ratios_document(policy.quota),
            rounding=policy.quota.rounding,
            minimum=policy.quota.minimum,
            spare_a=policy.spare_a,
            reason=policy.reason,
            document_number=policy.document_number,
            valid_from=policy.valid_from,
            proposed_by=proposed.by,
            proposed_at=proposed.at,
            **_decision(policy),
        )
    )


async def load_policy(tx: Transaction, version: str, *, to_change: bool = False) -> RatioPolicy:
    """One version, locked if it is going to change; those that come with the program too. Raises PolicyUnknown."""
    if version in BUILT_IN:
        return BUILT_IN[version]
    statement = select(ratio_policies).where(ratio_policies.c.version == version)
    row = await tx.first(statement.with_for_update() if to_change else statement)
    if row is None:
        raise PolicyUnknown
    return _policy(row)


async def save_policy(tx: Transaction, policy: RatioPolicy) -> None:
    """Keep what was decided."""
    changed = update(ratio_policies).where(ratio_policies.c.version == policy.version)
    await tx.execute(changed.values(**_decision(policy)))


async def approved_policies(tx: Transaction, county: str) -> list[RatioPolicy]:
    """Approved versions that a county can use, its own and the city's, the newest first."""
    statement = select(ratio_policies).where(
        ratio_policies.c.state == PolicyState.APPROVED.value, ratio_policies.c.county.in_([EVERYWHERE, county])
    )
    rows = await tx.all(statement.order_by(ratio_policies.c.valid_from.desc(), ratio_policies.c.decided_at.desc()))
    return [_policy(row) for row in rows]


async def history(tx: Transaction, county: str, level: str) -> Sequence[RowMapping]:
    """Every version of one place and level, decided or not, the newest first."""
    statement = select(ratio_policies).where(ratio_policies.c.county == county, ratio_policies.c.level == level)
    return await tx.all(statement.order_by(ratio_policies.c.proposed_at.desc()))


def policies_seen_by(_: Actor, query: ListQuery) -> Select[Any]:
    """All versions, the newest first: a ratio is no county's secret."""
    statement = select(ratio_policies).order_by(ratio_policies.c.proposed_at.desc(), ratio_policies.c.version.desc())
    for name in ("state", "level"):
        if value := query.value(name):
            statement = statement.where(ratio_policies.c[name] == value)
    if value := query.value("county"):
        statement = statement.where(ratio_policies.c.county == ("" if value == "city" else value))
    if words := query.value("q"):
        found = ratio_policies.c.document_number.contains(words, autoescape=True)
        statement = statement.where(found | ratio_policies.c.version.contains(words, autoescape=True))
    return statement


def _decision(policy: RatioPolicy) -> dict[str, Any]:
    return {
        "state": policy.state.value,
        "decided_by": policy.decided.by if policy.decided else None,
        "decided_at": policy.decided.at if policy.decided else None,
        "rejected_because": policy.rejected_because,
    }


def _policy(row: RowMapping) -> RatioPolicy:
    return RatioPolicy(
        version=row["version"],
        quota=quota_from(row),
        county=row["county"],
        level=Level(row["level"]),
        spare_a=row["spare_a"],
        valid_from=row["valid_from"],
        reason=row["reason"],
        document_number=row["document_number"],
        proposed=Signature(row["proposed_by"], row["proposed_at"]),
        state=PolicyState(row["state"]),
        decided=Signature(row["decided_by"], row["decided_at"]) if row["decided_by"] else None,
        rejected_because=row["rejected_because"],
    )
