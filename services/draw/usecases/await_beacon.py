"""Take the round that a commitment names: from the relay, or from a person when the network has none (细则第五条)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.common.db.transaction import Transaction
from libs.common.errors import SunlotError
from libs.common.http.auth import Actor
from services.draw.domain.beacon import Beacon, BeaconRefused, BeaconTooEarly, signature_in
from services.draw.domain.draw import DrawState
from services.draw.domain.draw_errors import BeaconNotAwaited, DrawOutOfOrder
from services.draw.domain.seal import BY_RULE
from services.draw.store.ceremony import claim_awaiting, note_beacon
from services.draw.store.draws import DrawRecord, load_draw, note_problem
from services.draw.usecases.hold_ceremony import keep_step

LEASE = timedelta(minutes=1)  # a worker that dies between asking and keeping holds the draw up no longer
LONGEST_WAIT = 60  # seconds between two questions to a relay


@dataclass(frozen=True, slots=True)
class Awaited:
    """A draw whose round is due."""

    draw_id: str
    beacon: Beacon


async def claim_due_round(tx: Transaction, now: datetime) -> Awaited | None:
    """Close one draw whose round is due and lease it to the caller; None when nothing waits.

    Who has not revealed is absent from here on. What then can't become a seed is noted, for the lead to abort.
    """
    while draw_id := await claim_awaiting(tx, now, LEASE):
        record = await load_draw(tx, draw_id, to_change=True)
        try:
            closed = record.draw.close(BY_RULE, now)
        except DrawOutOfOrder as error:
            await note_problem(tx, draw_id, error.detail)
            continue
        if closed != record.draw:
            await keep_step(tx, record, closed)
        return Awaited(draw_id, _named(record))
    return None


async def keep_round(tx: Transaction, draw_id: str, answer: bytes, now: datetime) -> bool:
    """Fix the seed with what a relay answered; what is not the round is noted and asked for again."""
    record = await load_draw(tx, draw_id, to_change=True)
    if record.draw.state is not DrawState.WAITING:
        return False  # somebody has handed it over, or given the attempt up, in the meantime
    try:
        await _take(tx, record, answer, BY_RULE, now)
    except (BeaconRefused, BeaconTooEarly) as error:
        await _put_off(tx, record, f"信标中继的回答不予采用：{error.detail}", now)
        return False
    return True


async def put_off(tx: Transaction, draw_id: str, why: str, now: datetime) -> None:
    """Note why no round came, and ask again later."""
    record = await load_draw(tx, draw_id, to_change=True)
    if record.draw.state is DrawState.WAITING:
        await _put_off(tx, record, why, now)


async def hand_over_round(tx: Transaction, draw_id: str, text: str, actor: Actor, now: datetime) -> SunlotError | None:
    """Fix the seed with the round's JSON that a person pasted; a refusal is noted, then returned to be raised.

    Raises BeaconNotAwaited.
    """
    record = await load_draw(tx, draw_id, to_change=True)
    actor.must_see(record.county)
    try:
        await _take(tx, record, text.encode(), actor.account_id, now)
    except (BeaconRefused, BeaconTooEarly) as error:
        note = f"{actor.role_name}提供的结果不予采用：{error.detail}"
        await note_beacon(tx, draw_id, record.ceremony.notes, note, now, None)
        return error
    return None


async def _take(tx: Transaction, record: DrawRecord, answer: bytes, by: str, now: datetime) -> None:
    signature = signature_in(answer, _named(record))
    draw = record.draw.take_beacon(signature, by, now)
    if draw != record.draw:
        await keep_step(tx, record, draw)


async def _put_off(tx: Transaction, record: DrawRecord, why: str, now: datetime) -> None:
    wait = timedelta(seconds=min(LONGEST_WAIT, 2 ** min(record.ceremony.attempts, 10)))
    await note_beacon(tx, record.draw.draw_id, record.ceremony.notes, why, now, now + wait)


def _named(record: DrawRecord) -> Beacon:
    beacon = record.draw.commitment.sources.beacon if record.draw.commitment else None
    if beacon is None:
        raise BeaconNotAwaited(f"抽取 {record.draw.draw_id} 的承诺没有登记信标，不需要信标结果。")
    return beacon
