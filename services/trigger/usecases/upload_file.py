"""A clerk's file: handed in, looked at with its columns named, confirmed, and taken in some rows at a time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping

from libs.common.db import Transaction
from libs.common.errors import FieldError, Invalid, NotFound, SunlotError
from libs.common.http.auth import Actor
from libs.common.ids import natural_id, new_id
from services.trigger.domain import upload
from services.trigger.domain.entry import MONITORED, MONITORED_KIND, REFERRED, REFERRED_KIND, UPLOAD
from services.trigger.domain.errors import ColumnsMissing, NotTheUploader, UploadDecided
from services.trigger.domain.upload import Around, Row
from services.trigger.domain.upload_columns import KINDS
from services.trigger.domain.upload_table import Line, Table
from services.trigger.store import platforms, uploads
from services.trigger.store.platforms import Platform
from services.trigger.store.vault import Vault
from services.trigger.usecases.enter_signal import enter_signals

SHOWN: Final = 200  # faults and doubts that the preview lists
_NEEDED: Final = {MONITORED: MONITORED_KIND, REFERRED: REFERRED_KIND}


class TakenOver(Exception):
    """Another worker goes on with this file; what was begun is undone."""


@dataclass(frozen=True, slots=True)
class HandIn:
    """A file that was read; `mark` is its fingerprint."""

    kind: str
    platform: str
    filename: str
    mark: str
    table: Table


@dataclass(slots=True)
class Reckoned:
    """What would come of a file's rows: counts, and faults and doubts as (row, column, message, whether a fault)."""

    new: set[str] = field(default_factory=set)  # ids of signals
    repeated: int = 0
    faulty: int = 0
    doubtful: int = 0
    told: list[tuple[int, str, str, bool]] = field(default_factory=list)


async def handed_in_before(tx: Transaction, kind: str, platform: str, mark: str, actor: Actor) -> str | None:
    """The id of the same file if it was handed in before; raises Invalid where none may come in this name."""
    if kind not in KINDS:
        raise Invalid(fields=[FieldError("kind", "请选择文件内容")])
    agreed = await platforms.load(tx, platform)
    if agreed is None:
        raise Invalid(fields=[FieldError("platform", "请选择来源平台")])
    if (needed := _NEEDED.get(kind)) and needed not in agreed.kinds:
        text = f"该平台未约定报送“{needed}”，请选择“本部门登记”，或联系系统管理员调整约定"
        raise Invalid(fields=[FieldError("platform", text)])
    same = await uploads.same_file(tx, platform, kind, mark, actor)
    return str(same["upload_id"]) if same is not None else None


