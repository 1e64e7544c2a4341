"""Draws in and out: one row an attempt, its roster, its certificate."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update

from libs.common.db.transaction import Transaction
from libs.common.errors import NotFound
from services.draw.domain.ceremony import SeedChoice
from services.draw.domain.commitment import Profile, Supersedes, commitment_from
from services.draw.domain.draw import Abort, DiceEntry, Draw, DrawState, Promise, Reveal
from services.draw.domain.fresh import replaces_from
from services.draw.domain.plan import Signature
from services.draw.domain.receipt import receipt_from
from services.draw.domain.rule import Quota
from services.draw.domain.seed import Party
from services.draw.store.ceremony import Ceremony, beacon_and_seal, ceremony_of, kept
from services.draw.store.tables import certificates, draws, rosters


class DrawUnknown(NotFound):
    """No such draw."""

    detail = "没有这次抽取，请核对抽取编号。"


class NotYetPublic(NotFound):
    """The file does not exist before its step."""

    detail = "本次抽取尚未进行到这一步，文件还不存在。"


@dataclass(frozen=True, slots=True)
class FrozenPool:
    """What was counted when the pool was frozen."""

    root: str
    rows: int
    pages: int
    as_of: datetime
    excluded: dict[str, int]
    eligible: dict[str, int]
    wanted: dict[str, int] = field(default_factory=dict)  # a fresh draw: how many voids it makes up for, by class
    by_county: dict[str, dict[str, int]] = field(default_factory=dict)  # county → class → rows that may be drawn
    warned: dict[str, int] = field(default_factory=dict)  # may be drawn although a cap is reached, by cap

    def strata(self, quota: Quota) -> tuple[tuple[str, int, int], ...]:
        """What to draw of what there is, (class, n, k): by the ratio, or in a fresh draw as many as were voided."""
        if not self.wanted:
            return quota.strata(self.eligible)
        return tuple((name, n, min(n, self.wanted.get(name, 0))) for name, n in sorted(self.eligible.items()))


@dataclass(frozen=True, slots=True)
class DrawRecord:
    """A draw with what surrounds it; `master` opens a masked pool and is never shown to the public."""

    draw: Draw
    county: str
    profile: Profile
    master: bytes | None
    pool: FrozenPool
    committed_at: datetime | None
    drawn_at: datetime | None
    dispatched_at: datetime | None
    problem: str | None
    correlation_id: str
    ceremony: Ceremony = field(default_factory=lambda: Ceremony(SeedChoice(), (), 0, None))


async def add_draw(tx: Transaction, record: DrawRecord) -> None:
    """Keep a new attempt; its frozen pool is kept apart (`store.sheets`)."""
    draw, pool = record.draw, record.pool
    await tx.execute(
        insert(draws).values(
            draw_id=draw.draw_id,
            task_id=draw.task_id,
            attempt=draw.attempt,
            county=record.county,
            profile=record.profile.value,
            master=record.master,
            frozen_by=draw.frozen.by,
            frozen_at=draw.frozen.at,
            pool={**asdict(pool), "as_of": pool.as_of.isoformat()},
            supersedes=draw.supersedes.document() if draw.supersedes else None,
            replaces=draw.replaces.document() if draw.replaces else None,
            correlation_id=record.correlation_id,
            **_progress(draw),
        )
    )


async def save_draw(tx: Transaction, draw: Draw, **moments: datetime) -> None:
    """Keep a step of a draw; `moments` are committed_at, drawn_at, dispatched_at."""
    await tx.execute(update(draws).where(draws.c.draw_id == draw.draw_id).values(**_progress(draw), **moments))


async def save_frozen(tx: Transaction, draw: Draw, pool: FrozenPool) -> None:
    """Keep what was counted while the pool was frozen."""
    document = {**asdict(pool), "as_of": pool.as_of.isoformat()}
    await tx.execute(update(draws).where(draws.c.draw_id == draw.draw_id).values(pool=document, **_progress(draw)))


async def note_problem(tx: Transaction, draw_id: str, problem: str | None) -> None:
    """Keep why a long step can't be finished, or that it is to be tried again."""
    await tx.execute(update(draws).where(draws.c.draw_id == draw_id).values(problem=problem))


def _progress(draw: Draw) -> dict[str, Any]:
    return {
        "state": draw.state.value,
        "promises": [
            {"name": p.party.name, "commit": p.party.commit, "given": _signed(p.given)} for p in draw.promises
        ],
        "commitment": draw.commitment.bytes.decode() if draw.commitment else None,
        "receipt": draw.receipt.document() if draw.receipt else None,
        "reveals": [{"name": r.name, "reveal": r.reveal, "entered": _signed(r.entered)} for r in draw.reveals],
        "dice": [
            {
                "digits": d.digits,
                "typed": _signed(d.typed),
                "confirmed": _signed(d.confirmed) if d.confirmed else None,
            }
            for d in draw.dice
        ],
        "seed": draw.seed.decode() if draw.seed else None,
        "result_sha256": draw.result_sha256,
        "aborted": (
            {"reason": draw.aborted.reason, "entered": _signed(draw.aborted.entered)} if draw.aborted else None
        ),
        **kept(draw),
    }


async def load_draw(tx: Transaction, draw_id: str, *, to_change: bool = False) -> DrawRecord:
    """The draw, locked if it is going to change. Raises DrawUnknown."""
    statement = select(draws).where(draws.c.draw_id == draw_id)
    row = await tx.first(statement.with_for_update() if to_change else statement)
    if row is None:
        raise DrawUnknown
    tx.follow(row["correlation_id"])
    return _record(row)


