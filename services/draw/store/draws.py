"""Draws in and out: one row an attempt, its frozen pages, its roster, its certificate."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update

from libs.common.db.transaction import Transaction
from libs.common.errors import NotFound
from services.draw.domain.commitment import Profile, Supersedes, commitment_from
from services.draw.domain.draw import Abort, DiceEntry, Draw, DrawState, Promise, Reveal
from services.draw.domain.fresh import replaces_from
from services.draw.domain.plan import Signature
from services.draw.domain.pool import PoolRow, mask_page, parse_page
from services.draw.domain.receipt import receipt_from
from services.draw.domain.seed import Party
from services.draw.store.tables import certificates, draws, pool_pages, rosters


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


async def add_draw(tx: Transaction, record: DrawRecord, pages: Sequence[bytes]) -> None:
    """Keep a new attempt with its frozen pages."""
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
    if pages:
        await tx.execute(
            insert(pool_pages),
            [{"draw_id": draw.draw_id, "page": number, "rows": page} for number, page in enumerate(pages)],
        )


async def save_draw(tx: Transaction, draw: Draw, **moments: datetime) -> None:
    """Keep a step of a draw; `moments` are committed_at, drawn_at, dispatched_at."""
    await tx.execute(update(draws).where(draws.c.draw_id == draw.draw_id).values(**_progress(draw), **moments))


async def note_problem(tx: Transaction, draw_id: str, problem: str) -> None:
    """Keep why a seeded draw can't be finished."""
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


async def claim_seeded(tx: Transaction) -> DrawRecord | None:
    """One draw whose seed is fixed and whose result is still to be computed, locked; others skip it."""
    row = await tx.first(
        select(draws)
        .where(draws.c.state == DrawState.SEEDED.value, draws.c.problem.is_(None))
        .order_by(draws.c.draw_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    tx.follow(row["correlation_id"])
    return _record(row)


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
    )


def _signed(signature: Signature) -> dict[str, str]:
    return {"by": signature.by, "at": signature.at.isoformat()}


def _signature(document: dict[str, str]) -> Signature:
    return Signature(document["by"], datetime.fromisoformat(document["at"]))


async def open_pages(tx: Transaction, draw_id: str) -> list[bytes]:
    """The frozen pages as they are inside."""
    rows = await tx.all(select(pool_pages.c.rows).where(pool_pages.c.draw_id == draw_id).order_by(pool_pages.c.page))
    return [bytes(row["rows"]) for row in rows]


async def pool_rows(tx: Transaction, draw_id: str) -> list[PoolRow]:
    """Every row of the frozen pool."""
    return [row for page in await open_pages(tx, draw_id) for row in parse_page(page)]


async def published_pool(tx: Transaction, record: DrawRecord) -> bytes:
    """pool.tsv as the public gets it. Raises NotYetPublic before the commitment."""
    if record.draw.commitment is None:
        raise NotYetPublic
    pages = await open_pages(tx, record.draw.draw_id)
    return b"".join(page if record.master is None else mask_page(page, record.master) for page in pages)


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


async def count_by_state(tx: Transaction, counties: Sequence[str] | None) -> dict[str, int]:
    """How many draws stand in each state; `counties` None: everywhere."""
    statement = select(draws.c.state, func.count().label("number")).group_by(draws.c.state)
    if counties is not None:
        statement = statement.where(draws.c.county.in_(counties))
    return {row["state"]: row["number"] for row in await tx.all(statement)}
