"""Rules by version; one version of a rule is in force at a time."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import RowMapping, Text, cast, insert, select, text, update

from libs.common.db import Transaction
from services.trigger.domain.rule import Rule
from services.trigger.domain.rule_reader import read_rule
from services.trigger.store.tables import rules


async def active(tx: Transaction) -> list[tuple[Rule, RowMapping]]:
    """The rules in force with their rows, by id."""
    return [(_read(row["written"]), row) for row in await tx.all(_ACTIVE)]


_ACTIVE: Final = (
    select(rules, cast(rules.c.document, Text).label("written")).where(rules.c.active).order_by(rules.c.rule_id)
)


@lru_cache(maxsize=256)
def _read(written: str) -> Rule:
    return read_rule(json.loads(written))


async def count_from(tx: Transaction, rule: Rule, moment: datetime) -> None:
    """Signals accepted after this moment are counted by this version from now on."""
    own = (rules.c.rule_id == rule.id, rules.c.version == rule.version)
    await tx.execute(update(rules).where(*own).values(counted_from=moment))


async def every(tx: Transaction) -> Sequence[RowMapping]:
    """Every version of every rule, the newest first."""
    return await tx.all(select(rules).order_by(rules.c.rule_id, rules.c.version.desc()))


async def load(tx: Transaction, rule_id: str, version: int) -> RowMapping | None:
    """One version, or None."""
    return await tx.first(select(rules).where(rules.c.rule_id == rule_id, rules.c.version == version))


async def newest(tx: Transaction, rule_id: str) -> RowMapping | None:
    """The version that was drafted last, or None."""
    statement = select(rules).where(rules.c.rule_id == rule_id).order_by(rules.c.version.desc()).limit(1)
    return await tx.first(statement)


async def hold(tx: Transaction) -> None:
    """Until this transaction ends the rules in force stay in force: whoever changes them waits for it."""
    await tx.execute(text("select pg_advisory_xact_lock_shared(4)"))


async def hold_back(tx: Transaction) -> None:
    """Wait for all that weigh signals by the rules in force, and let no other begin until this transaction ends."""
    await tx.execute(text("select pg_advisory_xact_lock(4)"))


async def lock_rule(tx: Transaction, rule_id: str) -> None:
    """Until this transaction ends nobody else numbers a version of this rule or puts one in force."""
    await tx.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 3))").bindparams(key=rule_id))


async def add(tx: Transaction, rule: Rule, author: str, at: datetime, written: str = "") -> None:
    """Save a new version, not yet in force; `written` is its text, if it was written as one."""
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
            text=written,
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
