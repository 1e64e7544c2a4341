"""Try a version of a rule on the stored history: what would have fired, when and on whom, beside what did."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping

from libs.common.clock import CHINA, china_date
from libs.common.db import Transaction
from libs.common.errors import NotFound
from libs.common.http.auth import Actor
from libs.common.ids import new_id
from services.trigger.domain.errors import BackTestRunning
from services.trigger.domain.rule import Group, Rule, group_from
from services.trigger.domain.trial import Pairing, Trial, compare
from services.trigger.store import back_tests, rules

KEPT: Final = 20_000  # firings that are shown one by one; a rule with more is no rule
_SUBJECTS: Final = 30  # of a firing that are named


async def ask_back_test(tx: Transaction, rule_id: str, version: int, actor: Actor, now: datetime) -> str:
    """Ask for a back-test of this version and return its id; raises BackTestRunning."""
    await rules.lock_rule(tx, rule_id)
    if await rules.load(tx, rule_id, version) is None:
        raise NotFound
    if await back_tests.open_of_version(tx, rule_id, version):
        raise BackTestRunning
    back_test_id = str(new_id())
    await back_tests.add(tx, back_test_id, rule_id, version, actor, now)
    return back_test_id


async def save_back_test(
    tx: Transaction, claimed: RowMapping, rule: Rule, trial: Trial, fired: Sequence[RowMapping], now: datetime
) -> None:
    """Write down what the trial found beside what fired, unless another worker has taken over."""
    pairs = compare(rule, trial.firings, [(row["group_key"], row["moment"]) for row in fired])
    first, last = trial.span
    days = (china_date(first) if first else None, china_date(last) if last else None)
    summary = {
        "signals": trial.taken,
        "would": len(trial.firings),
        "did": len(fired),
        "both": sum(pair.place is not None and pair.actual is not None for pair in pairs),
        "counties": dict(Counter(trial.firings[pair.place][0][:6] for pair in pairs if pair.place is not None)),
        "months": _months(trial, [row["moment"] for row in fired]),
        "kept": min(len(pairs), KEPT),
    }
    rows = [_row(rule, trial, fired, pair) for pair in pairs[:KEPT]]
    await back_tests.advance(tx, claimed, trial.taken, trial.taken, now)
    await back_tests.finish(tx, claimed, summary, rows, days, now)


def _months(trial: Trial, fired: Sequence[datetime]) -> list[list[Any]]:
    """By month: how often this version would have fired, and how often the rule did."""
    would = Counter(f"{firing.at.astimezone(CHINA):%Y-%m}" for _, firing in trial.firings)
    did = Counter(f"{moment.astimezone(CHINA):%Y-%m}" for moment in fired)
    ends = sorted({*would, *did, *(f"{moment.astimezone(CHINA):%Y-%m}" for moment in trial.span if moment)})
    if not ends:
        return []
    year, month = (int(part) for part in ends[0].split("-"))
    found = []
    while (name := f"{year:04d}-{month:02d}") <= ends[-1]:
        found.append([name, would[name], did[name]])
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def _row(rule: Rule, trial: Trial, fired: Sequence[RowMapping], pair: Pairing) -> Mapping[str, Any]:
    actual = fired[pair.actual] if pair.actual is not None else None
    if pair.place is None:
        assert actual is not None  # noqa: S101 - one of the two is there
        group = group_from(actual["group_key"])
        numbers = {"signals": actual["signal_count"], "subjects": actual["counts"].get("subjects", 0)}
        return _shown(back_tests.ACTUAL, group, actual["moment"], numbers, (), actual)
    key, firing = trial.firings[pair.place]
    numbers = {
        "signals": firing.counts["signals"],
        "subjects": firing.counts["subjects"],
        "complainants": len({fact.complainant for fact in firing.facts} - {""}),
        "points": firing.counts.get("points", 0) if rule.when.points else 0,
    }
    usccs = list(dict.fromkeys(fact.uscc for fact in firing.facts))[:_SUBJECTS]
    compared = back_tests.BOTH if actual is not None else back_tests.DRAFT
    return _shown(compared, group_from(key), firing.at, numbers, usccs, actual)


def _shown(
    compared: str, group: Group, moment: datetime, numbers: Mapping[str, int], usccs: Sequence[str],
    actual: RowMapping | None,
) -> Mapping[str, Any]:  # fmt: skip
    return {
        "compared": compared,
        "county": group.county,
        "letter": group.industry_letter,
        "moment": moment,
        "complainants": 0,
        "points": 0,
        **numbers,
        "usccs": list(usccs),
        "trigger_id": actual["trigger_id"] if actual else "",
        "actual_at": actual["moment"] if actual else None,
    }
