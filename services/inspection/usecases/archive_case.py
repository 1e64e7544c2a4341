"""The papers of a case are put together and kept as they are (细则第十三条)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.common.canonical import sha256_hex
from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.inspection.store import afterwards, cases
from services.inspection.usecases.access import must_be_in_charge, open_case


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of the package."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Its digest, as the catalogue states it."""
        return sha256_hex(self.content)


async def archive_case(tx: Transaction, case_id: str, papers: Sequence[Paper], actor: Actor, now: datetime) -> None:
    """Close the package; raises NotPublished or FollowUpOpen while something is still to be done."""
    case = await open_case(tx, case_id, actor)
    must_be_in_charge(actor, case)
    follow_up = await afterwards.load_follow_up(tx, case.id)
    case = case.archive(now, follow_up_open=follow_up is not None and follow_up.open)
    await afterwards.keep_archive(tx, case.id, [(p.name, p.media_type, p.sha256, p.content) for p in papers])
    await cases.save(tx, case)
    await cases.remember(tx, case.id, "整理归档", actor.name, actor.account_id, now)
