"""One sheet of somebody's workbook, read in a process of its own: a small file can ask for any memory.

A cell at XFD1048576 makes the reader allocate the whole sheet, and a zip unpacks to a thousand times its size; the
reader then ends its process. So that is not ours.
"""

import io
import json
import resource
import subprocess
import sys
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final

from libs.common.settings import ROOT
from libs.common.table import HEADER_WITHIN, Cell, Sheet, plain_header

MOST_MEMORY: Final = 2 * 1024**3  # bytes; two hundred thousand rows of twenty columns need half of it
MOST_TOLD: Final = 256 * 1024**2  # bytes that come back; what unpacks to more is no list of firms
LONGEST: Final = 120  # seconds; two hundred thousand rows on a busy machine take one minute


class WorkbookUnreadable(ValueError):
    """No workbook, a broken or an encrypted one, or one that asks for too much."""


def read_first_sheet(content: bytes) -> list[list[Cell]]:
    """The rows of the first sheet that shows anything; slow. Raises WorkbookUnreadable."""
    return read_best_sheet(content).rows


def read_best_sheet(content: bytes, headers: Collection[str] = ()) -> Sheet:
    """The sheet of an XLSX, XLS or ODS file that has most of these headers, else the first one that shows anything.

    Hidden sheets count only where all are hidden. Slow. Raises WorkbookUnreadable.
    """
    try:
        done = subprocess.run(  # noqa: S603 - this very file
            [sys.executable, "-m", __name__, *headers],
            input=content, capture_output=True, timeout=LONGEST, check=True, cwd=ROOT,
        )  # fmt: skip
        # A row at a time, so that other threads have their turn.
        first, *rows = (json.loads(line, object_hook=_day) for line in done.stdout.split(b"\n"))
        return Sheet(rows, *first)
    except (subprocess.SubprocessError, ValueError) as error:
        raise WorkbookUnreadable from error


def _day(value: dict[str, str]) -> date:
    return datetime.fromisoformat(value["moment"]) if "moment" in value else date.fromisoformat(value["day"])


def _told(value: object) -> object:
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, date) else str(value)


def _main(content: bytes, headers: Collection[str]) -> list[list[object]]:
    from python_calamine import CalamineWorkbook, SheetVisibleEnum  # noqa: PLC0415 - for the process of its own alone

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    every = book.sheets_metadata
    shown = [sheet.name for sheet in every if sheet.visible == SheetVisibleEnum.Visible] or book.sheet_names
    best, most, of = ("", list[list[Any]]()), -1, 0
    for name in shown:
        rows: list[list[Any]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if not rows:
            continue
        of += 1
        known = max(_known(row, headers) for row in rows[:HEADER_WITHIN])
        if known > most:
            best, most = (name, rows), known
    return [[best[0], of], *best[1]]


def _known(row: Sequence[object], headers: Collection[str]) -> int:
    return len({plain for cell in row if (plain := plain_header(str(cell))) in headers})


if __name__ == "__main__":
    rows = _main(sys.stdin.buffer.read(), set(sys.argv[1:]))
    told = b"\n".join(json.dumps(row, default=_told, ensure_ascii=False).encode() for row in rows)
    if len(told) > MOST_TOLD:
        sys.exit("too large")
    sys.stdout.buffer.write(told)
