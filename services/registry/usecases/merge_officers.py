"""The rows of a file of officers are put into the roster (细则第五条); recusals declared by hand are kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError
from services.registry.domain.importing import Merge
from services.registry.domain.officer import KnownOfficer, Officer, Recusal, same_certificate
from services.registry.store import officers, units
from services.registry.usecases.announce import announce_officers


async def merge_officers(tx: Transaction, rows: Sequence[Officer], who: str, now: datetime, *, write: bool) -> Merge:
    """Compare, and with `write` take over; every unit must be known, every certificate belong to one officer."""
    known_units, known = await units.load_units(tx), await officers.load_officers(tx)
    merge, changed = Merge(), list[tuple[KnownOfficer, str]]()
    for row in rows:
        unit, old = known_units.get(row.unit_id), known.get(row.officer_id)
        if unit is None:
            message = f"{row.officer_id}：单位 {row.unit_id} 不在单位名录中，请先导入单位"
            merge.errors.append(FieldError("单位编号", message))
            continue
        declared = old.officer.recusals if old else ()
        officer = replace(row, recusals=_joined(declared, row.recusals, now))
        new = KnownOfficer(officer, old.version + 1 if old else 1, unit[0].county)
        same = old is not None and (old.officer, old.county) == (officer, new.county)
        merge.count(old is not None, same)
        if not same:
            changed.append((new, old.county if old else ""))
    merge.errors += _shared_certificates({**known, **{one.officer.officer_id: one for one, _ in changed}})
    if write and not merge.errors:
        await officers.save_officers(tx, [one for one, _ in changed], who, now)
        announce_officers(tx, changed, now)
    return merge


def _joined(declared: Sequence[Recusal], told: Sequence[Recusal], now: datetime) -> tuple[Recusal, ...]:
    # A recusal once declared is never lost by a file that does not know of it.
    have = {recusal.uscc for recusal in declared}
    today = china_date(now)
    return (*declared, *(replace(one, declared_on=today) for one in told if one.uscc not in have))


def _shared_certificates(everybody: dict[str, KnownOfficer]) -> list[FieldError]:
    return [
        FieldError("执法证号", f"{one.officer_id} 与 {other.officer_id} 的执法证号相同，请核对")
        for one, other in same_certificate([known.officer for known in everybody.values()])
    ]
