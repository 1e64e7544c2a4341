"""`make bench`: runs the sections, keeps what they gave, writes the report, and leaves nothing behind."""

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from deploy.local.machine import ROOT
from tests.benchmarks.fairness import ALARM
from tests.benchmarks.machine import Machine, this_machine
from tests.benchmarks.measure import Failed, Line
from tests.benchmarks.pools import drop_pools, plain_url
from tests.benchmarks.report import met, report
from tests.benchmarks.steps import SIZED, UNSIZED, Place, Step

KEPT = ROOT / ".local" / "bench"
REPORT = ROOT / "docs" / "benchmarks.md"
SIZES = {"1m": (1_000_000,), "10m": (10_000_000,), "all": (1_000_000, 10_000_000)}
NAMES = {0: "general", 1_000_000: "1m", 10_000_000: "10m"}
ORDERS, SECONDS = 2_000, {"10m": 60, "all": 300}  # of the intake: as fast as they go; at a steady rate, else 20
NAMES_ERROR = re.compile(r"[A-Za-z_][\w.]*(Error|Failed|Exception|Interrupt|Exit)\b")
STALE = 3 * 3600  # seconds after which an interrupted run is begun anew


class Run:
    """One size's results in one file, so that what was interrupted goes on where it stopped."""

    def __init__(self, kept: Path, rows: int, machine: Machine, *, keep: bool) -> None:
        self.rows = rows
        self.name = NAMES.get(rows, str(rows))
        self.folder = kept / self.name
        self._file = kept / f"{self.name}.json"
        self.document: dict[str, Any] = {}
        if self._file.exists():
            self.document = json.loads(self._file.read_text("utf-8"))
        if not self.document or not (keep or self._interrupted()):
            self.document = {"name": self.name, "rows": rows, "started": datetime.now(UTC).isoformat(), "sections": {},
                             "facts": {}, "finished": False}  # fmt: skip
            self.document |= {"machine": machine.document(), "version": _version()}

    def _interrupted(self) -> bool:
        began = datetime.fromisoformat(self.document["started"])
        return not self.document["finished"] and (datetime.now(UTC) - began).total_seconds() < STALE

    def done(self, key: str) -> bool:
        """Whether a section was finished before the interruption."""
        return "lines" in self.document["sections"].get(key, {})

    def pending(self, only: Collection[str]) -> list[str]:
        """The sections to run, in order: those asked for or not done yet, and what they build on."""
        steps = SIZED if self.rows else UNSIZED
        asked = {key for key in steps if (key in only if only else not self.done(key))}
        if "verify" in asked and not (self.folder / "certificate.json").exists():
            asked.add("select")
        if "select" in asked:
            asked.add("freeze")  # a draw is drawn once
        return [key for key in steps if key in asked]

    def save(self) -> None:
        """Write the results, whole or not at all."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self.document, ensure_ascii=False, indent=1) + "\n", "utf-8")
        fresh.replace(self._file)

    def take(self, key: str, step: Step, place: Place) -> bool:
        """Run one section and keep what it gave; False when it failed."""
        began = time.monotonic()
        self.document |= {"machine": place.machine.document(), "version": _version()}
        try:
            lines = step.run(place)
        except (Failed, AssertionError, OSError, KeyError, asyncpg.PostgresError) as error:
            self.document["sections"][key] = {"failed": _in_short(error)}
            say(traceback.format_exc())
        else:
            self.document["sections"][key] = {"lines": [line.document() for line in lines]}
            self.document["facts"] = place.facts
            tell(lines)
        self.save()
        say(f"      {time.monotonic() - began:.0f} s")
        return "lines" in self.document["sections"][key]


def _in_short(error: Exception) -> str:
    """One line for the report: of another process's traceback the line that names the error."""
    named = [line for line in str(error).splitlines() if NAMES_ERROR.match(line)]
    return (named[-1] if named else str(error) or repr(error)).strip()[:300]


def say(text: str) -> None:
    """Progress, for whoever waits."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - a program at a terminal


def tell(lines: list[Line]) -> None:
    """What was measured, at once; the report comes at the end."""
    for line in lines:
        seconds = "" if line.seconds is None else f"{line.seconds:9.3f} s"
        memory = "" if line.mib is None else f"{line.mib:7.0f} MiB"
        chance = "" if line.p is None else f"  p = {line.p:.3g}"
        missed = [f"  ✗ {goal[0]} {goal[1]} {goal[2]:g}" for goal in line.goals if met(goal, line, lines) is False]
        say(f"      {seconds:>11} {memory:>11}{chance}  {line.what}{''.join(missed)}")


def _version() -> str:
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or "?"


def _postgres_version(server_url: str) -> str:
    async def ask() -> str:
        connection = await asyncpg.connect(plain_url(server_url, "postgres"))
        version: str = await connection.fetchval("show server_version")
        await connection.close()
        return version.split(" ", maxsplit=1)[0]

    return asyncio.run(ask())


def bench(arguments: argparse.Namespace) -> int:
    """Run what was asked for; 1 when a section failed."""
    server_url = arguments.server
    machine = this_machine(_postgres_version(server_url))
    say(f"[bench] {machine.cores} × {machine.model}, SHA-256 block {machine.block_ns:.1f} ns")
    sizes = SIZES.get(arguments.size) or (int(arguments.size),)
    runs = [Run(arguments.kept, rows, machine, keep=bool(arguments.only)) for rows in (0, *sizes)]
    wanted = [(run, key) for run in runs for key in run.pending(arguments.only or ())]
    fine = True
    for number, (run, key) in enumerate(wanted, 1):
        step = (SIZED | UNSIZED)[key]
        say(f"[{number}/{len(wanted)}] {run.name}: {step.title}")
        facts = dict(run.document["facts"]) | {"intake": (ORDERS, SECONDS.get(arguments.size, 20))} | arguments.facts
        fine &= run.take(key, step, Place(server_url, machine, run.rows, run.folder, facts))
    for run in runs:
        run.document["finished"] = True
        run.save()
        if not arguments.keep:
            shutil.rmtree(run.folder, ignore_errors=True)
    if not arguments.keep:
        drop_pools(server_url, sizes)
    write(arguments.kept, arguments.report, {*NAMES, *sizes})
    return 0 if fine else 1


def write(kept: Path, file: Path, sizes: Collection[int]) -> None:
    """The report of what was measured here last for each of the sizes, small pools first."""
    found = (json.loads(each.read_text("utf-8")) for each in kept.glob("*.json"))
    runs = sorted((run for run in found if run["rows"] in sizes), key=lambda run: int(run["rows"]))
    parts = {key: (step.title, step.about) for key, step in (SIZED | UNSIZED).items()}
    file.write_text(report(parts, runs, ALARM), "utf-8")
    say(f"[bench] {file}")


def main(words: list[str] | None = None) -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--size", default="1m", help="1m, 10m, all, or a number of rows")
    parser.add_argument("--only", nargs="+", choices=[*SIZED, *UNSIZED], help="these sections, beside what is known")
    parser.add_argument("--keep", action="store_true", help="leave the databases and files")
    parser.add_argument("--server", default=os.environ.get("SUNLOT_POSTGRES_URL"), help="a PostgreSQL of your own")
    parser.add_argument("--kept", type=Path, default=KEPT, help=argparse.SUPPRESS)
    parser.add_argument("--report", type=Path, default=REPORT, help=argparse.SUPPRESS)
    parser.set_defaults(facts={})
    arguments = parser.parse_args(words)
    if not arguments.server:
        parser.error("SUNLOT_POSTGRES_URL is missing; `make bench` starts a server and sets it")
    return bench(arguments)
