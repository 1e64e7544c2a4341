"""What starting any server on one machine needs: a private folder, a lock, free ports, living processes."""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
# Below Linux's ephemeral range (32768 and up), so that no outgoing connection takes a port that is ours.
FIRST_PORT, LAST_PORT = 20000, 32000


class CannotStart(Exception):
    """A server can't be had or doesn't start; the text says in Chinese and English what to do."""

    def __init__(self, *, zh: str, en: str, detail: str = "") -> None:
        super().__init__("\n".join(part for part in (zh, en, detail) if part))


def say(text: str) -> None:
    """Tell the person at the terminal what is going on; standard output stays free for results."""
    print(text, file=sys.stderr, flush=True)


@dataclass
class Running:
    """A process that another run of ours started: its id, and its birth in case the id is given again."""

    pid: int
    born: float

    @classmethod
    def of(cls, pid: int) -> Running:
        return cls(pid, psutil.Process(pid).create_time())

    def alive(self) -> bool:
        try:
            process = psutil.Process(self.pid)
            return process.create_time() == self.born and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def end(self, *, patience: float) -> None:
        """Ask it to end, insist after `patience` seconds."""
        if not self.alive():
            return
        process = psutil.Process(self.pid)
        try:
            process.terminate()
            process.wait(patience)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(10)
        except psutil.NoSuchProcess:
            return


LETTING_GO = 3.0  # seconds that a port may stay held by a program that was just killed


@dataclass
class State:
    """What a profile remembers between runs: ports, passwords, the broker's processes."""

    path: Path
    ports: dict[str, int] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    running: dict[str, Running] = field(default_factory=dict)
    # The two servers start side by side and remember in one file.
    _turn: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @classmethod
    def load(cls, path: Path) -> State:
        if not path.exists():
            return cls(path)
        raw = json.loads(path.read_text())
        running = {name: Running(**process) for name, process in raw["running"].items()}
        return cls(path, raw["ports"], raw["passwords"], running)

    def password(self, name: str) -> str:
        """The password of `name`, made up on first use."""
        with self._turn:
            if name not in self.passwords:
                self.passwords[name] = secrets.token_urlsafe(24)
                self._save()
            return self.passwords[name]

    def remember(self, name: str, pid: int) -> None:
        """Keep a process that was just started, so that another run can find and end it."""
        with self._turn:
            self.running[name] = Running.of(pid)
            self._save()

    def forget(self, name: str) -> Running | None:
        """The process that was kept under `name`, which is forgotten."""
        with self._turn:
            known = self.running.pop(name, None)
            self._save()
            return known

    def free_port(self, name: str) -> int:
        """The remembered port of `name` if it is still free, else a new one, remembered."""
        with self._turn:
            port = self.ports.get(name)
            taken = {other for key, other in self.ports.items() if key != name}
            if port is not None and port not in taken:
                # Who was killed a moment ago may still hold it, and others know us by this port.
                remembered = port
                wait_until(lambda: _can_listen(remembered), seconds=LETTING_GO)
            while port is None or port in taken or not _can_listen(port):
                port = FIRST_PORT + secrets.randbelow(LAST_PORT - FIRST_PORT)
            if self.ports.get(name) != port:
                self.ports[name] = port
                self._save()
            return port

    def _save(self) -> None:
        data = {
            "ports": self.ports,
            "passwords": self.passwords,
            "running": {name: asdict(process) for name, process in self.running.items()},
        }
        draft = self.path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(data, indent=1))
        draft.replace(self.path)


def _can_listen(port: int) -> bool:
    with socket.socket() as probe:
        # A port in TIME_WAIT after our own server's end is free for that server.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@contextmanager
def locked(path: Path, waiting_for: str) -> Iterator[None]:
    """Hold a lock file, so that two starters at once do not both start; the lock ends with its holder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"      waiting for another run: {waiting_for} (另一个进程正在处理，请稍候)")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def wait_until(ready: Callable[[], bool], *, seconds: float, every: float = 0.1) -> bool:
    """Poll `ready` until it holds; False when `seconds` have passed without."""
    limit = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > limit:
            return False
        time.sleep(every)
    return True


# Python warns of a process whose last mention goes while it still runs, which here is the purpose.
_detached: list[subprocess.Popen[bytes]] = []


@atexit.register
def _let_go() -> None:
    for process in _detached:
        if process.poll() is None:
            process.returncode = 0


def detach(
    command: list[str], *, log: Path, env: Mapping[str, str] | None = None, folder: Path = Path("/")
) -> subprocess.Popen[bytes]:
    """Start a process that outlives us and hears no Ctrl-C of ours; its words go to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        process = subprocess.Popen(
            command,
            env=env,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    _detached.append(process)
    return process


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, for a message about a failure."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def is_root() -> bool:
    return os.geteuid() == 0
