"""Requests to change a drawn list, the documents behind them, and the editions that came of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.canonical import sha256_hex
from libs.common.db.transaction import Transaction
from libs.common.errors import NotFound
from libs.common.http.auth import Actor
from libs.common.web import ListQuery
from services.draw.domain.amendment import OPEN, Amendment, AmendmentKind, AmendmentState
from services.draw.domain.plan import Signature
from services.draw.domain.replacement import SwapReason
from services.draw.store.amendment_tables import amendments, evidence
from services.draw.store.ceremony import to_be_seen
from services.draw.store.draws import NotYetPublic
from services.draw.store.tables import certificates, draws, tasks


class AmendmentUnknown(NotFound):
    """No such request."""

    detail = "没有这项变更，请核对编号。"


class EvidenceUnknown(NotFound):
    """No such document."""

    detail = "没有这份证明材料，请核对摘要。"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document behind a void; the certificate names it by its hash."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The hash on the certificate."""
        return sha256_hex(self.content)


async def add_amendment(tx: Transaction, amendment: Amendment) -> None:
    """Keep a new request."""
    fixed = {
        "draw_id": amendment.draw_id,
        "number": amendment.number,
        "kind": amendment.kind.value,
        "body": amendment.body,
        "proposed_by": amendment.proposed.by,
        "proposed_role": amendment.proposed_role,
        "proposed_at": amendment.proposed.at,
    }
    await tx.execute(insert(amendments).values(**fixed, **_progress(amendment)))


async def save_amendment(tx: Transaction, amendment: Amendment) -> None:
    """Keep what became of a request."""
    mine = (amendments.c.draw_id == amendment.draw_id) & (amendments.c.number == amendment.number)
    await tx.execute(update(amendments).where(mine).values(**_progress(amendment)))


def _progress(amendment: Amendment) -> dict[str, Any]:
    return {
        "state": amendment.state.value,
        "decided_by": amendment.decided.by if amendment.decided else None,
        "decided_role": amendment.decided_role,
        "decided_at": amendment.decided.at if amendment.decided else None,
        "rejected_because": amendment.rejected_because,
        "problem": amendment.problem,
        "edition": amendment.edition,
        "fresh_draw_id": amendment.fresh_draw_id,
    }


async def amendments_of(tx: Transaction, draw_id: str) -> list[Amendment]:
    """All requests for a draw, the first one first."""
    rows = await tx.all(select(amendments).where(amendments.c.draw_id == draw_id).order_by(amendments.c.number))
    return [_amendment(row) for row in rows]


async def load_amendment(tx: Transaction, draw_id: str, number: int) -> Amendment:
    """One request, locked. Raises AmendmentUnknown."""
    mine = (amendments.c.draw_id == draw_id) & (amendments.c.number == number)
    row = await tx.first(select(amendments).where(mine).with_for_update())
    if row is None:
        raise AmendmentUnknown
    return _amendment(row)


async def granted_recusals(tx: Transaction, *, sealed_too: bool) -> frozenset[tuple[str, str]]:
    """Officer and firm wherever an officer had to stand aside, in whichever draw; blocked requests were granted too."""
    decided = (AmendmentState.DONE.value, AmendmentState.BLOCKED.value)
    statement = select(
        amendments.c.body["out"].as_string().label("officer"), amendments.c.body["subject"].as_string().label("uscc")
    ).where(
        amendments.c.kind == AmendmentKind.OFFICER.value,
        amendments.c.state.in_(decided),
        amendments.c.body["reason"].as_string() == SwapReason.RECUSAL_REQUESTED.value,
    )
    if not sealed_too:
        statement = statement.where(to_be_seen(amendments))
    return frozenset((row["officer"], row["uscc"]) for row in await tx.all(statement.distinct()))


async def load_running(tx: Transaction, draw_id: str, fresh_draw_id: str) -> Amendment | None:
    """The request that a fresh draw carries out, locked."""
    mine = (amendments.c.draw_id == draw_id) & (amendments.c.fresh_draw_id == fresh_draw_id)
    row = await tx.first(select(amendments).where(mine).with_for_update())
    return _amendment(row) if row else None


def _amendment(row: RowMapping) -> Amendment:
    return Amendment(
        draw_id=row["draw_id"],
        number=row["number"],
        kind=AmendmentKind(row["kind"]),
        body=row["body"],
        proposed=Signature(row["proposed_by"], row["proposed_at"]),
        proposed_role=row["proposed_role"],
        state=AmendmentState(row["state"]),
        decided=Signature(row["decided_by"], row["decided_at"]) if row["decided_by"] else None,
        decided_role=row["decided_role"],
        rejected_because=row["rejected_because"],
        problem=row["problem"],
        edition=row["edition"],
        fresh_draw_id=row["fresh_draw_id"],
    )


