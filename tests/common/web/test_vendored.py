"""What others wrote is what they published."""

import hashlib
from pathlib import Path

from libs.common.web.assets import SHARED_STATIC

LIST = Path(SHARED_STATIC).parent / "VENDORED.md"
OURS = {"sunlot.css", "sunlot.svg"}


def rows() -> dict[str, str]:
    lines = [line for line in LIST.read_text("utf-8").splitlines() if line.startswith("| ")][2:]
    return {cells[0]: cells[-1] for line in lines if (cells := [cell.strip() for cell in line.strip("|").split("|")])}


def test_every_vendored_file_matches_its_checksum() -> None:
    found = {name: hashlib.sha256((SHARED_STATIC / name).read_bytes()).hexdigest() for name in rows()}
    assert found == rows()


def test_every_static_file_is_ours_or_listed() -> None:
    assert {path.name for path in SHARED_STATIC.iterdir()} == OURS | set(rows())
