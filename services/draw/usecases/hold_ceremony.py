"""The steps of the ceremony: promises, the log's receipt, reveals, dice, and giving up (细则第五条)."""

from datetime import datetime

from libs.common.canonical import sha256_hex
from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor, Role
from services.draw.domain.draw import Draw, DrawState
from services.draw.domain.receipt import LogReceipt
from services.draw.domain.seed import Party
from services.draw.events.published import DrawAborted, SeedFixed
from services.draw.store.draws import DrawRecord, load_draw, save_draw
from services.draw.usecases.make_up import drop_fresh

# The lead section draws together with the sections concerned (细则第七条第二项): one party each.
PARTIES = {Role.LEAD: "lead", Role.SECTION: "section"}


async def _changing(tx: Transaction, draw_id: str, actor: Actor) -> DrawRecord:
    record = await load_draw(tx, draw_id, to_change=True)
    actor.must_see(record.county)
    return record


async def promise(tx: Transaction, draw_id: str, commit: str, actor: Actor, now: datetime) -> None:
    """Keep a party's promise, made in its own browser. Raises PoolNotFrozen, PartyAlreadyPromised, PartyInvalid."""
    record = await _changing(tx, draw_id, actor)
    party = Party(PARTIES[actor.role], commit)
    await save_draw(tx, record.draw.promise(party, actor.account_id, now))


async def take_receipt(tx: Transaction, draw_id: str, receipt: LogReceipt) -> None:
    """Keep the log's receipt for the commitment; a second one for the same draw changes nothing."""
    record = await load_draw(tx, draw_id, to_change=True)
    if record.draw.receipt is None and record.draw.state is DrawState.COMMITTED:
        await save_draw(tx, record.draw.logged(receipt))


async def reveal(tx: Transaction, draw_id: str, revealed: str, actor: Actor, now: datetime) -> None:
    """Keep what a party reveals. Raises CommitmentNotLogged, RevealDoesNotMatch, AlreadyRevealed."""
    record = await _changing(tx, draw_id, actor)
    draw = record.draw.reveal(PARTIES[actor.role], revealed, actor.account_id, now)
    await keep_step(tx, record, draw)


async def mark_absent(tx: Transaction, draw_id: str, name: str, actor: Actor, now: datetime) -> None:
    """Find a party absent that missed the deadline. Raises DeadlineNotPassed, MustAbort."""
    record = await _changing(tx, draw_id, actor)
    await keep_step(tx, record, record.draw.mark_absent(name, actor.account_id, now))


async def type_dice(tx: Transaction, draw_id: str, digits: str, actor: Actor, now: datetime) -> None:
    """Keep the digits thrown in public. Raises RevealsMissing, DiceInvalid."""
    record = await _changing(tx, draw_id, actor)
    await save_draw(tx, record.draw.type_dice(digits, actor.account_id, now))


async def confirm_dice(tx: Transaction, draw_id: str, digits: str, actor: Actor, now: datetime) -> None:
    """Another person confirms the digits; the seed is fixed. Raises DiceNeedSecondPerson, DiceDiffer."""
    record = await _changing(tx, draw_id, actor)
    await keep_step(tx, record, record.draw.confirm_dice(digits, actor.account_id, now))


async def abort(tx: Transaction, draw_id: str, reason: str, actor: Actor, now: datetime) -> None:
    """Give the attempt up; it stays public. Raises ResultStands, OutcomeKnown, AbortNeedsReason."""
    record = await _changing(tx, draw_id, actor)
    draw = record.draw.abort(reason, actor.account_id, now, stuck=record.problem is not None)
    await save_draw(tx, draw)
    await drop_fresh(tx, record)
    if record.draw.sealed:
        announce_seed(tx, draw, record.county)  # so that everybody sees what was given up
    tx.emit(DrawAborted(draw_id=draw_id, reason=reason.strip()), aggregate=f"draw/{draw_id}", county=record.county)


async def keep_step(tx: Transaction, record: DrawRecord, draw: Draw) -> None:
    """Keep a step that may have fixed the seed, and announce the seed unless it is sealed."""
    await save_draw(tx, draw)
    if record.draw.seed is None and not draw.sealed:
        announce_seed(tx, draw, record.county)


def announce_seed(tx: Transaction, draw: Draw, county: str) -> None:
    """Say the seed to everybody, once there is one."""
    if draw.seed is not None:
        tx.emit(
            SeedFixed(draw_id=draw.draw_id, seed_txt=draw.seed.decode(), seed_sha256=sha256_hex(draw.seed)),
            aggregate=f"draw/{draw.draw_id}",
            county=county,
        )
