"""Log the public moments of a draw: committed, seed fixed, drawn, aborted, opened."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from libs.common.db.transaction import Transaction
from services.publicity.domain.log import Entry, Kind, Logged, check_commitment
from services.publicity.domain.note import Signer
from services.publicity.usecases.append_entry import append_entry


async def log_commitment(
    tx: Transaction, draw_id: str, task_id: str, commit: str, commit_sha256: str, *,
    signer: Signer, county: str, now: datetime,
) -> Logged | None:  # fmt: skip
    """The commitment, before any seed exists. Raises CommitmentNotItsHash."""
    check_commitment(commit, commit_sha256)
    data = {"draw_id": draw_id, "task_id": task_id, "commit_sha256": commit_sha256, "commit": commit}
    return await append_entry(tx, Entry(Kind.DRAW_COMMIT, draw_id, now, data), signer, county)


async def log_edition(
    tx: Transaction, draw_id: str, edition: int, data: Mapping[str, Any], *, signer: Signer, county: str, now: datetime
) -> Logged | None:
    """A new edition of a certificate, chained to the one before by its hash."""
    entry = Entry(Kind.DRAW_AMENDMENT, f"{draw_id}/{edition}", now, {"draw_id": draw_id, **data})
    return await append_entry(tx, entry, signer, county)


async def log_draw_step(
    tx: Transaction, kind: Kind, draw_id: str, data: Mapping[str, Any], *, signer: Signer, county: str, now: datetime
) -> Logged | None:
    """The seed, the result, or the end without one."""
    return await append_entry(tx, Entry(kind, draw_id, now, {"draw_id": draw_id, **data}), signer, county)
