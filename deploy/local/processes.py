"""Child processes with logs of their own: started, waited for until ready, watched, killed, ended in order."""

from __future__ import annotations

import os
import threading
import time
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from types import TracebackType
from urllib.error import URLError

from deploy.local.machine import ROOT, CannotStart, State, detach, say, tail

STARTS_IN_A_ROW = 5
LASTED = 30.0  # seconds; a process that lived this long did not die of its start


@dataclass(frozen=True)
class Program:
    """What to run: `environment` comes on top of ours; `ready_url` answers 200 once it can be used."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_url: str = ""


@dataclass
class _Child:
    program: Program
    process: Popen[bytes]
    began: float
    starts: int = 1


class Processes:
    """A set of running programs. As a context manager it ends them all when the block ends."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._logs = home / "log"
        # Children outlive a parent that was killed: the next run finds and ends them by this file.
        self._state = State.load(home / "processes.json")
        self._children: dict[str, _Child] = {}
        self._turn = threading.RLock()
        self._ending = threading.Event()
        self._watcher: threading.Thread | None = None

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def log(self, name: str) -> Path:
        """Where a program's words go."""
        return self._logs / f"{name}.log"

    def pid(self, name: str) -> int:
        """Process id of a program that was started."""
        return self._children[name].process.pid

    def alive(self, name: str) -> bool:
        """Whether a program that was started still runs."""
        return self._children[name].process.poll() is None

    def end_leftovers(self) -> None:
        """End what an earlier run of ours left running because it was killed itself."""
        for name in list(self._state.running):
            if left := self._state.forget(name):
                left.end(patience=15)

    def start(self, *programs: Program) -> None:
        """Start programs; each must not be running."""
        with self._turn:
            for program in programs:
                known = self._children.get(program.name)
                if known and known.process.poll() is None:
                    raise ValueError(f"{program.name} already runs")
                self._launch(program)

    def _launch(self, program: Program) -> _Child:
        process = detach(
            list(program.command),
            log=self.log(program.name),
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.environment},
            folder=ROOT,
        )
        child = self._children[program.name] = _Child(program, process, time.monotonic())
        self._state.remember(program.name, process.pid)
        return child

    def wait_ready(self, names: Iterable[str] | None = None, *, seconds: float = 60) -> None:
        """Return when every named program answers its `ready_url`; raises CannotStart when one ends or is late."""
        limit = time.monotonic() + seconds
        for name in list(self._children) if names is None else names:
            url = self._children[name].program.ready_url
            while url and not answers_ok(url):
                if not self.alive(name) and self._watcher is None:
                    raise self._failure(name, zh="已退出", en="has ended")
                if time.monotonic() > limit:
                    raise self._failure(name, zh="未能就绪", en="is not ready in time")
                time.sleep(0.05)

    def _failure(self, name: str, *, zh: str, en: str) -> CannotStart:
        log = self.log(name)
        return CannotStart(zh=f"{name} {zh}，日志：{log}", en=f"{name} {en}, its log: {log}", detail=tail(log))

    def run(self, *programs: Program, seconds: float = 120) -> None:
        """Run programs side by side to their end; raises CannotStart unless every one ends with 0."""
        self.start(*programs)
        limit = time.monotonic() + seconds
        for program in programs:
            child = self._children[program.name]
            try:
                code: int | None = child.process.wait(max(0.1, limit - time.monotonic()))
            except TimeoutExpired:
                child.process.kill()
                code = None
            del self._children[program.name]
            self._state.forget(program.name)
            if code != 0:
                raise self._failure(program.name, zh="执行失败", en="failed")

    def kill(self, name: str) -> None:
        """SIGKILL, as a machine that falls would; returns when it is gone."""
        process = self._children[name].process
        process.kill()
        process.wait()

    def restart(self, name: str) -> None:
        """Start a program again that has ended."""
        self.start(self._children[name].program)

    def watch(self) -> None:
        """From now on start again what ends by itself; give up on a program that ends at once five times."""
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="watch", daemon=True)
            self._watcher.start()

    def _watch(self) -> None:
        while not self._ending.wait(0.5):
            with self._turn:
                for child in list(self._children.values()):
                    if child.process.poll() is not None:
                        self._revive(child)

    def _revive(self, child: _Child) -> None:
        starts = 1 if time.monotonic() - child.began > LASTED else child.starts + 1
        if starts > STARTS_IN_A_ROW:
            return
        say(f"      {child.program.name} ended with {child.process.returncode}, starting it again (正在重新启动)")
        self._launch(child.program).starts = starts

    def stop(self) -> None:
        """End every program: 20 s to finish what it has in hand, then SIGKILL."""
        self._ending.set()
        if self._watcher is not None:
            self._watcher.join()
        with self._turn:
            for child in self._children.values():
                if child.process.poll() is None:
                    child.process.terminate()
            limit = time.monotonic() + 20
            for name, child in list(self._children.items()):
                try:
                    child.process.wait(max(0.1, limit - time.monotonic()))
                except TimeoutExpired:
                    child.process.kill()
                    child.process.wait()
                self._state.forget(name)
            self._children.clear()


def answers_ok(url: str) -> bool:
    """Whether `url` answers 200 within two seconds."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 (addresses of our own)
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