async def count_open(tx: Transaction, counties: Sequence[str] | None) -> int:
    """How many requests wait for somebody; `counties` None: everywhere."""
    statement = (
        select(func.count())
        .select_from(amendments.join(draws, draws.c.draw_id == amendments.c.draw_id))
        .where(amendments.c.state.in_([state.value for state in OPEN if state is not AmendmentState.RUNNING]))
    )
    if counties is not None:
        statement = statement.where(draws.c.county.in_(counties))
    return int(await tx.scalar(statement))


def amendments_seen_by(actor: Actor, query: ListQuery) -> Select[Any]:
    """Requests with their draw and task, the newest first; an actor of a county sees its own."""
    names = ("draw_id", "number", "kind", "state", "proposed_role", "proposed_at", "decided_at", "edition")
    statement = (
        select(*(amendments.c[name] for name in names), tasks.c.title, draws.c.county)
        .join(draws, draws.c.draw_id == amendments.c.draw_id)
        .join(tasks, tasks.c.task_id == draws.c.task_id)
        .order_by(amendments.c.proposed_at.desc(), amendments.c.draw_id, amendments.c.number)
    )
    if not actor.whole_city:
        statement = statement.where(draws.c.county == actor.county)
    if query.value("state") == "waiting":
        statement = statement.where(amendments.c.state.in_([AmendmentState.PROPOSED, AmendmentState.BLOCKED]))
    elif state := query.value("state"):
        statement = statement.where(amendments.c.state == state)
    for column, name in ((amendments.c.kind, "kind"), (draws.c.county, "county")):
        if value := query.value(name):
            statement = statement.where(column == value)
    if words := query.value("q"):
        found = tasks.c.title.contains(words, autoescape=True) | draws.c.draw_id.startswith(words, autoescape=True)
        statement = statement.where(found)
    return statement


async def keep_evidence(tx: Transaction, draw_id: str, document: Evidence, by: str, at: datetime) -> str:
    """Keep a document and return its hash; the same one again changes nothing."""
    statement = upsert(evidence).values(
        draw_id=draw_id,
        sha256=document.sha256,
        name=document.name,
        media_type=document.media_type,
        content=document.content,
        kept_by=by,
        kept_at=at,
    )
    await tx.execute(statement.on_conflict_do_nothing())
    return document.sha256


async def load_evidence(tx: Transaction, draw_id: str, sha256: str) -> Evidence:
    """One document. Raises EvidenceUnknown."""
    row = await tx.first(select(evidence).where(evidence.c.draw_id == draw_id, evidence.c.sha256 == sha256))
    if row is None:
        raise EvidenceUnknown
    return Evidence(row["name"], row["media_type"], bytes(row["content"]))


async def evidence_names(tx: Transaction, draw_id: str) -> dict[str, str]:
    """The file names of a draw's documents, by hash."""
    rows = await tx.all(select(evidence.c.sha256, evidence.c.name).where(evidence.c.draw_id == draw_id))
    return {row["sha256"]: row["name"] for row in rows}


async def add_edition(tx: Transaction, draw_id: str, edition: int, document: bytes, at: datetime) -> None:
    """Keep an edition after the first; none is ever written over."""
    await tx.execute(
        insert(certificates).values(
            draw_id=draw_id, edition=edition, document=document, sha256=sha256_hex(document), made_at=at
        )
    )


async def edition_bytes(tx: Transaction, draw_id: str, edition: int) -> bytes:
    """certificate-<n>.json. Raises NotYetPublic."""
    mine = (certificates.c.draw_id == draw_id) & (certificates.c.edition == edition)
    document = await tx.scalar(select(certificates.c.document).where(mine))
    if document is None:
        raise NotYetPublic
    return bytes(document)


async def editions_of(tx: Transaction, draw_id: str) -> Sequence[RowMapping]:
    """All editions of a certificate without their documents, the first one first."""
    columns = [certificates.c[name] for name in ("edition", "sha256", "made_at", "log_index")]
    return await tx.all(select(*columns).where(certificates.c.draw_id == draw_id).order_by(certificates.c.edition))


async def note_edition_logged(tx: Transaction, reference: str, index: int) -> None:
    """Keep where the public log announces an edition; `reference` is `<draw_id>/<edition>`."""
    draw_id, _, edition = reference.rpartition("/")
    if not edition.isdecimal():
        return
    mine = (certificates.c.draw_id == draw_id) & (certificates.c.edition == int(edition))
    await tx.execute(update(certificates).where(mine).values(log_index=index))


async def fresh_draws_of(tx: Transaction, draw_id: str) -> Sequence[RowMapping]:
    """The draws that make up for voids of this one, the first one first."""
    parent = draws.c.replaces["draw_id"].as_string() == draw_id
    columns = [draws.c[name] for name in ("draw_id", "state", "attempt", "replaces", "commitment", "frozen_at")]
    return await tx.all(select(*columns).where(parent).order_by(draws.c.frozen_at))
