"""A file becomes a table of one kind of records, judged whole."""

from typing import Any

from libs.common.sheets import SheetUnreadable, read_sheet
from services.registry.domain.errors import FileUnreadable
from services.registry.domain.importing import FileKind
from services.registry.domain.table import Parsed, Table


def parse_file(kind: FileKind, content: bytes) -> Parsed[Any]:
    """Read and judge a whole file; slow (0.1 ms a row), so off the event loop. Raises FileUnreadable."""
    return kind.read(read_table(content))


def read_table(content: bytes) -> Table:
    """The cells of a file. Raises FileUnreadable with what to do."""
    try:
        return Table(read_sheet(content))
    except SheetUnreadable as error:
        raise FileUnreadable(error.detail) from error
