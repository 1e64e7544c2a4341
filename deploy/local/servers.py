"""PostgreSQL and RabbitMQ for one machine without Docker: private, below .local/, or those you name.

    python -m deploy.local.servers start|stop|status|env [--test]

`SUNLOT_POSTGRES_URL` and `SUNLOT_AMQP_URL` win over the private servers, each for itself. `--test` takes the
servers of the tests, which forget everything when the machine falls and never touch the demo's data.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.local.machine import ROOT, CannotStart, State, locked, say
from deploy.local.postgres import Postgres
from deploy.local.rabbitmq import RabbitMQ

POSTGRES_URL, AMQP_URL = "SUNLOT_POSTGRES_URL", "SUNLOT_AMQP_URL"


@dataclass(frozen=True)
class Servers:
    """The two servers that everything runs on, private or named by the user."""

    postgres_url: str
    amqp_url: str
    _profile: Profile

    def pids(self) -> dict[str, int]:
        """Process ids of the private servers that run, by `postgres` and `rabbitmq`."""
        return self._profile.pids()

    def stop(self) -> None:
        """Stop the private servers; those the user named are never touched."""
        self._profile.stop()

    def environment(self) -> dict[str, str]:
        """The two variables that make other programs use these servers."""
        return {POSTGRES_URL: self.postgres_url, AMQP_URL: self.amqp_url}


class Profile:
    """One pair of private servers in one folder: `.local/demo` keeps its data, `.local/test` may lose it."""

    def __init__(self, root: Path, *, durable: bool) -> None:
        self.home = root / ".local" / ("demo" if durable else "test")
        self._unpacked = root / ".local" / "packages"
        self._durable = durable

    def start(self) -> Servers:
        """Start what the user does not name and what does not run."""
        named = {name: os.environ[name] for name in (POSTGRES_URL, AMQP_URL) if os.environ.get(name)}
        if len(named) == 2:
            return Servers(named[POSTGRES_URL], named[AMQP_URL], self)
        (self.home / "log").mkdir(parents=True, exist_ok=True)
        with locked(self.home / "lock", "PostgreSQL, RabbitMQ"):
            postgres, rabbitmq = self._servers()
            starts = [
                server.start for name, server in ((POSTGRES_URL, postgres), (AMQP_URL, rabbitmq)) if name not in named
            ]
            with ThreadPoolExecutor() as together:
                for done in [together.submit(start) for start in starts]:
                    done.result()
            return Servers(named.get(POSTGRES_URL) or postgres.url, named.get(AMQP_URL) or rabbitmq.url, self)

    def stop(self) -> None:
        """Stop both, in order."""
        if not self.home.exists():
            return
        with locked(self.home / "lock", "PostgreSQL, RabbitMQ"):
            for server in self._servers():
                server.stop()

    def pids(self) -> dict[str, int]:
        """Process ids of those that run and answer."""
        if not self.home.exists():
            return {}
        postgres, rabbitmq = self._servers()
        found = {"postgres": postgres.pid(), "rabbitmq": rabbitmq.pid()}
        return {name: pid for name, pid in found.items() if pid is not None}

    def _servers(self) -> tuple[Postgres, RabbitMQ]:
        state = State.load(self.home / "servers.json")
        return (
            Postgres(self.home, state, durable=self._durable),
            RabbitMQ(self.home, state, unpacked=self._unpacked),
        )


def ensure_servers(root: Path = ROOT, *, durable: bool = True) -> Servers:
    """Running servers for the checkout at `root`, reused or started; `durable=False` for tests."""
    return Profile(root, durable=durable).start()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.servers", description=__doc__)
    parser.add_argument("command", choices=["start", "stop", "status", "env"])
    parser.add_argument("--test", action="store_true", help="the servers of the tests")
    arguments = parser.parse_args()
    profile = Profile(ROOT, durable=not arguments.test)
    if arguments.command == "stop":
        profile.stop()
        return 0
    if arguments.command == "status":
        pids = profile.pids()
        for name in ("postgres", "rabbitmq"):
            print(f"{name:9} {f'running, pid {pids[name]}' if name in pids else 'stopped'}")
        return 0 if len(pids) == 2 else 3
    began = time.monotonic()
    servers = profile.start()
    if arguments.command == "env":
        for name, value in servers.environment().items():
            print(f"export {name}={shlex.quote(value)}")
    else:
        took = time.monotonic() - began
        say(f"      PostgreSQL and RabbitMQ are ready, {took:.1f} s (数据库和消息队列已就绪)")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotStart as reason:
        sys.exit(f"\n{reason}")
