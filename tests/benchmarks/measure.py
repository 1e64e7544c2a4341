"""Time and memory of one piece of work in a process of its own, and the lines that a benchmark is made of."""

import multiprocessing.connection
import resource
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

import psutil

P = ParamSpec("P")
T = TypeVar("T")

LOOK = 0.1  # seconds between looks at the memory: psutil needs some milliseconds for a tree
START = "spawn"  # a process that has imported nothing but what the work needs
TOO_LONG = 600  # seconds for one piece of work
MIB = 1 << 20


class Failed(Exception):
    """The work ended with an error, or did not end in time; the text is for whoever runs the benchmark."""


class Watch:
    """Adds up the time between `with watch:` and its end, in seconds, so that preparations cost nothing."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> "Watch":
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds += time.perf_counter() - self._began


@dataclass(frozen=True, slots=True)
class Measured:
    """What a piece of work gave, how long its watch ran, and the most memory that its processes held together."""

    value: Any
    seconds: float
    peak_mib: float


Goal: TypeAlias = tuple[str, str, float]  # what ("s", "×", "MiB", "p"), "≤" or "≥" or "<", how much


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: what was done, to how many rows, in which time and memory, and what was aimed at."""

    what: str
    rows: int
    seconds: float | None = None
    mib: float | None = None
    p: float | None = None
    base: bool = False  # of this section and number of rows, the line whose time is 1 ×
    goals: tuple[Goal, ...] = ()
    note: str = ""
    compared: bool = True  # whether the base does the same work

    def document(self) -> dict[str, Any]:
        """The line as kept in JSON."""
        return asdict(self)


def line_from(document: dict[str, Any]) -> Line:
    """Read back a line."""
    return Line(**{**document, "goals": tuple((what, sign, bound) for what, sign, bound in document["goals"])})


def apart(work: Callable[Concatenate[Watch, P], T], *args: P.args, **kwargs: P.kwargs) -> Measured:
    """Run `work(watch, …)` in a fresh process; it and the processes that it starts are watched. Raises Failed."""
    context = get_context("spawn") if START == "spawn" else get_context("forkserver")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(theirs, work, args, kwargs))
    process.start()
    theirs.close()
    try:
        return _follow(process.pid or 0, ours)
    except EOFError as error:
        process.join()
        raise Failed(f"the process ended with {process.exitcode}") from error
    finally:
        _end(process)


def best_of(times: int, work: Callable[Concatenate[Watch, P], T], *args: P.args, **kwargs: P.kwargs) -> Measured:
    """The quickest of several runs of the same work: the others had to wait for something else. Raises Failed."""
    return min((apart(work, *args, **kwargs) for _ in range(times)), key=lambda each: each.seconds)


def _run(
    out: "multiprocessing.connection.Connection[Any, Any]",
    work: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    watch = Watch()
    try:
        value = work(watch, *args, **kwargs)
    except BaseException:  # noqa: BLE001 - whatever it was, the parent shows it
        out.send((None, 0.0, 0.0, traceback.format_exc()))
        return
    out.send((value, watch.seconds, _own_peak(), ""))


def _own_peak() -> float:
    """The most that this process itself held, in MiB, as the kernel counted it."""
    if (status := Path("/proc/self/status")).exists():
        # Not getrusage: on Linux that remembers what held the memory before this program was started.
        return next(int(line.split()[1]) for line in status.read_text("ascii").splitlines() if "VmHWM" in line) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MIB if sys.platform == "darwin" else peak / 1024


def _follow(pid: int, answer: "multiprocessing.connection.Connection[Any, Any]") -> Measured:
    peak = Peak(pid)
    with peak:
        if not answer.poll(TOO_LONG):
            raise Failed(f"not done after {TOO_LONG} s")
        value, seconds, own, problem = answer.recv()
    if problem:
        raise Failed(problem)
    return Measured(value, seconds, max(peak.mib, own))


def _end(process: BaseProcess) -> None:
    """End it, and what it left behind."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.join(5)
    if process.is_alive():
        process.kill()
        process.join()
    _, alive = psutil.wait_procs(family, timeout=5)
    for child in alive:
        child.kill()


class Peak:
    """Looks at a process and its descendants from time to time while its block runs."""

    def __init__(self, pid: int) -> None:
        self.mib = 0.0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.mib = max(self.mib, resident(self._pid))
            if self._over.wait(LOOK):
                return


def resident(pid: int) -> float:
    """Memory that a process and its descendants hold, in MiB; pages that they share count for each."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    found = 0
    for member in family:
        try:
            found += member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return found / MIB


def watched(watch: Watch, command: list[str], output: Path | None = None) -> int:
    """Run another program to its end and return its exit code; for use inside `apart`."""
    with watch, (output or Path("/dev/null")).open("wb") as out:
        return psutil.Popen(command, stdout=out).wait() or 0
