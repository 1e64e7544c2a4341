"""The self-audit of past draws and the comparison with systematic sampling, as JSON."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import APIRouter

from libs.common.clock import china_date, now
from libs.common.db.transaction import Transaction
from libs.common.errors import Invalid
from libs.common.http.app import Db
from libs.common.http.auth import anyone
from services.draw.domain.fairness import at_least_once
from services.draw.domain.systematic import Comparison, compare
from services.draw.usecases.audit_fairness import FirmInDraw, chances_of_firm, load_findings

router = APIRouter(prefix="/public", tags=["公开复核"], dependencies=[anyone()])

CASES = ((299, 100), (17_999, 6_000))  # pool and number drawn of the two lists that the page shows
FEW_TRIALS = 3  # for the long list

_ID = re.compile(r"[0-9A-Z]{8,22}")


class NoSuchCode(Invalid):
    """No firm can have this code."""

    detail = "请填写 8 至 22 位数字或大写字母的统一社会信用代码。"


class NoSuchYear(Invalid):
    """Draws are counted by year."""

    detail = "请填写四位数的年份。"


@dataclass(frozen=True, slots=True)
class FirmsYear:
    """A firm's chances in the draws of a year, and of being drawn in one of them at least (both ends)."""

    uscc: str
    year: int
    draws: list[FirmInDraw]
    low: float
    high: float

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "uscc": self.uscc,
            "year": self.year,
            "draws": [
                {
                    "draw_id": one.chance.draw_id,
                    "in_pool": one.row is not None,
                    "chance": [one.chance.low, one.chance.high],
                    "drawn": one.drawn,
                }
                for one in self.draws
            ],
            "at_least_once": [round(self.low, 12), round(self.high, 12)],
        }


async def firms_year(tx: Transaction, subject_id: str, year: int) -> FirmsYear:
    """What chance a firm had in a year. Raises NoSuchCode, NoSuchYear."""
    if not _ID.fullmatch(subject_id):
        raise NoSuchCode
    if not 2000 <= year <= 2100:
        raise NoSuchYear
    draws = await chances_of_firm(tx, subject_id, year)
    return FirmsYear(subject_id, year, draws, *at_least_once(one.chance for one in draws))


@cache
def comparisons() -> list[Comparison]:
    """The two lists, drawn both ways."""
    (short, some), (long, many) = CASES
    return [compare(short, some), compare(long, many, FEW_TRIALS)]


@router.get("/fairness.json")
async def get_fairness(database: Db) -> dict[str, Any]:
    """历次抽取的公平性自查：各户抽中概率、各组应抽与实抽、从未抽中的户数。"""
    async with database.transaction() as tx:
        found = await load_findings(tx)
    made_at = found.made_at.isoformat() if found.made_at else None
    return found.document() | {"made_at": made_at, "uncounted": found.uncounted}


@router.get("/fairness/{uscc}.json")
async def get_firms_fairness(uscc: str, database: Db, year: int = 0) -> dict[str, Any]:
    """一户在一年内各次抽取中的抽中概率，和至少抽中一次的概率。"""
    async with database.transaction() as tx:
        return (await firms_year(tx, uscc, year or china_date(now()).year)).document()


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
