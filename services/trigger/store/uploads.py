"""Uploaded files: how far each is, what it says (sealed), and which column meant what the last time."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ARRAY, RowMapping, Select, Text, any_, delete, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db import Transaction
from libs.common.http.auth import Actor
from libs.common.web import ListQuery
from services.trigger.domain.cells import Cell
from services.trigger.domain.upload_table import Line
from services.trigger.store.channel_tables import upload_mappings, upload_texts, uploads
from services.trigger.store.tables import signals
from services.trigger.store.vault import Sealed, Vault

PREVIEWED: Final = "previewed"
WAITING: Final = "waiting"
RUNNING: Final = "running"
DONE: Final = "done"
FAILED: Final = "failed"
DROPPED: Final = "dropped"
EXPIRED: Final = "expired"
STATES: Final = {
    PREVIEWED: "待确认", WAITING: "等待导入", RUNNING: "正在导入", DONE: "已完成", FAILED: "未能完成",
    DROPPED: "已放弃", EXPIRED: "逾时未确认",
}  # fmt: skip

CLAIM: Final = timedelta(seconds=60)  # without news for this long, another worker goes on
MOST_ATTEMPTS: Final = 5
KEEP: Final = timedelta(hours=24)  # how long what a file says is kept at most
PORTION: Final = 500  # rows that are sealed together

HEADER, ROWS, FAULTY, NAME, SHEET = "header", "rows", "faulty", "name", "sheet"
Cells = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Faulty:
    """A row that was not taken: its number in the file, its cells, and why."""

    number: int
    cells: list[Cell]
    why: str


async def add(tx: Transaction, values: Mapping[str, Any]) -> None:
    """Save a file that was handed in."""
    await tx.execute(insert(uploads).values(**values))


async def load(tx: Transaction, upload_id: str, *, lock: bool = False) -> RowMapping | None:
    """The file, or None."""
    statement = select(uploads).where(uploads.c.upload_id == upload_id)
    return await tx.first(statement.with_for_update() if lock else statement)


async def same_file(tx: Transaction, platform: str, kind: str, mark: str, actor: Actor) -> RowMapping | None:
    """The same file if it is being taken in or was taken in without a fault, or waits for the same person.

    Of the actor's county alone: another one takes other rows of it.
    """
    own = (uploads.c.state == PREVIEWED) & (uploads.c.account_id == actor.account_id)
    taken = uploads.c.state.in_((WAITING, RUNNING)) | ((uploads.c.state == DONE) & (uploads.c.faulty == 0))
    statement = select(uploads).where(
        uploads.c.mark == mark, uploads.c.platform == platform, uploads.c.kind == kind,
        uploads.c.county == actor.county, or_(own, taken),
    )  # fmt: skip
    return await tx.first(statement.order_by(uploads.c.uploaded_at.desc()).limit(1))


async def save(tx: Transaction, upload_id: str, **values: Any) -> None:
    """Save what has changed; the caller holds the row."""
    await tx.execute(update(uploads).where(uploads.c.upload_id == upload_id).values(**values))


def seen_by(actor: Actor, query: ListQuery) -> Select[Any]:
    """Files of the actor's county (all for the city), the newest first; counts and states only."""
    names = ("upload_id", "kind", "platform", "state", "total", "done", "new", "known", "faulty", "doubtful")
    statement = select(*(uploads.c[name] for name in (*names, "account_id", "account_name", "uploaded_at"))).order_by(
        uploads.c.uploaded_at.desc(), uploads.c.upload_id
    )
    if not actor.whole_city:
        statement = statement.where(uploads.c.county == actor.county)
    for name in ("kind", "platform", "state"):
        if value := query.value(name):
            statement = statement.where(uploads.c[name] == value)
    return statement


# ---- what the file says


async def seal(tx: Transaction, vault: Vault, upload_id: str, part: str, told: Mapping[int, Any]) -> None:
    """Keep something of the file, encrypted, each under its number."""
    rows = []
    for number, what in told.items():
        sealed = vault.seal(_owner(upload_id), f"{part} {number}", json.dumps(what, ensure_ascii=False))
        rows.append(
            {"upload_id": upload_id, "part": part, "number": number, "key_id": sealed.key_id, "sealed": sealed.data}
        )
    if rows:
        await tx.execute(insert(upload_texts), rows)


async def opened(tx: Transaction, vault: Vault, upload_id: str, part: str, number: int = 0) -> Any:
    """Something of the file; None when it is gone."""
    row = await tx.first(
        select(upload_texts).where(
            upload_texts.c.upload_id == upload_id, upload_texts.c.part == part, upload_texts.c.number == number
        )
    )
    return _opened(vault, row) if row else None


async def portion_of(tx: Transaction, vault: Vault, upload_id: str, number: int) -> list[Line]:
    """The rows of a portion, from portion 0 on; none when there are no more, or they are gone."""
    return [Line(*told) for told in await opened(tx, vault, upload_id, ROWS, number) or ()]


async def faulty_of(tx: Transaction, vault: Vault, upload_id: str, after: int = 0) -> list[Faulty]:
    """A portion of the rows that were not taken, in their order, from behind the number `after`."""
    rows = await tx.all(
        select(upload_texts)
        .where(upload_texts.c.upload_id == upload_id, upload_texts.c.part == FAULTY, upload_texts.c.number > after)
        .order_by(upload_texts.c.number)
        .limit(PORTION)
    )
    return [Faulty(row["number"], *_opened(vault, row)) for row in rows]


async def erase(tx: Transaction, upload_id: str, *parts: str) -> None:
    """Forget what the file says: these parts, or all of it."""
    statement = delete(upload_texts).where(upload_texts.c.upload_id == upload_id)
    await tx.execute(statement.where(upload_texts.c.part.in_(parts)) if parts else statement)


