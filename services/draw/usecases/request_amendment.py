"""Ask for a change of a drawn list: it is checked at once, and carried out when another person approves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError, Invalid
from libs.common.http.auth import Actor
from services.draw.domain.amendment import OPEN, Amendment, AmendmentKind, AmendmentWaits
from services.draw.domain.draw_errors import AbortNeedsReason
from services.draw.domain.plan import Signature
from services.draw.domain.replacement import (
    ReplacementInvalid,
    ReserveNotOffered,
    SubjectNotDrawn,
    SwapReason,
    VoidNeedsEvidence,
    VoidNotOpen,
    VoidReason,
)
from services.draw.store.amendments import Evidence, add_amendment, amendments_of, fresh_draws_of, keep_evidence
from services.draw.store.draws import load_draw
from services.draw.usecases.amend_certificate import must_be_open
from services.draw.usecases.make_up import ListSealed, must_be_free
from services.draw.usecases.open_certificate import OpenCertificate, open_certificate

LARGEST_EVIDENCE = 10 * 1024 * 1024  # bytes
MOST_DOCUMENTS = 10


class EvidenceTooLarge(Invalid):
    """Documents are kept whole, so they have a bound."""

    detail = "每份证明材料不得超过 10 MB，一次不得超过 10 份，请压缩或分次上传。"


class ReasonUnknown(Invalid):
    """The reason is not on the closed list."""

    detail = "请从列表中选择理由；查无下落、拒不配合是检查结果，不是作废理由（细则第十二条）。"


async def request_void(
    tx: Transaction, draw_id: str, subject: str, reason: str, documents: Sequence[Evidence], actor: Actor, now: datetime
) -> int:
    """Ask for a void and keep its documents. Raises SubjectNotDrawn, CaseEnded, VoidNeedsEvidence, ReasonUnknown."""
    opened = await _open(tx, draw_id, actor)
    if subject not in opened.standing.current:
        raise SubjectNotDrawn
    await must_be_open(tx, draw_id, subject)
    if reason not in set(VoidReason):
        raise ReasonUnknown(fields=[FieldError("reason", ReasonUnknown.detail)])
    if not documents:
        raise VoidNeedsEvidence(fields=[FieldError("evidence", VoidNeedsEvidence.detail)])
    if len(documents) > MOST_DOCUMENTS or any(len(one.content) > LARGEST_EVIDENCE for one in documents):
        raise EvidenceTooLarge(fields=[FieldError("evidence", EvidenceTooLarge.detail)])
    kept = [await keep_evidence(tx, draw_id, one, actor.account_id, now) for one in documents]
    body = {"subject": subject, "reason": reason, "evidence": list(dict.fromkeys(kept))}
    return await _add(tx, opened, AmendmentKind.VOID, body, {"subject": subject}, actor, now)


async def request_reserve(tx: Transaction, draw_id: str, void: int, actor: Actor, now: datetime) -> int:
    """Ask for the next one in line in place of a void. Raises VoidNotOpen, ReserveNotOffered, FreshDrawUnderWay."""
    opened = await _open(tx, draw_id, actor)
    await must_be_free(tx, opened)
    commitment = opened.record.draw.commitment
    if commitment is not None and commitment.over_cells:
        raise ReserveNotOffered
    if void not in opened.standing.open_voids:
        raise VoidNotOpen
    return await _add(tx, opened, AmendmentKind.RESERVE, {"void": void}, {"void": void}, actor, now)


async def request_fresh(
    tx: Transaction, draw_id: str, voids: Sequence[int], reason: str, actor: Actor, now: datetime
) -> int:
    """Ask for a fresh draw in place of voids; again after an aborted one, with a reason.

    Raises VoidNotOpen, ListSealed, FreshDrawUnderWay, AbortNeedsReason.
    """
    opened = await _open(tx, draw_id, actor)
    await must_be_free(tx, opened)
    if opened.record.draw.sealed:
        raise ListSealed
    chosen = sorted(set(voids))
    if not chosen or any(void not in opened.standing.open_voids for void in chosen):
        raise VoidNotOpen
    before = [row for row in await fresh_draws_of(tx, draw_id) if row["replaces"]["n"][0] == chosen[0]]
    if before and not reason.strip():
        raise AbortNeedsReason(fields=[FieldError("reason", AbortNeedsReason.detail)])
    body = {"voids": chosen, "reason": reason.strip()}
    return await _add(tx, opened, AmendmentKind.FRESH, body, {}, actor, now)


async def request_officer(
    tx: Transaction, draw_id: str, subject: str, seat: int, reason: str, actor: Actor, now: datetime
) -> int:
    """Ask for another officer on a seat (from 1). Raises SubjectNotDrawn, CaseEnded, NobodyToSend and others."""
    opened = await _open(tx, draw_id, actor, subject)
    if subject not in opened.standing.current:
        raise SubjectNotDrawn
    await must_be_open(tx, draw_id, subject)
    if reason not in set(SwapReason):
        raise ReasonUnknown(fields=[FieldError("reason", "请选择更换理由：回避，或不能履行职责。")])
    team = opened.standing.teams[subject]
    if not 1 <= seat <= len(team):
        raise ReplacementInvalid(f"{subject} 没有第 {seat} 名检查人员，请核对。")
    opened.standing.officer_for(subject, seat)  # whoever asks learns at once if nobody could come
    body = {"subject": subject, "seat": seat, "out": team[seat - 1], "reason": reason}
    return await _add(tx, opened, AmendmentKind.OFFICER, body, {"subject": subject}, actor, now)


async def _open(tx: Transaction, draw_id: str, actor: Actor, *more: str) -> OpenCertificate:
    record = await load_draw(tx, draw_id, to_change=True)
    actor.must_see(record.county)
    return await open_certificate(tx, record, more)


async def _add(
    tx: Transaction,
    opened: OpenCertificate,
    kind: AmendmentKind,
    body: dict[str, Any],
    same: dict[str, Any],
    actor: Actor,
    now: datetime,
) -> int:
    """Keep the request unless one for the same thing waits. Raises AmendmentWaits."""
    draw_id = opened.record.draw.draw_id
    known = await amendments_of(tx, draw_id)
    for other in known:
        if other.state in OPEN and other.kind is kind and same.items() <= other.body.items():
            raise AmendmentWaits
    number = len(known) + 1
    proposed = Signature(actor.account_id, now)
    await add_amendment(tx, Amendment(draw_id, number, kind, body, proposed, actor.role.value))
    return number
