"""Make up for void subjects: the next one in line of the stratum, or a fresh draw with a ceremony of its own."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from libs.common.canonical import sha256_hex
from libs.common.db.transaction import Transaction
from libs.common.errors import OutOfOrder
from services.draw.domain.commitment import Commitment
from services.draw.domain.draw import fresh_draw
from services.draw.domain.fresh import Replaces
from services.draw.domain.next_in_line import NextInLine, remaining
from services.draw.domain.pool import PoolRow
from services.draw.domain.replacement import (
    Fresh,
    NobodyLeftToDraw,
    Reserve,
    ReserveNotOffered,
    Taken,
    VoidNotOpen,
    teams_from,
)
from services.draw.domain.seed import key
from services.draw.store.amendments import fresh_draws_of, load_running, save_amendment
from services.draw.store.draws import DrawRecord, add_draw, load_draw
from services.draw.store.sheets import rows_in_pool, sheets_of
from services.draw.usecases.amend_certificate import amend, moment
from services.draw.usecases.open_certificate import OpenCertificate, open_certificate

OVER = frozenset({"aborted", "drawn", "dispatching", "dispatched"})


class FreshDrawUnderWay(OutOfOrder):
    """A fresh draw takes from the same subjects: first it must end."""

    detail = "本次抽取的补抽正在进行，请等补抽出结果或中止后再递补。"


class VoidsOfFreshDraw(OutOfOrder):
    """What a fresh draw lost is not made up for again."""

    detail = "补抽名单中的作废不再补足。"


class ListSealed(OutOfOrder):
    """A fresh draw publishes who was drawn before."""

    detail = "名单尚在密封，补抽会公开已抽中的户，请开封后再补抽，或用候补递补。"


async def must_be_free(tx: Transaction, opened: OpenCertificate) -> None:
    """Refuse to take more while a fresh draw does, or in a fresh one. Raises FreshDrawUnderWay, VoidsOfFreshDraw."""
    if opened.record.draw.replaces:
        raise VoidsOfFreshDraw
    if any(row["state"] not in OVER for row in await fresh_draws_of(tx, opened.record.draw.draw_id)):
        raise FreshDrawUnderWay


async def next_reserve(tx: Transaction, opened: OpenCertificate, void: int, now: datetime, merge_days: int) -> int:
    """Take the next ticket of a void's stratum and return the edition.

    Raises NobodyLeftToDraw, NobodyToSend, ReserveNotOffered and others.
    """
    await must_be_free(tx, opened)
    subject = opened.standing.open_voids.get(void)
    if subject is None:
        raise VoidNotOpen
    draw, commitment = opened.record.draw, _commitment(opened)
    if commitment.over_cells:
        raise ReserveNotOffered
    row = (await rows_in_pool(tx, draw.pool_id, [subject]))[subject]
    seed = draw.seed
    assert seed is not None  # noqa: S101 - there is a result
    line = NextInLine(key(commitment.ticket_label, seed), row.credit_class, set(opened.standing.known))
    async for sheet in sheets_of(tx, draw.pool_id):
        await asyncio.to_thread(line.look, sheet)
    found = line.drawn
    if found is None:
        raise NobodyLeftToDraw
    opened = await open_certificate(tx, opened.record, [found.id])
    shown = found.stratum if opened.record.master is None else "*"
    taken = Taken(found.id, shown, found.ticket)
    team = opened.standing.team_for(found.id)
    entry = Reserve(len(opened.standing.entries) + 1, moment(opened, now), void, taken, team)
    return await amend(tx, opened, entry, now, merge_days)


async def begin_fresh(
    tx: Transaction, opened: OpenCertificate, voids: Sequence[int], reason: str, by: str, now: datetime
) -> str:
    """Open a fresh draw for `voids` and return its id; its pool is frozen already.

    Raises NobodyLeftToDraw, VoidNotOpen, ListSealed, FreshDrawUnderWay and others.
    """
    await must_be_free(tx, opened)
    parent, standing = opened.record, opened.standing
    if parent.draw.sealed:
        raise ListSealed
    if any(void not in standing.open_voids for void in voids) or not voids:
        raise VoidNotOpen
    gone = await rows_in_pool(tx, parent.draw.pool_id, standing.known)
    wanted = Counter(gone[standing.open_voids[void]].credit_class for void in voids)
    left = remaining(_commitment(opened).strata, gone.values(), wanted)
    if not any(k for _, _, k in left):
        raise NobodyLeftToDraw
    replaces = Replaces(
        parent.draw.draw_id, sha256_hex(opened.newest), tuple(sorted(voids)), tuple(sorted(standing.known))
    )
    earlier = await _earlier(tx, replaces)
    draw = fresh_draw(parent.draw, replaces, earlier.draw if earlier else None, reason, by, now)
    pool = replace(
        parent.pool,
        eligible={name: n for name, n, _ in left},
        wanted=dict(wanted),
        by_county=_fewer(parent.pool.by_county, gone),
    )
    record = DrawRecord(
        draw, parent.county, parent.profile, parent.master, pool, None, None, None, None, parent.correlation_id
    )
    await add_draw(tx, record)
    return draw.draw_id


def _fewer(by_county: Mapping[str, Mapping[str, int]], gone: Mapping[str, PoolRow]) -> dict[str, dict[str, int]]:
    fewer = Counter((row.county, row.credit_class) for row in gone.values())
    return {
        county: {name: number - fewer[county, name] for name, number in classes.items()}
        for county, classes in by_county.items()
    }


async def _earlier(tx: Transaction, replaces: Replaces) -> DrawRecord | None:
    """The last attempt at a fresh draw with the same first void."""
    rows = await fresh_draws_of(tx, replaces.draw_id)
    same = [row for row in rows if row["replaces"]["n"][0] == replaces.n[0]]
    return await load_draw(tx, same[-1]["draw_id"]) if same else None


async def take_fresh(tx: Transaction, record: DrawRecord, certificate: bytes, now: datetime) -> None:
    """Enter what a finished fresh draw took into its parent's certificate."""
    replaces = record.draw.replaces
    assert replaces is not None  # noqa: S101 - the caller knows
    parent = await load_draw(tx, replaces.draw_id, to_change=True)
    opened = await open_certificate(tx, parent)
    document = json.loads(certificate)
    entry = Fresh(
        n=len(opened.standing.entries) + 1,
        at=moment(opened, now),
        voids=replaces.n,
        draw_id=record.draw.draw_id,
        certificate_sha256=sha256_hex(certificate),
        taken=tuple(Taken(*one) for one in document["selected"]),
        teams=teams_from(document["assignments"]),
    )
    edition = await amend(tx, opened, entry, now)
    running = await load_running(tx, replaces.draw_id, record.draw.draw_id)
    if running:
        await save_amendment(tx, running.done(edition))


async def drop_fresh(tx: Transaction, record: DrawRecord) -> None:
    """The fresh draw was aborted: its voids may be made up for anew."""
    replaces = record.draw.replaces
    if replaces is None:
        return
    running = await load_running(tx, replaces.draw_id, record.draw.draw_id)
    if running:
        await save_amendment(tx, running.ended())


def _commitment(opened: OpenCertificate) -> Commitment:
    commitment = opened.record.draw.commitment
    assert commitment is not None  # noqa: S101 - there is a result
    return commitment
