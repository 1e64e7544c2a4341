"""Keep the self-audit up to date: every finished draw is read once, sheet by sheet, from its frozen pool."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from libs.common.clock import CHINA
from libs.common.db.transaction import Transaction
from services.draw.domain.fairness import (
    DrawTally,
    GroupResult,
    Inclusion,
    Portion,
    StratumChance,
    Waiting,
    count_rows,
    groups,
    inclusion,
    joined,
)
from services.draw.domain.pool import PoolRow, parse_page
from services.draw.store import audit
from services.draw.store.audit import Counting
from services.draw.store.draws import load_draw
from services.draw.store.portions import PORTION_PAGES, open_portion, published_row


@dataclass(frozen=True, slots=True)
class Findings:
    """What the audit says of all finished draws that are counted."""

    draws: tuple[tuple[str, tuple[StratumChance, ...]], ...]
    firms: int  # firms that could be drawn at least once
    groups: tuple[GroupResult, ...]
    waiting: tuple[Waiting, ...]
    made_at: datetime | None = None
    uncounted: int = 0  # finished draws that are still being counted

    def document(self) -> dict[str, Any]:
        """The findings as JSON values."""
        return {
            "draws": [
                {"draw_id": draw_id, "strata": [asdict(part) | {"chance": [part.k, part.n]} for part in strata]}
                for draw_id, strata in self.draws
            ],
            "firms": self.firms,
            "groups": [asdict(group) for group in self.groups],
            "never_drawn": [asdict(part) for part in self.waiting],
        }


async def tally_next(tx: Transaction, now: datetime) -> bool:
    """Count one sheet of one finished draw; False when everything is counted.

    A sheet is one transaction: a kill loses no more than it, and nothing is counted twice.
    """
    await audit.open_tallies(tx)
    counting = await audit.claim_counting(tx)
    if counting is None:
        return False
    record = await load_draw(tx, counting.draw_id)
    pages = await open_portion(tx, record.draw, counting.next_sheet)
    portion = await _count(tx, counting, pages)
    await audit.add_chances(tx, portion.chances)
    await audit.describe_drawn(tx, counting.draw_id, portion.drawn)
    complete = (counting.next_sheet + 1) * PORTION_PAGES >= record.pool.pages
    counts = joined(counting.counts, portion.counts)
    await audit.save_counting(tx, counting.draw_id, counting.next_sheet + 1, counts, complete=complete)
    if complete:
        await _conclude(tx, now)
    return True


async def _count(tx: Transaction, counting: Counting, pages: Sequence[bytes]) -> Portion:
    rows = await asyncio.to_thread(lambda: [row for page in pages for row in parse_page(page)])
    if not rows:
        return Portion({}, (), ())
    drawn = await audit.drawn_between(tx, counting.draw_id, rows[0].id, rows[-1].id)
    return await asyncio.to_thread(count_rows, rows, counting.strata, drawn)


async def _conclude(tx: Transaction, now: datetime) -> None:
    tallies = await audit.complete_tallies(tx)
    waiting = await audit.firms_waiting(tx)
    results = await asyncio.to_thread(groups, tallies)
    found = Findings(_chances(tallies), sum(one.firms for one in waiting), tuple(results), tuple(waiting))
    await audit.save_findings(tx, found.document(), now)


def _chances(tallies: Sequence[DrawTally]) -> tuple[tuple[str, tuple[StratumChance, ...]], ...]:
    return tuple((tally.draw_id, tally.strata) for tally in tallies)


async def load_findings(tx: Transaction) -> Findings:
    """What was found when a draw was last counted; nothing is read but that."""
    kept, uncounted = await audit.findings(tx), await audit.uncounted(tx)
    if kept is None:
        return Findings((), 0, (), (), uncounted=uncounted)
    document, made_at = kept
    return Findings(
        draws=tuple(
            (one["draw_id"], tuple(StratumChance(part["stratum"], part["n"], part["k"]) for part in one["strata"]))
            for one in document["draws"]
        ),
        firms=document["firms"],
        groups=tuple(GroupResult(**group) for group in document["groups"]),
        waiting=tuple(Waiting(**part) for part in document["never_drawn"]),
        made_at=made_at,
        uncounted=uncounted,
    )


@dataclass(frozen=True, slots=True)
class FirmInDraw:
    """A firm in one draw of the year: its published row, its chance, whether it was drawn."""

    row: PoolRow | None
    chance: Inclusion
    drawn: bool


async def chances_of_firm(tx: Transaction, subject_id: str, year: int) -> list[FirmInDraw]:
    """What chance a firm had in each draw of a year, from nothing but what is published; the oldest first."""
    start, end = (datetime(one, 1, 1, tzinfo=CHINA) for one in (year, year + 1))
    found = []
    for draw_id, strata in await audit.tallies_between(tx, start, end):
        record = await load_draw(tx, draw_id)
        row = await published_row(tx, record, subject_id)
        drawn = bool(await audit.drawn_between(tx, draw_id, subject_id, subject_id))
        found.append(FirmInDraw(row, inclusion(draw_id, row, strata), drawn))
    return found
