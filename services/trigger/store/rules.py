"""Rules by version; one version of a rule is in force at a time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, func, insert, select, update

from libs.common.db import Transaction
from services.trigger.domain.rule import Rule, read_rule
from services.trigger.store.tables import rules


async def active(tx: Transaction) -> list[Rule]:
    """The rules in force, by id."""
    rows = await tx.all(select(rules.c.document).where(rules.c.active).order_by(rules.c.rule_id))
    return [read_rule(row["document"]) for row in rows]


async def every(tx: Transaction) -> Sequence[RowMapping]:
    """Every version of every rule, the newest first."""
    return await tx.all(select(rules).order_by(rules.c.rule_id, rules.c.version.desc()))


async def load(tx: Transaction, rule_id: str, version: int, *, lock: bool = False) -> RowMapping | None:
    """One version, or None."""
    statement = select(rules).where(rules.c.rule_id == rule_id, rules.c.version == version)
    return await tx.first(statement.with_for_update() if lock else statement)


async def next_version(tx: Transaction, rule_id: str) -> int:
    """The number of the rule's next version, from 1."""
    return int(
        await tx.scalar(select(func.coalesce(func.max(rules.c.version), 0) + 1).where(rules.c.rule_id == rule_id))
    )


async def add(tx: Transaction, rule: Rule, author: str, at: datetime) -> None:
    """Save a new version, not yet in force."""
    await tx.execute(
        insert(rules).values(
            rule_id=rule.id,
            version=rule.version,
            active=False,
            document=rule.document(),
            article=rule.article,
            created_at=at,
            author=author,
            approved_by="",
        )
    )


async def put_in_force(tx: Transaction, rule_id: str, version: int, approver: str, at: datetime) -> None:
    """This version alone is in force from now on."""
    await tx.execute(update(rules).where(rules.c.rule_id == rule_id, rules.c.active).values(active=False))
    await tx.execute(
        update(rules)
        .where(rules.c.rule_id == rule_id, rules.c.version == version)
        .values(active=True, approved_by=approver, approved_at=at)
    )
