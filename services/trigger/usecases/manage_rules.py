"""Write a new version of a rule, and have another person put it in force."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from libs.common.db import Transaction
from libs.common.errors import NotFound
from libs.common.http.auth import Actor
from services.trigger.domain.errors import RuleAlreadyActive, SameAuthor
from services.trigger.domain.rule import Rule, read_rule
from services.trigger.store import rules


async def propose_rule(tx: Transaction, document: Mapping[str, Any], actor: Actor, now: datetime) -> Rule:
    """Save the document as the next version of its rule, a second click as the same; raises BrokenRule."""
    rule = read_rule({**document, "version": 1})
    await rules.lock_rule(tx, rule.id)
    newest = await rules.newest(tx, rule.id)
    numbered = replace(rule, version=newest["version"] + 1 if newest else 1)
    if newest and not newest["approved_by"] and newest["author"] == actor.account_id:
        again = replace(rule, version=newest["version"])
        if again == read_rule(newest["document"]):
            return again
    await rules.add(tx, numbered, actor.account_id, now)
    return numbered


async def activate_rule(tx: Transaction, rule_id: str, version: int, actor: Actor, now: datetime) -> None:
    """Put the version in force; raises SameAuthor, RuleAlreadyActive."""
    await rules.lock_rule(tx, rule_id)
    row = await rules.load(tx, rule_id, version)
    if row is None:
        raise NotFound
    if row["active"]:
        raise RuleAlreadyActive
    if row["author"] == actor.account_id:
        raise SameAuthor
    await rules.put_in_force(tx, rule_id, version, actor.account_id, now)
