"""One firm in one draw: the proof that it stands in the pool or not, its ticket, and whether it had to be drawn."""

import json
import re
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from libs.common.db.transaction import Transaction
from libs.common.errors import Invalid
from libs.common.http.app import Db
from libs.common.http.auth import anyone
from services.draw.api.public import load_public, published_certificate
from services.draw.domain.fresh import ticket_label
from services.draw.domain.pool import PoolRow, parse_page
from services.draw.domain.pool_proof import PoolProof
from services.draw.domain.replacement import Entry, entry_from
from services.draw.domain.seed import key
from services.draw.domain.verdict import Judgement, Threshold, judge
from services.draw.store.draws import DrawRecord
from services.draw.store.long_lists import team_of
from services.draw.store.pool_index import proof_of

router = APIRouter(prefix="/public", tags=["公开复核"], dependencies=[anyone()])

_ID = re.compile(r"[0-9A-Z]{8,22}")


class SubjectIdInvalid(Invalid):
    """No firm can have this code."""

    detail = "请填写 8 至 22 位数字或大写字母的统一社会信用代码。"


@dataclass(frozen=True, slots=True)
class FirmInDraw:
    """What can be said of a firm in a draw; `team` is None when it was not drawn or nothing was drawn yet."""

    record: DrawRecord
    proof: PoolProof
    row: PoolRow | None
    judgement: Judgement
    team: list[str] | None
    later: tuple[Entry, ...] = ()  # what changed for this firm after the draw

    def document(self) -> dict[str, Any]:
        """The JSON of a proof."""
        seed = self.record.draw.seed
        return {
            "draw_id": self.record.draw.draw_id,
            "uscc": self.proof.subject_id,
            "pool": {"root": self.record.pool.root, "pages": self.record.pool.pages},
            "present": self.proof.present,
            "pages": [
                {"index": page.index, "page": page.page.decode(), "path": list(page.path)} for page in self.proof.pages
            ],
            "key": key(ticket_label(self.record.draw.replaces), seed) if seed else None,
            "ticket": self.judgement.ticket,
            "verdict": self.judgement.verdict.value,
            "sentence": self.judgement.verdict.label,
            "classes": [
                {"class": name, "threshold": threshold, "must_be_drawn": must}
                for name, threshold, must in self.judgement.by_class
            ],
            "drawn": self.team is not None if self.record.draw.published else None,
            "officers": self.team,
            "later": [entry.document() for entry in self.later],
        }


async def firm_in_draw(tx: Transaction, draw_id: str, subject_id: str) -> FirmInDraw:
    """Find and judge a firm. Raises SubjectIdInvalid, DrawUnknown (before the commitment too)."""
    if not _ID.fullmatch(subject_id):
        raise SubjectIdInvalid
    record = await load_public(tx, draw_id)
    proof = await proof_of(tx, record, subject_id)
    rows = [row for page in proof.pages for row in parse_page(page.page) if row.id == subject_id]
    row = rows[0] if rows else None
    if not record.draw.published or record.draw.seed is None:
        return FirmInDraw(record, proof, row, judge(subject_id, row, None, ()), None)
    certificate = json.loads(await published_certificate(tx, draw_id))
    thresholds = [Threshold(part["stratum"], part["threshold"]) for part in certificate["strata"]]
    own_key = key(ticket_label(record.draw.replaces), record.draw.seed)
    over_cells = record.draw.commitment is not None and record.draw.commitment.over_cells
    # Whom a fresh draw leaves out can't be drawn in it, whatever the ticket.
    left_out = record.draw.replaces is not None and subject_id in record.draw.replaces.without
    judged = row._replace(eligible="0") if row and left_out else row
    judgement = judge(subject_id, judged, own_key, thresholds, over_cells=over_cells)
    team = await team_of(tx, draw_id, certificate, subject_id)
    entries = [entry_from(one) for one in certificate["replacements"]]
    later = tuple(entry for entry in entries if subject_id in entry.subjects)
    return FirmInDraw(record, proof, row, judgement, team, later)


@router.get("/draws/{draw_id}/proof/{uscc}.json")
async def get_proof(draw_id: str, uscc: str, database: Db) -> dict[str, Any]:
    """一户在名录中（或不在）的证明、抽签号和应否抽中。"""
    async with database.transaction() as tx:
        return (await firm_in_draw(tx, draw_id, uscc)).document()


@router.get("/draws/{draw_id}/verify.json")
async def get_verification(draw_id: str, database: Db) -> dict[str, Any]:
    """复核一次抽取所需的全部文件。"""
    async with database.transaction() as tx:
        record = await load_public(tx, draw_id)
    base = f"/public/draws/{draw_id}"
    return {
        "draw_id": draw_id,
        "commit_sha256": record.draw.commitment.sha256 if record.draw.commitment else None,
        "certificate": f"{base}/certificate.json" if record.draw.published else None,
        "pool": f"{base}/pool.tsv",
        "officers": f"{base}/officers.json",
        "verifier": "/public/verify.py",
    }
