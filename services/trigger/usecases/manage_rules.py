"""Write a new version of a rule, and have another person put it in force."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from libs.common.db import Transaction
from libs.common.errors import NotFound
from libs.common.http.auth import Actor
from services.trigger.domain.errors import RuleAlreadyActive, RuleReplaced, SameAuthor
from services.trigger.domain.rule import Rule
from services.trigger.domain.rule_reader import read_rule
from services.trigger.domain.rule_text import read_text
from services.trigger.store import rules
from services.trigger.usecases.fire_rules import start_counting


async def write_rule(tx: Transaction, text: str, actor: Actor, now: datetime) -> Rule:
    """Save a rule that was written as text; raises BrokenText."""
    _, document = read_text(text)
    return await propose_rule(tx, document, actor, now, text)


async def propose_rule(
    tx: Transaction, document: Mapping[str, Any], actor: Actor, now: datetime, text: str = ""
) -> Rule:
    """Save the document as the next version of its rule, a second click as the same; raises BrokenRule."""
    rule = read_rule({**document, "version": 1})
    await rules.lock_rule(tx, rule.id)
    newest = await rules.newest(tx, rule.id)
    numbered = replace(rule, version=newest["version"] + 1 if newest else 1)
    if newest and not newest["approved_by"] and newest["author"] == actor.account_id:
        again = replace(rule, version=newest["version"])
        if again == read_rule(newest["document"]):
            return again
    await rules.add(tx, numbered, actor.account_id, now, text)
    return numbered


async def activate_rule(tx: Transaction, rule_id: str, version: int, actor: Actor, now: datetime) -> None:
    """Put the version in force, which fires where its window is full already; raises SameAuthor, RuleAlreadyActive."""
    await rules.hold_back(tx)
    await rules.lock_rule(tx, rule_id)
    row = await rules.load(tx, rule_id, version)
    if row is None:
        raise NotFound
    if row["active"]:
        raise RuleAlreadyActive
    if row["approved_by"]:
        raise RuleReplaced
    if row["author"] == actor.account_id:
        raise SameAuthor
    await rules.put_in_force(tx, rule_id, version, actor.account_id, now)
    await start_counting(tx, read_rule(row["document"]), now, now)
