"""How long the published verify.py takes for a draw of this size, run as anybody would run it."""

import sys
from pathlib import Path

import psutil

from deploy.local.machine import ROOT
from tests.benchmarks.measure import Line, Watch, best_of, watched

PROGRAM = ROOT / "services" / "draw" / "public" / "verify.py"
QUICK_ROWS, QUICK_SECONDS = 1_000_000, 3.0
WITH_OFFICERS = 1_000_000  # beyond it, minutes of plain Python
BYTES_A_ROW = 600


def _verify(watch: Watch, folder: Path, *more: str) -> int:
    files = [str(folder / "certificate.json"), str(folder / "pool.tsv")]
    return watched(watch, [sys.executable, str(PROGRAM), *files, *more], folder / "verify.txt")


def lines(folder: Path, rows: int) -> list[Line]:
    """Pool, tickets and selection; then the officers too."""
    found = []
    ways: dict[str, tuple[str, ...]] = {"名录、票号、入选 pool, tickets, selection": ()}
    if psutil.virtual_memory().available < rows * BYTES_A_ROW:
        return [Line("verify.py", rows, note="内存不足 too little memory for the whole pool as text")]
    if rows <= WITH_OFFICERS:
        ways["连同派人 officers too"] = ("--officers", str(folder / "officers.json"))
    for what, more in ways.items():
        measured = best_of(2 if rows <= QUICK_ROWS else 1, _verify, folder, *more)
        assert measured.value == 0, (folder / "verify.txt").read_text("utf-8")
        quick = rows == QUICK_ROWS and not more
        goals = (("s", "≤", QUICK_SECONDS),) if quick else ()
        found.append(Line(f"verify.py：{what}", rows, measured.seconds, measured.peak_mib, goals=goals))
    return found
