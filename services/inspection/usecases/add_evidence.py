"""A photograph or document is kept as evidence (细则第十条、第十二条)."""

from dataclasses import dataclass
from datetime import datetime

from libs.common.canonical import sha256_hex
from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from libs.common.ids import natural_id
from services.inspection.domain.evidence import File, check_file, clean_name
from services.inspection.domain.record import Evidence
from services.inspection.store import cases, records
from services.inspection.usecases.access import must_be_on_team, open_case
from services.inspection.usecases.save_part import settle_state


@dataclass(frozen=True, slots=True)
class AddEvidence:
    """A file and what it is about: a part's name, or `general`."""

    case_id: str
    about: str
    file: File


async def add_evidence(tx: Transaction, command: AddEvidence, actor: Actor, now: datetime) -> Evidence:
    """Keep the file with its digest; sending it again changes nothing."""
    case = await open_case(tx, command.case_id, actor)
    must_be_on_team(actor, case)
    case.must_be_recording()
    record = await records.load(tx, case.id)
    sha256 = sha256_hex(command.file.content)
    evidence_id = str(natural_id("evidence", case.id, command.about, sha256))
    if known := next((file for file in record.evidence if file.evidence_id == evidence_id), None):
        return known
    kept = Evidence(
        evidence_id=evidence_id,
        about=command.about,
        name=clean_name(command.file.name),
        media_type=check_file(record, command.about, command.file),
        size=len(command.file.content),
        sha256=sha256,
        uploaded_by_name=actor.name,
        uploaded_at=now,
    )
    await records.save_evidence(tx, case.id, kept, command.file.content, actor.account_id)
    await cases.remember(tx, case.id, f"上传证据“{kept.name}”", actor.name, actor.account_id, now)
    await cases.save(tx, await settle_state(tx, case))
    return kept
