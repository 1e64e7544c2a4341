"""Bring the self-audit up to date: every finished draw is read once, from its frozen pages and its certificate."""

import asyncio
import json
from dataclasses import dataclass

from libs.common.db.transaction import Transaction
from services.draw.domain.fairness import DrawSummary, GroupResult, StratumChance, Tally, Waiting
from services.draw.domain.pool import parse_page
from services.draw.store.draws import certificate_bytes
from services.draw.store.pool_index import BATCH, finished_draws, frozen_pages


@dataclass(frozen=True, slots=True)
class Findings:
    """What the audit says of all finished draws."""

    draws: tuple[DrawSummary, ...]
    firms: int  # firms that could be drawn at least once
    groups: tuple[GroupResult, ...]
    waiting: tuple[Waiting, ...]


class Audit:
    """The tally of one database's draws, kept in memory; a new process reads the draws again."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._findings = Findings((), 0, (), ())
        self._busy = asyncio.Lock()

    async def follow(self, tx: Transaction) -> Findings:
        """Add the draws that were finished since, and return what all of them show."""
        async with self._busy:
            new = [each for each in await finished_draws(tx) if each[0] not in self._tally.draws]
            for draw_id, pages in new:
                await self._add(tx, draw_id, pages)
            if new:
                self._findings = await asyncio.to_thread(self._find)
            return self._findings

    def _find(self) -> Findings:
        tally = self._tally
        return Findings(tuple(tally.draws.values()), tally.firms, tuple(tally.groups()), tuple(tally.waiting()))

    async def _add(self, tx: Transaction, draw_id: str, page_count: int) -> None:
        certificate = json.loads(await certificate_bytes(tx, draw_id))
        strata = tuple(StratumChance(part["stratum"], part["n"], part["k"]) for part in certificate["strata"])
        drawn = frozenset(row[0] for row in certificate["selected"])
        pages: list[bytes] = []
        for start in range(0, page_count, BATCH):
            pages += (await frozen_pages(tx, draw_id, range(start, min(start + BATCH, page_count)))).values()
        summary = DrawSummary(draw_id, strata)
        await asyncio.to_thread(self._tally.add, summary, (parse_page(page) for page in pages), drawn)
