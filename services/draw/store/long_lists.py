"""The lists of a certificate, wherever they stand: in it, or as files beside it when they are long."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from sqlalchemy import func, insert, literal, select

from libs.common.db.transaction import Transaction
from services.draw.domain.long_lists import LongList, file_of, rows_of_part
from services.draw.store.draws import NotYetPublic
from services.draw.store.pool_tables import result_files

SHOWN = 1_000  # rows of a result that a page shows; the whole list is in the certificate or beside it


async def save_files(tx: Transaction, draw_id: str, files: Iterable[LongList]) -> None:
    """Keep the files of a result, part by part."""
    for file in files:
        for number, part in enumerate(file.parts):
            await tx.execute(insert(result_files).values(draw_id=draw_id, name=file.name, part=number, rows=part))


async def part_of_file(tx: Transaction, draw_id: str, name: str, part: int) -> bytes | None:
    """One part of a file; None after the last one. Raises NotYetPublic when there is no such file."""
    rows: bytes | None = await tx.scalar(
        select(result_files.c.rows).where(
            result_files.c.draw_id == draw_id, result_files.c.name == name, result_files.c.part == part
        )
    )
    if rows is None and part == 0:
        raise NotYetPublic
    return rows


async def selected_of(
    tx: Transaction, draw_id: str, certificate: Mapping[str, Any], limit: int | None = None
) -> list[list[str]]:
    """[id, stratum, ticket] of who was drawn, by ticket; of long lists `limit` is all that is read."""
    name = file_of(certificate["selected"])
    if name is None:
        return list(certificate["selected"][:limit])
    return [row async for row in _rows(tx, draw_id, name, limit)]


async def assignments_of(
    tx: Transaction, draw_id: str, certificate: Mapping[str, Any], limit: int | None = None
) -> list[tuple[str, list[str]]]:
    """(id, officers by seat), in the same order."""
    name = file_of(certificate["assignments"])
    if name is None:
        return [(subject, list(team)) for subject, team in certificate["assignments"][:limit]]
    return [(row[0], row[1:]) async for row in _rows(tx, draw_id, name, limit)]


async def team_of(tx: Transaction, draw_id: str, certificate: Mapping[str, Any], subject_id: str) -> list[str] | None:
    """The team of one subject, or None when it was not drawn; of a long list one part is read."""
    name = file_of(certificate["assignments"])
    if name is None:
        return next((list(team) for subject, team in certificate["assignments"] if subject == subject_id), None)
    mark = literal(f"{subject_id}\t".encode())
    parts = await tx.all(
        select(result_files.c.rows).where(
            result_files.c.draw_id == draw_id,
            result_files.c.name == name,
            func.position(mark.op("in")(result_files.c.rows)) > 0,
        )
    )
    return next((row[1:] for part in parts for row in rows_of_part(part["rows"]) if row[0] == subject_id), None)


def drawn_in(certificate: Mapping[str, Any]) -> int:
    """How many were drawn."""
    selected = certificate["selected"]
    return int(selected["rows"]) if isinstance(selected, dict) else len(selected)


async def _rows(tx: Transaction, draw_id: str, name: str, limit: int | None) -> AsyncIterator[list[str]]:
    number = count = 0
    while (part := await part_of_file(tx, draw_id, name, number)) is not None:
        for row in rows_of_part(part):
            if count == limit:
                return
            yield row
            count += 1
        number += 1
