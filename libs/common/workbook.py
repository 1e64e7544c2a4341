"""The first sheet of somebody's workbook, read in a process of its own: a small file can ask for any memory.

A cell at XFD1048576 makes the reader allocate the whole sheet, and a zip unpacks to a thousand times its size; the
reader then ends its process. So that is not ours.
"""

import io
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, TypeAlias

from libs.common.settings import ROOT

Cell: TypeAlias = "str | int | float | bool | date | None"

MOST_MEMORY: Final = 2 * 1024**3  # bytes; two hundred thousand rows of twenty columns need half of it
MOST_TOLD: Final = 256 * 1024**2  # bytes that come back; what unpacks to more is no list of firms
LONGEST: Final = 120  # seconds; two hundred thousand rows on a busy machine take one minute


class WorkbookUnreadable(ValueError):
    """No workbook, a broken or an encrypted one, or one that asks for too much."""


def read_first_sheet(content: bytes) -> list[list[Cell]]:
    """The rows of an XLSX, XLS or ODS file from its first row on; slow. Raises WorkbookUnreadable."""
    try:
        done = subprocess.run(  # noqa: S603 - this very file
            [sys.executable, "-m", __name__], input=content, capture_output=True, timeout=LONGEST, check=True, cwd=ROOT
        )
        rows: list[list[Cell]] = json.loads(done.stdout, object_hook=_day)
    except (subprocess.SubprocessError, ValueError) as error:
        raise WorkbookUnreadable from error
    return rows


def _day(value: dict[str, str]) -> date:
    return datetime.fromisoformat(value["moment"]) if "moment" in value else date.fromisoformat(value["day"])


def _told(value: object) -> object:
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, date) else str(value)


def _main(content: bytes) -> Sequence[Sequence[object]]:
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - for the process of its own alone

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    return sheet.to_python(skip_empty_area=False)


if __name__ == "__main__":
    told = json.dumps(_main(sys.stdin.buffer.read()), default=_told, ensure_ascii=False).encode()
    if len(told) > MOST_TOLD:
        sys.exit("too large")
    sys.stdout.buffer.write(told)
