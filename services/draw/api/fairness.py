"""The self-audit of past draws and the comparison with systematic sampling, as JSON."""

from dataclasses import asdict
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter

from libs.common.db.database import Database
from libs.common.http.app import Db
from libs.common.http.auth import anyone
from services.draw.domain.systematic import Comparison, compare
from services.draw.usecases.audit_fairness import Audit, Findings

router = APIRouter(prefix="/public", tags=["公开复核"], dependencies=[anyone()])

CASES = ((299, 100), (17_999, 6_000))  # pool and number drawn of the two lists that the page shows
FEW_TRIALS = 3  # for the long list

_audits: "WeakKeyDictionary[Database, Audit]" = WeakKeyDictionary()


async def findings_of(database: Database) -> Findings:
    """What the audit of this database's draws says now."""
    audit = _audits.setdefault(database, Audit())
    async with database.transaction() as tx:
        return await audit.follow(tx)


@cache
def comparisons() -> list[Comparison]:
    """The two lists, drawn both ways."""
    (short, some), (long, many) = CASES
    return [compare(short, some), compare(long, many, FEW_TRIALS)]


@router.get("/fairness.json")
async def get_fairness(database: Db) -> dict[str, Any]:
    """历次抽取的公平性自查：各户抽中概率、各组应抽与实抽、从未抽中的户数。"""
    found = await findings_of(database)
    return {
        "draws": [
            {"draw_id": draw.draw_id, "strata": [asdict(part) | {"chance": [part.k, part.n]} for part in draw.strata]}
            for draw in found.draws
        ],
        "firms": found.firms,
        "groups": [asdict(group) for group in found.groups],
        "never_drawn": [asdict(part) for part in found.waiting],
    }


@router.get("/why.json")
def get_why() -> list[dict[str, Any]]:
    """等距抽样与本平台抽取的对照。"""
    return [
        {
            "pool": one.pool,
            "drawn": one.drawn,
            "systematic": {"outcomes": len(one.outcomes), "immune": len(one.immune), "immune_of": one.pool},
            "tickets": {"trials": len(one.ours), "never": one.never, "outcomes_digits": one.digits},
        }
        for one in comparisons()
    ]
