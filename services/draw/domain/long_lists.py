"""Results of more than 50 000 drawn: the lists are files beside the certificate, which has their roots."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from libs.common import merkle
from services.draw.domain.pool import PAGE_ROWS
from services.draw.domain.sheets import SHEET_ROWS

LONG = 50_000  # drawn subjects above which the lists are files
SELECTED = "selected.tsv"  # id, stratum, ticket
ASSIGNMENTS = "assignments.tsv"  # id, officers by seat


@dataclass(frozen=True, slots=True)
class LongList:
    """One file in parts of 16 384 lines, and what the certificate says of it."""

    name: str
    parts: tuple[bytes, ...]
    rows: int
    root: str

    @property
    def pages(self) -> int:
        """How many pages of 256 lines it has."""
        return -(-self.rows // PAGE_ROWS)

    def document(self) -> dict[str, Any]:
        """What stands in the certificate in place of the list."""
        return {"file": self.name, "page_rows": PAGE_ROWS, "pages": self.pages, "root": self.root, "rows": self.rows}


def long_list(name: str, rows: Iterable[Sequence[str]]) -> LongList:
    """Write rows of text cells as a file; its pages are hashed as those of a pool are."""
    lines = (("\t".join(row) + "\n").encode() for row in rows)
    parts: list[bytes] = []
    leaves: list[bytes] = []
    count = 0
    while part := list(islice(lines, SHEET_ROWS)):
        count += len(part)
        pages = (b"".join(part[start : start + PAGE_ROWS]) for start in range(0, len(part), PAGE_ROWS))
        leaves.extend(merkle.leaf_hash(page) for page in pages)
        parts.append(b"".join(part))
    return LongList(name, tuple(parts), count, merkle.root(leaves).hex())


def rows_of_part(part: bytes) -> Iterator[list[str]]:
    """The rows of one part of a file."""
    return (line.split("\t") for line in part.decode().split("\n")[:-1])


def file_of(value: object) -> str | None:
    """The file that stands for a list in a certificate, or None when the list itself is there."""
    return str(value["file"]) if isinstance(value, dict) else None
