"""Keep a sealed draw's receipt for its result, and open it when its inspections have ended or a person says so."""

from datetime import datetime

from libs.common.canonical import sha256_hex
from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.draw.domain.certificate import with_result_log
from services.draw.domain.draw import Draw, DrawState
from services.draw.domain.receipt import LogReceipt
from services.draw.domain.seal import ALL_INSPECTED, BY_RULE
from services.draw.events.published import SealOpened
from services.draw.store.ceremony import claim_inspected, complete_certificate
from services.draw.store.draws import (
    DrawRecord,
    DrawUnknown,
    certificate_bytes,
    load_draw,
    save_draw,
)
from services.draw.usecases.hold_ceremony import announce_seed


async def take_result_receipt(tx: Transaction, draw_id: str, receipt: LogReceipt) -> None:
    """Keep the log's receipt for a sealed result and put it on the certificate; other draws need none."""
    try:
        record = await load_draw(tx, draw_id, to_change=True)
    except DrawUnknown:
        return
    draw = record.draw
    if not draw.sealed or draw.result_receipt is not None or draw.state is not DrawState.DRAWN:
        return
    await save_draw(tx, draw.result_logged(receipt))
    document = with_result_log(await certificate_bytes(tx, draw_id), receipt)
    await complete_certificate(tx, draw_id, document, sha256_hex(document))


async def open_seal(tx: Transaction, draw_id: str, reason: str, actor: Actor, now: datetime) -> None:
    """Publish before the inspections have ended, for a reason that is public. Raises NotSealed, SealNeedsReason."""
    record = await load_draw(tx, draw_id, to_change=True)
    actor.must_see(record.county)
    await _publish(tx, record, record.draw.open_seal(reason, actor.account_id, now))


async def open_next_inspected(tx: Transaction, now: datetime) -> str | None:
    """Publish one sealed draw whose inspections have all ended and return its id; None when there is none."""
    draw_id = await claim_inspected(tx)
    if draw_id is not None:
        record = await load_draw(tx, draw_id, to_change=True)
        await _publish(tx, record, record.draw.open_seal(ALL_INSPECTED, BY_RULE, now))
    return draw_id


async def _publish(tx: Transaction, record: DrawRecord, draw: Draw) -> None:
    await save_draw(tx, draw)
    opening = draw.opening
    if opening is None:
        raise RuntimeError(f"{draw.draw_id} was opened without saying so")
    announce_seed(tx, draw, record.county)
    tx.emit(
        SealOpened(
            draw_id=draw.draw_id,
            reason=opening.reason,
            by_rule=opening.entered.by == BY_RULE,
            certificate_sha256=sha256_hex(await certificate_bytes(tx, draw.draw_id)),
            opened_at=opening.entered.at,
        ),
        aggregate=f"draw/{draw.draw_id}",
        county=record.county,
    )