async def expire(tx: Transaction, now: datetime) -> int:
    """Forget what files say whose time is over, a portion of them; how many there were."""
    due = select(uploads.c.upload_id).where(uploads.c.erase_at <= now).limit(100).with_for_update(skip_locked=True)
    ids = [row["upload_id"] for row in await tx.all(due)]
    if ids:
        await tx.execute(delete(upload_texts).where(upload_texts.c.upload_id.in_(ids)))
        await tx.execute(update(uploads).where(uploads.c.upload_id.in_(ids)).values(erase_at=None))
        undecided = uploads.c.state.in_((PREVIEWED, FAILED)) & uploads.c.upload_id.in_(ids)
        await tx.execute(update(uploads).where(undecided).values(state=EXPIRED))
    return len(ids)


def _owner(upload_id: str) -> str:
    return f"upload {upload_id}"


def _opened(vault: Vault, row: RowMapping) -> Any:
    field = f"{row['part']} {row['number']}"
    return json.loads(vault.open(_owner(row["upload_id"]), field, Sealed(row["key_id"], row["sealed"])))


# ---- the work


async def claim(tx: Transaction, now: datetime) -> RowMapping | None:
    """The next file to take in, for this worker: one that has not begun, else the one that has rested longest.

    Also one whose worker has fallen silent, from where that one was.
    """
    free = or_(uploads.c.state == WAITING, (uploads.c.state == RUNNING) & (uploads.c.claimed_until < now))
    found = await tx.first(
        select(uploads)
        .where(free)
        .order_by(uploads.c.claimed_until.asc().nulls_first(), uploads.c.uploaded_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if found is None:
        return None
    given_up = found["attempts"] >= MOST_ATTEMPTS
    values = {"state": FAILED, "erase_at": now + KEEP} if given_up else {"state": RUNNING, "erase_at": None}
    return await tx.first(
        update(uploads)
        .where(uploads.c.upload_id == found["upload_id"])
        .values(claimed_until=now + CLAIM, attempts=found["attempts"] + 1, **values)
        .returning(uploads)
    )


async def count_rows(
    tx: Transaction, claimed: RowMapping, place: int, taken: int, what: Mapping[str, int], now: datetime
) -> bool:
    """So many rows from `place` on are taken by this transaction; False when they were, or another worker goes on."""
    added = {name: uploads.c[name] + number for name, number in what.items()}
    return await _own(tx, claimed, {"done": place + taken, "claimed_until": now + CLAIM, **added}, place)


async def let_go(tx: Transaction, claimed: RowMapping, now: datetime) -> None:
    """Another worker may go on at once."""
    same = (uploads.c.upload_id == claimed["upload_id"], uploads.c.attempts == claimed["attempts"])
    await tx.execute(
        update(uploads)
        .where(*same, uploads.c.state == RUNNING)
        .values(claimed_until=now, attempts=uploads.c.attempts - 1)
    )


async def fail(tx: Transaction, claimed: RowMapping, now: datetime) -> None:
    """It can't be taken in any further."""
    same = (uploads.c.upload_id == claimed["upload_id"], uploads.c.attempts == claimed["attempts"])
    await tx.execute(update(uploads).where(*same, uploads.c.state == RUNNING).values(state=FAILED, erase_at=now + KEEP))


async def finish(tx: Transaction, claimed: RowMapping, now: datetime) -> bool:
    """Every row has been taken."""
    return await _own(tx, claimed, {"state": DONE, "finished_at": now, "erase_at": now + KEEP}, claimed["total"])


async def _own(tx: Transaction, claimed: RowMapping, values: Mapping[str, Any], place: int) -> bool:
    """Change it as long as it is ours and stands at `place`: each claim has a number of its own."""
    own = (
        uploads.c.upload_id == claimed["upload_id"],
        uploads.c.attempts == claimed["attempts"],
        uploads.c.state == RUNNING,
        uploads.c.done == place,
    )
    statement = update(uploads).where(*own).values(**values).returning(uploads.c.upload_id)
    return await tx.scalar(statement) is not None


# ---- what is known


async def known_signals(tx: Transaction, signal_ids: Collection[str]) -> set[str]:
    """Those of these signals that are there."""
    there = signals.c.signal_id == any_(literal(list(signal_ids), ARRAY(Text)))
    return {row["signal_id"] for row in await tx.all(select(signals.c.signal_id).where(there))}


async def mapped_before(tx: Transaction, vault: Vault, platform: str, kind: str, headers: Cells) -> dict[str, str]:
    """Header → the field it was mapped to the last time (nothing: not imported), of those that were mapped."""
    hashes = {_hash(vault, str(header)): str(header) for header in headers}
    rows = await tx.all(
        select(upload_mappings).where(
            upload_mappings.c.platform == platform,
            upload_mappings.c.kind == kind,
            upload_mappings.c.header.in_(list(hashes)),
        )
    )
    return {hashes[row["header"]]: row["field"] for row in rows}


async def remember_mapping(
    tx: Transaction, vault: Vault, platform: str, kind: str, fields: Mapping[str, str], who: str, now: datetime
) -> None:
    """Remember header → field for the platform's next file."""
    statement = upsert(upload_mappings)
    changed = {name: statement.excluded[name] for name in ("field", "changed_at", "changed_by")}
    rows = [
        {"platform": platform, "kind": kind, "header": _hash(vault, header), "field": field, "changed_at": now,
         "changed_by": who}
        for header, field in fields.items() if header
    ]  # fmt: skip
    if rows:
        keys = ["platform", "kind", "header"]
        rows.sort(key=lambda row: str(row["header"]))
        await tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def _hash(vault: Vault, header: str) -> str:
    return vault.person(f"upload header {header}")
