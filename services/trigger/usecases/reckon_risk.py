"""Reckon the risk view: every subject once a day for the list, one subject at the moment for its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import RowMapping

from libs.common.db import Transaction
from libs.common.errors import NotFound
from libs.common.http.auth import Actor
from services.trigger.domain.risk import Facts, Reason, Table, reckon, total
from services.trigger.store import risk

FOLDER = Path(__file__).parents[1] / "rules" / "risk"
PORTION = 200  # subjects at a time: orders that come meanwhile wait no longer than for these


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One subject with what is known and what it comes to."""

    subject: RowMapping
    facts: Facts
    reasons: list[Reason]
    points: float
    history: Sequence[RowMapping]  # what older versions of the table came to
    listed: RowMapping | None  # the row of the list, as reckoned last


@cache
def points_tables() -> Sequence[Table]:
    """Every version of the table that was published up to this release, the newest first."""
    tables: list[dict[str, Any]] = [yaml.safe_load(file.read_text("utf-8")) for file in FOLDER.glob("points.v*.yaml")]
    return sorted(tables, key=lambda table: -int(table["version"]))


def points_table() -> Table:
    """The version in force, which is the newest."""
    return points_tables()[0]


def _as_json(reason: Reason) -> dict[str, Any]:
    # Not by `asdict`, which copies deeply what is plain already: a quarter of the night's time.
    day = reason.day.isoformat() if reason.day else None
    return {"key": reason.key, "name": reason.name, "detail": reason.detail, "points": reason.points, "day": day}


async def reckon_one(tx: Transaction, uscc: str, actor: Actor, today: date) -> Reckoned:
    """The subject as of now; raises NotFound, also for another county's."""
    row = await risk.subject(tx, uscc)
    if row is None:
        raise NotFound
    actor.must_see(row["county"])
    table = points_table()
    facts = (await risk.facts_of(tx, [row], today, table["window_days"]))[uscc]
    reasons = reckon(table, facts, today)
    older, listed = await risk.history(tx, uscc), await risk.reckoned(tx, uscc)
    return Reckoned(row, facts, reasons, total(reasons), older, listed)


async def reckon_portion(tx: Transaction, after: str, today: date) -> str:
    """Reckon the next subjects after a code and save those with points; the last code, or nothing at the end."""
    table = points_table()
    rows = await risk.portion(tx, after, PORTION)
    if not rows:
        await risk.forget_points(tx, today, table["version"])
        return ""
    facts = await risk.facts_of(tx, rows, today, table["window_days"])
    saved = []
    for row in rows:
        reasons = reckon(table, facts[row["uscc"]], today)
        if row["live"] and reasons:
            saved.append(
                {
                    **{name: row[name] for name in ("uscc", "name", "county", "industry")},
                    "points": total(reasons),
                    "reasons": [_as_json(reason) for reason in reasons],
                    "table_version": table["version"],
                    "reckoned_on": today,
                }
            )
    await risk.keep_points(tx, saved)
    return str(rows[-1]["uscc"])
