"""Files that were handed in, in and out."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, update

from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError
from libs.common.web.tables import ListQuery
from services.registry.domain.importing import KEPT_ERRORS, FileKind, ImportReport, ImportState
from services.registry.store.tables import imports

_NOT_CONTENT = [column for column in imports.c if column.name != "content"]


def _report(row: RowMapping) -> ImportReport:
    return ImportReport(
        **{
            name: row[name]
            for name in (
                "import_id", "filename", "sha256", "rows_total", "rows_new", "rows_changed", "rows_unchanged",
                "error_count", "warning_count", "uploaded_at", "uploaded_by", "applied_at", "applied_by",
            )
        },
        kind=FileKind(row["kind"]),
        state=ImportState(row["state"]),
        errors=tuple(FieldError(*entry) for entry in row["errors"]),
        warnings=tuple(FieldError(*entry) for entry in row["warnings"]),
    )  # fmt: skip


def _listed(errors: Sequence[FieldError]) -> list[list[Any]]:
    return [[error.field, error.message, error.row] for error in errors[:KEPT_ERRORS]]


async def one_at_a_time(tx: Transaction, kind: FileKind) -> None:
    """Two files of one kind wait for each other, so that the second sees what the first has changed."""
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"import/{kind.value}"))))


async def add_import(tx: Transaction, report: ImportReport, content: bytes) -> None:
    """Write a file and what came of it."""
    await tx.execute(
        insert(imports).values(
            import_id=report.import_id, kind=report.kind.value, filename=report.filename, sha256=report.sha256,
            content=content, state=report.state.value, rows_total=report.rows_total, rows_new=report.rows_new,
            rows_changed=report.rows_changed, rows_unchanged=report.rows_unchanged, error_count=report.error_count,
            errors=_listed(report.errors), warning_count=report.warning_count, warnings=_listed(report.warnings),
            uploaded_at=report.uploaded_at, uploaded_by=report.uploaded_by, applied_at=report.applied_at,
            applied_by=report.applied_by,
        )
    )  # fmt: skip


async def save_state(tx: Transaction, report: ImportReport) -> None:
    """Write what came of a file after it was previewed."""
    await tx.execute(
        update(imports)
        .where(imports.c.import_id == report.import_id)
        .values(
            state=report.state.value, rows_new=report.rows_new, rows_changed=report.rows_changed,
            rows_unchanged=report.rows_unchanged, error_count=report.error_count, errors=_listed(report.errors),
            applied_at=report.applied_at, applied_by=report.applied_by,
        )
    )  # fmt: skip


async def load_import(tx: Transaction, import_id: UUID, *, lock: bool = False) -> ImportReport | None:
    """What came of a file, or None."""
    statement = select(*_NOT_CONTENT).where(imports.c.import_id == import_id)
    row = await tx.first(statement.with_for_update() if lock else statement)
    return _report(row) if row else None


async def content_of(tx: Transaction, import_id: UUID) -> bytes:
    """The file itself."""
    return bytes(await tx.scalar(select(imports.c.content).where(imports.c.import_id == import_id)))


async def find_same(tx: Transaction, kind: FileKind, sha256: str) -> ImportReport | None:
    """The same file if it waits to be confirmed, or was the last of its kind to be applied."""
    statement = (
        select(*_NOT_CONTENT)
        .where(imports.c.kind == kind.value, imports.c.state == ImportState.APPLIED.value)
        .order_by(imports.c.applied_at.desc())
        .limit(1)
    )
    last = await tx.first(statement)
    if last and last["sha256"] == sha256:
        return _report(last)
    waiting = await tx.first(
        select(*_NOT_CONTENT)
        .where(imports.c.kind == kind.value, imports.c.sha256 == sha256, imports.c.state == ImportState.PREVIEWED.value)
        .order_by(imports.c.uploaded_at.desc())
        .limit(1)
    )
    return _report(waiting) if waiting else None


async def list_imports(tx: Transaction, query: ListQuery, *, every: bool = False) -> tuple[Sequence[ImportReport], int]:
    """One page (or all) of the history, the latest first; without the single errors."""
    where = [imports.c[name] == value for name in ("kind", "state") if (value := query.value(name))]
    order = imports.c[query.sort or "uploaded_at"]
    columns = [column for column in _NOT_CONTENT if column.name not in {"errors", "warnings"}]
    empty = [func.jsonb_build_array().label(name) for name in ("errors", "warnings")]
    statement = select(*columns, *empty).where(*where)
    statement = statement.order_by(order.desc() if query.descending else order, imports.c.import_id)
    if not every:
        statement = statement.limit(query.limit).offset(query.offset)
    total = await tx.scalar(select(func.count()).select_from(imports).where(*where))
    return [_report(row) for row in await tx.all(statement)], int(total)