async def last_attempt(tx: Transaction, task_id: str) -> Draw | None:
    """The newest attempt of a task; fresh draws that make up for voids are not counted."""
    row = await tx.first(
        select(draws)
        .where(draws.c.task_id == task_id, draws.c.replaces.is_(None))
        .order_by(draws.c.attempt.desc())
        .limit(1)
    )
    return _record(row).draw if row else None


async def attempts(tx: Transaction, task_id: str) -> Sequence[RowMapping]:
    """All attempts of a task, the first one first, fresh draws for voids after the draw that they make up for."""
    return await tx.all(
        select(draws).where(draws.c.task_id == task_id).order_by(draws.c.replaces.is_not(None), draws.c.frozen_at)
    )


async def claim(tx: Transaction, state: DrawState) -> DrawRecord | None:
    """One draw that waits for the long step of this state, for this transaction alone; others take the next one.

    Not a lock on its row, so that people can read it, and give it up, meanwhile; it is gone with the connection.
    """
    waiting = select(draws.c.draw_id).where(draws.c.state == state.value, draws.c.problem.is_(None))
    for row in await tx.all(waiting.order_by(draws.c.draw_id)):
        if await tx.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(row["draw_id"], 0)))):
            record = await load_draw(tx, row["draw_id"])
            if record.draw.state is state and record.problem is None:  # nobody was quicker
                # A long step may reckon for minutes without a word to the database, which would take it for dead.
                await tx.scalar(select(func.set_config("idle_in_transaction_session_timeout", "0", True)))
                return record
    return None


async def claim_seeded(tx: Transaction) -> DrawRecord | None:
    """One draw whose seed is fixed and whose result is still to be computed, its row locked; others skip it."""
    record = await claim(tx, DrawState.SEEDED)
    return None if record is None else await load_draw(tx, record.draw.draw_id, to_change=True)


def _record(row: RowMapping) -> DrawRecord:
    earlier, aborted, pool = row["supersedes"], row["aborted"], row["pool"]
    draw = Draw(
        task_id=row["task_id"],
        attempt=row["attempt"],
        frozen=Signature(row["frozen_by"], row["frozen_at"]),
        pool_root=pool["root"],
        state=DrawState(row["state"]),
        supersedes=Supersedes(**earlier) if earlier else None,
        replaces=replaces_from(row["replaces"]) if row["replaces"] else None,
        promises=tuple(Promise(Party(p["name"], p["commit"]), _signature(p["given"])) for p in row["promises"]),
        commitment=commitment_from(json.loads(row["commitment"])) if row["commitment"] else None,
        receipt=receipt_from(row["receipt"]) if row["receipt"] else None,
        reveals=tuple(Reveal(r["name"], r["reveal"], _signature(r["entered"])) for r in row["reveals"]),
        dice=tuple(
            DiceEntry(d["digits"], _signature(d["typed"]), _signature(d["confirmed"]) if d["confirmed"] else None)
            for d in row["dice"]
        ),
        seed=row["seed"].encode() if row["seed"] else None,
        result_sha256=row["result_sha256"],
        aborted=Abort(aborted["reason"], _signature(aborted["entered"])) if aborted else None,
        **beacon_and_seal(row),
    )
    return DrawRecord(
        draw=draw,
        county=row["county"],
        profile=Profile(row["profile"]),
        master=row["master"],
        pool=FrozenPool(**{**pool, "as_of": datetime.fromisoformat(pool["as_of"])}),
        committed_at=row["committed_at"],
        drawn_at=row["drawn_at"],
        dispatched_at=row["dispatched_at"],
        problem=row["problem"],
        correlation_id=row["correlation_id"],
        ceremony=ceremony_of(row),
    )


def _signed(signature: Signature) -> dict[str, str]:
    return {"by": signature.by, "at": signature.at.isoformat()}


def _signature(document: dict[str, str]) -> Signature:
    return Signature(document["by"], datetime.fromisoformat(document["at"]))


async def save_roster(tx: Transaction, draw_id: str, document: bytes) -> None:
    """Keep officers.json as it was committed."""
    await tx.execute(insert(rosters).values(draw_id=draw_id, document=document))


async def roster_bytes(tx: Transaction, draw_id: str) -> bytes:
    """officers.json. Raises NotYetPublic before the commitment."""
    document = await tx.scalar(select(rosters.c.document).where(rosters.c.draw_id == draw_id))
    if document is None:
        raise NotYetPublic
    return bytes(document)


async def save_certificate(tx: Transaction, draw_id: str, document: bytes, sha256: str) -> None:
    """Keep the first edition of certificate.json."""
    await tx.execute(insert(certificates).values(draw_id=draw_id, edition=1, document=document, sha256=sha256))


async def certificate_bytes(tx: Transaction, draw_id: str) -> bytes:
    """certificate.json, the newest edition. Raises NotYetPublic before the result."""
    document = await tx.scalar(
        select(certificates.c.document)
        .where(certificates.c.draw_id == draw_id)
        .order_by(certificates.c.edition.desc())
        .limit(1)
    )
    if document is None:
        raise NotYetPublic
    return bytes(document)


async def newest_edition(tx: Transaction, draw_id: str) -> int:
    """The number of the certificate's newest edition; 0 before the result."""
    return int(await tx.scalar(select(func.max(certificates.c.edition)).where(certificates.c.draw_id == draw_id)) or 0)


async def count_by_state(tx: Transaction, counties: Sequence[str] | None) -> dict[str, int]:
    """How many draws stand in each state; `counties` None: everywhere."""
    statement = select(draws.c.state, func.count().label("number")).group_by(draws.c.state)
    if counties is not None:
        statement = statement.where(draws.c.county.in_(counties))
    return {row["state"]: row["number"] for row in await tx.all(statement)}
