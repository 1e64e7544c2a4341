"""A file is handed in, previewed, and carried out: all of it or nothing."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError
from libs.common.http.auth import Actor
from libs.common.ids import new_id
from services.registry.domain.errors import ImportNotApplicable, ImportNotFound, ImportRefused
from services.registry.domain.importing import SHOWN_ERRORS, FileKind, ImportReport, ImportState, Merge
from services.registry.domain.table import Parsed
from services.registry.store import imports
from services.registry.usecases.merge_items import merge_items
from services.registry.usecases.merge_officers import merge_officers
from services.registry.usecases.merge_subjects import merge_subjects
from services.registry.usecases.merge_units import merge_units

_MERGES: dict[FileKind, Callable[..., Awaitable[Merge]]] = {
    FileKind.SUBJECTS: merge_subjects,
    FileKind.OFFICERS: merge_officers,
    FileKind.ITEMS: merge_items,
    FileKind.UNITS: merge_units,
}


@dataclass(frozen=True, slots=True)
class HandInFile:
    """A file with what was read from it."""

    kind: FileKind
    filename: str
    content: bytes
    parsed: Parsed[Any]


async def hand_in_file(tx: Transaction, command: HandInFile, actor: Actor, now: datetime) -> ImportReport:
    """Compare the file with the registry and keep both; the same file again gives the report it had."""
    sha256 = hashlib.sha256(command.content).hexdigest()
    await imports.one_at_a_time(tx, command.kind)
    if (same := await imports.find_same(tx, command.kind, sha256)) and same.state is ImportState.APPLIED:
        return same
    parsed = command.parsed
    merge = await _MERGES[command.kind](tx, parsed.rows, actor.account_id, now, write=False)
    errors = (*parsed.errors, *merge.errors)
    report = ImportReport(
        import_id=same.import_id if same else new_id(),
        kind=command.kind,
        filename=command.filename[:200],
        sha256=sha256,
        state=ImportState.REFUSED if errors else ImportState.PREVIEWED,
        rows_total=len(parsed.rows) + len({error.row for error in parsed.errors}),
        rows_new=merge.new,
        rows_changed=merge.changed,
        rows_unchanged=merge.unchanged,
        error_count=len(errors),
        errors=errors,
        warning_count=len(parsed.warnings),
        warnings=tuple(parsed.warnings),
        uploaded_at=now,
        uploaded_by=actor.account_id,
    )
    if same:
        await imports.save_state(tx, report)
    else:
        await imports.add_import(tx, report, command.content)
    return report


@dataclass(frozen=True, slots=True)
class ApplyImport:
    """The file to carry out; doubtful rows only when somebody has looked at them."""

    import_id: UUID
    parsed: Parsed[Any]
    accept_warnings: bool


async def apply_import(tx: Transaction, command: ApplyImport, actor: Actor, now: datetime) -> ImportReport:
    """Take every row over; a second time changes nothing. Raises ImportNotFound, ImportNotApplicable, ImportRefused."""
    report = await imports.load_import(tx, command.import_id)
    if report is None:
        raise ImportNotFound
    await imports.one_at_a_time(tx, report.kind)
    report = await imports.load_import(tx, command.import_id, lock=True) or report
    if report.state is ImportState.APPLIED:
        return report
    if report.state is ImportState.REFUSED:
        raise ImportNotApplicable
    if command.parsed.warnings and not command.accept_warnings:
        raise ImportRefused(
            f"有 {len(command.parsed.warnings)} 行需要核对。确认与证照一致后，请勾选“已核对，照此导入”再导入。",
            fields=command.parsed.warnings[:SHOWN_ERRORS],
        )
    merge = await _MERGES[report.kind](tx, command.parsed.rows, actor.account_id, now, write=True)
    if merge.errors:
        raise refusal(merge.errors, len(merge.errors))
    done = replace(
        report, state=ImportState.APPLIED, rows_new=merge.new, rows_changed=merge.changed,
        rows_unchanged=merge.unchanged, applied_at=now, applied_by=actor.account_id,
    )  # fmt: skip
    await imports.save_state(tx, done)
    return done


def refusal(errors: list[FieldError] | tuple[FieldError, ...], count: int) -> ImportRefused:
    """The refusal that names the first errors and says how many there are."""
    more = f"，以下列出前 {SHOWN_ERRORS} 处" if count > SHOWN_ERRORS else ""
    return ImportRefused(
        f"文件中有 {count} 处错误{more}，未导入任何一行。请按提示修改后重新上传。", fields=errors[:SHOWN_ERRORS]
    )
