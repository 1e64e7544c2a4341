"""A private RabbitMQ in a folder of ours, on a port of its own, for one machine without Docker."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local.debian import unpack_rabbitmq
from deploy.local.machine import CannotStart, State, detach, say, tail, wait_until

USER = "sunlot"
PATTERNS = (
    "usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server",  # Debian, Ubuntu, Fedora
    "opt/rabbitmq/sbin/rabbitmq-server",  # the generic archive
    "opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server",
    "usr/local/opt/rabbitmq/sbin/rabbitmq-server",
)
AMQP_HEADER = b"AMQP\x00\x00\x09\x01"
METHOD_FRAME = 1

# Queues stay small on one machine: 64 MiB of write-ahead log instead of 512.
CONFIG = """\
listeners.tcp.1 = 127.0.0.1:{port}
default_user = {user}
default_pass = {password}
raft.wal_max_size_bytes = 67108864
disk_free_limit.absolute = 200MB
log.file.level = info
"""


@dataclass(frozen=True)
class Installation:
    """A broker's start script, and the folder of its Erlang's programs when that is not the machine's."""

    script: Path
    erlang: Path | None

    def path(self) -> str:
        return os.pathsep.join([*([str(self.erlang)] if self.erlang else []), os.environ.get("PATH", os.defpath)])

    def epmd(self) -> str | None:
        return shutil.which("epmd", path=self.path()) or next(map(str, _machine_epmds()), None)


def _machine_epmds() -> Iterator[Path]:
    for pattern in ("usr/lib/erlang/erts-*/bin/epmd", "usr/lib*/erlang/bin/epmd", "opt/homebrew/bin/epmd"):
        yield from Path("/").glob(pattern)


def find_installation(unpacked: Path) -> Installation:
    """The machine's RabbitMQ, else Debian's unpacked below `unpacked`; the system stays untouched."""
    for pattern in PATTERNS:
        for script in sorted(Path("/").glob(pattern), reverse=True):
            machine = Installation(script, None)
            if machine.epmd():
                return machine
    try:
        root = unpack_rabbitmq(unpacked)
    except CannotStart as reason:
        raise CannotStart(
            zh="需要 RabbitMQ 3.10 或更高版本。Debian/Ubuntu：apt-get install rabbitmq-server；"
            "macOS：brew install rabbitmq；或用环境变量 SUNLOT_AMQP_URL 指定已有的服务",
            en="RabbitMQ 3.10 or later is needed. Debian/Ubuntu: apt-get install rabbitmq-server; "
            "macOS: brew install rabbitmq; or name a server that you have in SUNLOT_AMQP_URL",
            detail=str(reason),
        ) from reason
    script = next(root.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server"))
    return Installation(script, root / "usr/lib/erlang/bin")


class RabbitMQ:
    """One private broker: `home` holds its data, its log and its cookie."""

    def __init__(self, home: Path, state: State, *, unpacked: Path) -> None:
        self._home, self._state, self._unpacked = home, state, unpacked
        self._base = home / "rabbitmq"
        self._log = home / "log" / "rabbitmq.log"

    @property
    def url(self) -> str:
        """DSN of the administrator, virtual host `/`."""
        return f"amqp://{USER}:{self._state.password('rabbitmq')}@127.0.0.1:{self._state.ports['amqp']}/"

    def pid(self) -> int | None:
        """Process id of the broker that runs and answers AMQP, else None."""
        broker = self._state.running.get("rabbitmq")
        if broker is None or not broker.alive() or not answers(self._state.ports["amqp"]):
            return None
        return broker.pid

    def start(self) -> bool:
        """Make it run; True if it had to be started."""
        if self.pid() is not None:
            return False
        self.stop()  # one that hangs, or an epmd that was left behind
        installation = find_installation(self._unpacked)
        for name in ("amqp", "dist", "epmd"):
            self._state.free_port(name)
        self._base.mkdir(exist_ok=True)
        environment = self._environment(installation)
        port = self._state.ports["amqp"]
        say(f"      RabbitMQ is starting on port {port}, about 10 s (正在启动消息队列，约 10 秒)")
        self._start_epmd(installation, environment)
        process = detach([str(installation.script)], log=self._log, env=environment)
        self._state.remember("rabbitmq", process.pid)
        wait_until(lambda: process.poll() is not None or answers(port), seconds=120)
        if process.poll() is not None or not answers(port):
            self.stop()
            raise CannotStart(
                zh=f"RabbitMQ 未能启动，日志：{self._log}",
                en=f"RabbitMQ does not start, its log: {self._log}",
                detail=tail(self._log),
            )
        return True

    def stop(self) -> None:
        """End the broker in order, then the port mapper, which stays behind otherwise."""
        for name, patience in (("rabbitmq", 60), ("epmd", 5)):
            if running := self._state.forget(name):
                running.end(patience=patience)

    def _start_epmd(self, installation: Installation, environment: dict[str, str]) -> None:
        """Erlang's port mapper: the start script leaves it to systemd, and the node ends without one."""
        port = self._state.ports["epmd"]
        program = installation.epmd()
        if program is None:
            raise CannotStart(
                zh="找不到 Erlang 的 epmd 程序，请重新安装 Erlang",
                en="Erlang's epmd is missing: install Erlang again",
            )
        epmd = detach([program, "-port", str(port), "-address", "127.0.0.1"], log=self._log, env=environment)
        self._state.remember("epmd", epmd.pid)
        wait_until(lambda: _connects(port) or epmd.poll() is not None, seconds=10)
        if epmd.poll() is not None or not _connects(port):
            raise CannotStart(zh="Erlang 的 epmd 未能启动", en="Erlang's epmd does not start", detail=tail(self._log))

    def _environment(self, installation: Installation) -> dict[str, str]:
        config = self._base / "rabbitmq.conf"
        config.touch(mode=0o600)
        config.write_text(
            CONFIG.format(port=self._state.ports["amqp"], user=USER, password=self._state.password("rabbitmq"))
        )
        (self._base / "enabled_plugins").write_text("[].\n")
        ours = {
            "HOME": self._base,  # the cookie's place
            "PATH": installation.path(),
            "RABBITMQ_NODENAME": "sunlot@localhost",
            "RABBITMQ_MNESIA_BASE": self._base / "data",
            "RABBITMQ_LOG_BASE": self._home / "log" / "rabbitmq",
            "RABBITMQ_CONFIG_FILE": config,
            "RABBITMQ_ADVANCED_CONFIG_FILE": self._base / "advanced.config",
            "RABBITMQ_CONF_ENV_FILE": self._base / "rabbitmq-env.conf",
            "RABBITMQ_GENERATED_CONFIG_DIR": self._base / "generated",
            "RABBITMQ_SCHEMA_DIR": self._base / "schema",
            "RABBITMQ_ENABLED_PLUGINS_FILE": self._base / "enabled_plugins",
            "RABBITMQ_PID_FILE": self._base / "pid",
            "RABBITMQ_DIST_PORT": self._state.ports["dist"],
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RUNNING_UNDER_SYSTEMD": "1",  # the process that we start is the broker, not a shell around it
            "ERL_EPMD_PORT": self._state.ports["epmd"],
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "LANG": "C.UTF-8",
        }
        foreign = ("RABBITMQ_", "ERL_", "NOTIFY_SOCKET")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return kept | {name: str(value) for name, value in ours.items()}


def _connects(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False


def answers(port: int) -> bool:
    """Whether a broker at this port answers AMQP 0-9-1's header with its first method."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(AMQP_HEADER)
            return connection.recv(1) == bytes([METHOD_FRAME])
    except OSError:
        return False
