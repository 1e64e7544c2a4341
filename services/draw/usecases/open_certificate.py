"""A certificate as it stands now: its newest edition and its replacements replayed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from libs.common.db.transaction import Transaction
from libs.common.errors import OutOfOrder
from services.draw.domain.draw_errors import ResultNotLogged
from services.draw.domain.editions import start_of
from services.draw.domain.pool import PoolRow
from services.draw.domain.replacement import Reserve, Swap, entry_from
from services.draw.domain.roster import roster_from
from services.draw.domain.standing import Standing, replay
from services.draw.store.draws import DrawRecord, certificate_bytes, load_draw, roster_bytes
from services.draw.store.long_lists import assignments_of, selected_of
from services.draw.store.sheets import rows_in_pool


class NothingDrawnYet(OutOfOrder):
    """There is no list that could be changed."""

    detail = "本次抽取还没有结果，没有可以变更的名单；未出结果的抽取请用“中止本次抽取”。"


@dataclass(frozen=True, slots=True)
class OpenCertificate:
    """A draw, the bytes of its newest edition, where its list stands, and the pool rows of whoever is changed."""

    record: DrawRecord
    newest: bytes
    document: Mapping[str, Any]
    standing: Standing
    rows: Mapping[str, PoolRow]

    @property
    def places(self) -> dict[str, int]:
        """The number of each subject ever drawn or taken, from 1: the end of its case's id."""
        return {subject: number for number, subject in enumerate(self.standing.known, 1)}


async def open_certificate(tx: Transaction, record: DrawRecord, more: Iterable[str] = ()) -> OpenCertificate:
    """Replay a draw's replacements; `more` are subjects for whom officers will be asked. Raises NothingDrawnYet."""
    if record.draw.result_sha256 is None:
        raise NothingDrawnYet
    if record.draw.sealing and record.draw.result_receipt is None:
        raise ResultNotLogged(f"抽取 {record.draw.draw_id} 的结果摘要尚未收入公开日志，名单还不能变更，请稍后再试。")
    newest = await certificate_bytes(tx, record.draw.draw_id)
    document = json.loads(newest)
    entries = [entry_from(one) for one in document["replacements"]]
    staffed = {entry.taken.id for entry in entries if isinstance(entry, Reserve)}
    staffed |= {entry.subject for entry in entries if isinstance(entry, Swap)}
    rows = await rows_in_pool(tx, record.draw.pool_id, staffed.union(more))
    roster = roster_from(json.loads(await roster_bytes(tx, record.draw.draw_id)))
    draw_id = record.draw.draw_id
    selected, assignments = await selected_of(tx, draw_id, document), await assignments_of(tx, draw_id, document)
    start = start_of(document, selected, assignments, roster)
    standing = replay(start, entries, {row.id: row.county for row in rows.values()})
    return OpenCertificate(record, newest, document, standing, rows)


async def case_places(tx: Transaction, opened: OpenCertificate) -> dict[str, int]:
    """The place of each subject in its task's numbering: a fresh draw goes on where its parent counts them."""
    replaces = opened.record.draw.replaces
    if replaces is None:
        return opened.places
    return await case_places(tx, await open_certificate(tx, await load_draw(tx, replaces.draw_id)))