async def hand_in_file(tx: Transaction, command: HandIn, vault: Vault, actor: Actor, now: datetime) -> str:
    """Keep the file sealed, with a guess what its columns mean; its id, or that of the same file handed in before."""
    same = await handed_in_before(tx, command.kind, command.platform, command.mark, actor)
    if same is not None:
        return same
    headers, lines = command.table.headers, command.table.lines
    before = await uploads.mapped_before(tx, vault, command.platform, command.kind, headers)
    upload_id = str(new_id())
    await uploads.add(
        tx,
        {
            "upload_id": upload_id, "kind": command.kind, "platform": command.platform, "county": actor.county,
            "mark": command.mark, "state": uploads.PREVIEWED, "mapping": KINDS[command.kind].guess(headers, before),
            "total": len(lines), "preview": {}, "done": 0, "new": 0, "known": 0, "faulty": 0, "doubtful": 0,
            "account_id": actor.account_id, "account_name": actor.name, "uploaded_at": now,
            "erase_at": now + uploads.KEEP, "attempts": 0,
        },
    )  # fmt: skip
    await uploads.seal(tx, vault, upload_id, uploads.NAME, {0: command.filename[:200]})
    await uploads.seal(tx, vault, upload_id, uploads.SHEET, {0: command.table.sheet})
    await uploads.seal(tx, vault, upload_id, uploads.HEADER, {0: headers})
    for start in range(0, len(lines), uploads.PORTION):
        told = [(line.number, line.cells) for line in lines[start : start + uploads.PORTION]]
        await uploads.seal(tx, vault, upload_id, uploads.ROWS, {start // uploads.PORTION: told})
    return upload_id


async def own_upload(tx: Transaction, upload_id: str, actor: Actor, *, lock: bool = False) -> RowMapping:
    """The file, for whoever uploaded it; raises NotFound, NotTheUploader."""
    found = await uploads.load(tx, upload_id, lock=lock)
    if found is None:
        raise NotFound
    if found["account_id"] != actor.account_id:
        raise NotTheUploader
    return found


async def around_of(tx: Transaction, found: RowMapping, now: datetime) -> Around:
    """By what the file's rows are judged."""
    platform = await platforms.load(tx, found["platform"])
    return Around(found["kind"], found["county"], platform.kinds if platform else (), now)


def reckon(
    lines: Sequence[Line], platform: str, mapping: Mapping[str, int], around: Around, reckoned: Reckoned
) -> None:
    """Judge rows as they would be taken; slow (0.1 ms a row)."""
    kind = KINDS[around.kind]
    for line in lines:
        row = upload.read_row(line.cells, mapping, around)
        for told, faulty in (*((one, True) for one in row.faults), *((one, False) for one in row.doubts)):
            if len(reckoned.told) < SHOWN:
                reckoned.told.append((line.number, kind.label(told.field), told.message, faulty))
        if row.entry is None:
            reckoned.faulty += 1
        elif (signal_id := signal_id_of(platform, row.entry.order_id)) in reckoned.new:
            reckoned.repeated += 1
        else:
            reckoned.new.add(signal_id)
            reckoned.doubtful += bool(row.doubts)


async def keep_preview(tx: Transaction, upload_id: str, reckoned: Reckoned) -> None:
    """Save what would come of the file, beside what is known of its orders."""
    found = await uploads.load(tx, upload_id, lock=True)
    if found is None or found["state"] != uploads.PREVIEWED:
        return
    known = len(await uploads.known_signals(tx, reckoned.new))
    preview: dict[str, Any] = {
        "new": len(reckoned.new) - known,
        "known": known + reckoned.repeated,
        "faulty": reckoned.faulty,
        "doubtful": reckoned.doubtful,
        "told": reckoned.told,
    }
    await uploads.save(tx, upload_id, preview=preview)


async def name_columns(tx: Transaction, upload_id: str, fields: Sequence[str], vault: Vault, actor: Actor) -> None:
    """Say which column is which field (nothing: not imported); raises Invalid, UploadDecided."""
    found = await own_upload(tx, upload_id, actor, lock=True)
    headers = await uploads.opened(tx, vault, upload_id, uploads.HEADER)
    if found["state"] != uploads.PREVIEWED or headers is None:
        raise UploadDecided
    kind, mapping = KINDS[found["kind"]], dict[str, int]()
    for place, name in enumerate(fields[: len(headers)]):
        if name in mapping:
            text = f"“{kind.label(name)}”只能对应一列，请将其中一列改为“不导入”"
            raise Invalid(fields=[FieldError(f"c{place}", text)])
        if name in kind.fields:
            mapping[name] = place
    await uploads.save(tx, upload_id, mapping=mapping, preview={})


async def confirm_upload(tx: Transaction, upload_id: str, vault: Vault, actor: Actor, now: datetime) -> None:
    """The file is to be taken in, and what its columns are remembered for the next one; a second click changes nothing.

    Raises ColumnsMissing, UploadDecided.
    """
    found = await own_upload(tx, upload_id, actor, lock=True)
    if found["state"] in {uploads.WAITING, uploads.RUNNING, uploads.DONE}:
        return
    if found["state"] not in {uploads.PREVIEWED, uploads.FAILED}:
        raise UploadDecided
    kind = KINDS[found["kind"]]
    if missing := kind.missing(found["mapping"]):
        names = "、".join(f"“{kind.label(name)}”" for name in missing)
        raise ColumnsMissing(f"还没有列对应{names}，请在“各列内容”中选择后点“按此核对”。")
    headers = await uploads.opened(tx, vault, upload_id, uploads.HEADER)
    if headers is None:
        raise UploadDecided
    await _remember_columns(tx, found, headers, vault, actor, now)
    values = {"confirmed_at": now, "erase_at": None, "attempts": 0}
    await uploads.save(tx, upload_id, state=uploads.WAITING, **values)


async def _remember_columns(
    tx: Transaction, found: RowMapping, headers: Sequence[str], vault: Vault, actor: Actor, now: datetime
) -> None:
    """What the clerk has said otherwise than the headers; only now, since what was tried out is nobody's next guess."""
    before = await uploads.mapped_before(tx, vault, found["platform"], found["kind"], headers)
    guessed, named = (
        {place: name for name, place in mapping.items()}
        for mapping in (KINDS[found["kind"]].guess(headers, {}), found["mapping"])
    )
    told = {
        header: named.get(place, "")
        for place, header in reversed(list(enumerate(headers)))  # of two with one name the first counts
        if header in before or named.get(place) != guessed.get(place)
    }
    await uploads.remember_mapping(tx, vault, found["platform"], found["kind"], told, actor.account_id, now)


async def drop_upload(tx: Transaction, upload_id: str, actor: Actor, now: datetime) -> None:
    """The file is not taken in, and forgotten at once."""
    found = await own_upload(tx, upload_id, actor, lock=True)
    if found["state"] == uploads.DROPPED:
        return
    if found["state"] not in {uploads.PREVIEWED, uploads.FAILED}:
        raise UploadDecided
    await uploads.erase(tx, upload_id)
    await uploads.save(tx, upload_id, state=uploads.DROPPED, finished_at=now, erase_at=None)


async def take_rows(
    tx: Transaction, claimed: RowMapping, place: int, lines: Sequence[Line], platform: Platform, vault: Vault,
    now: datetime,
) -> int:  # fmt: skip
    """Take these rows in, the first of them at `place`, each once; how many were taken.

    Rows end before an order that stands twice: the second must find the first. Raises TakenOver when another worker
    goes on.
    """
    around = Around(claimed["kind"], claimed["county"], platform.kinds, now)
    rows: dict[str, tuple[Line, Row]] = {}  # by signal id, those without a fault
    faulty: list[tuple[Line, str]] = []
    taken = 0
    for line in lines:
        row = upload.read_row(line.cells, claimed["mapping"], around)
        if row.entry is None:
            faulty.append((line, _faults(row, claimed["kind"])))
        else:
            signal_id = signal_id_of(platform.code, row.entry.order_id)
            if signal_id in rows:
                break
            rows[signal_id] = line, row
        taken += 1
    # An export tells an order in other words than the platform's interface did: what is known is left alone.
    known = await uploads.known_signals(tx, rows)
    entering = [
        (line, row, row.entry) for signal_id, (line, row) in rows.items() if signal_id not in known and row.entry
    ]
    outcomes = await enter_signals(
        tx, platform, [entry for _, _, entry in entering], UPLOAD, claimed["account_name"], vault, now
    )
    counts = Counter(known=len(known))
    for (line, row, _), outcome in zip(entering, outcomes, strict=True):
        if isinstance(outcome, SunlotError):
            faulty.append((line, outcome.detail))
        else:
            counts["new" if outcome.new else "known"] += 1
            counts["doubtful"] += outcome.new and bool(row.doubts)
    await _count(tx, claimed, place, taken, counts, faulty, vault, now)
    return taken


async def refuse_row(
    tx: Transaction, claimed: RowMapping, place: int, line: Line, why: str, vault: Vault, now: datetime
) -> None:
    """Keep a row that can't be taken, sealed, for the error sheet."""
    await _count(tx, claimed, place, 1, Counter(), [(line, why)], vault, now)


async def _count(
    tx: Transaction, claimed: RowMapping, place: int, taken: int, counts: Counter[str],
    faulty: Sequence[tuple[Line, str]], vault: Vault, now: datetime,
) -> None:  # fmt: skip
    if not await uploads.count_rows(tx, claimed, place, taken, {**counts, "faulty": len(faulty)}, now):
        raise TakenOver
    told = {line.number: [line.cells, why] for line, why in faulty}
    await uploads.seal(tx, vault, claimed["upload_id"], uploads.FAULTY, told)


def _faults(row: Row, kind: str) -> str:
    return "；".join(f"{KINDS[kind].label(fault.field)}：{fault.message}" for fault in row.faults)


async def finish_upload(tx: Transaction, claimed: RowMapping, now: datetime) -> None:
    """All rows have been taken: forget them, but for the faulty ones."""
    if not await uploads.finish(tx, claimed, now):
        raise TakenOver
    found = await uploads.load(tx, claimed["upload_id"])
    assert found is not None  # noqa: S101 - just saved
    if found["faulty"]:
        await uploads.erase(tx, claimed["upload_id"], uploads.ROWS)
    else:
        await uploads.erase(tx, claimed["upload_id"])
        await uploads.save(tx, claimed["upload_id"], erase_at=None)


def signal_id_of(platform: str, order_id: str) -> str:
    """The signal's id: one for each order of a platform."""
    return str(natural_id("signal", platform, order_id))
