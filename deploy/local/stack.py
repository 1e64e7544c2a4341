"""The five services and the gateway, wired to one PostgreSQL and one RabbitMQ on one machine."""

from __future__ import annotations

import base64
import json
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from joserfc.jwk import OKPKey

from deploy.local.machine import ROOT, State
from deploy.local.processes import Processes, Program
from deploy.local.servers import Servers


class Secret(StrEnum):
    """How a secret is made when there is none yet."""

    PRIVATE_KEY = "private_key"  # Ed25519 private key, a JWK in JSON
    RANDOM = "random"  # 32 random bytes, hexadecimal
    FIELD_KEYS = "field_keys"  # {key id: base64 of 32 random bytes} in JSON


# What only one service is told. compose.yaml and secrets.sh say the same, and a test compares them.
SECRETS: Mapping[str, Mapping[str, Secret]] = {
    "registry": {
        "SUNLOT_SESSION_PRIVATE_KEY": Secret.PRIVATE_KEY,
        "SUNLOT_FIRST_ADMIN_PASSWORD": Secret.RANDOM,
    },
    "trigger": {"SUNLOT_FIELD_KEYS": Secret.FIELD_KEYS},
    "draw": {},
    "inspection": {},
    "publicity": {"SUNLOT_LOG_KEY": Secret.RANDOM},
}
SERVICES = tuple(SECRETS)


@dataclass(frozen=True)
class Vault:
    """Secrets made on first use and kept in a file that only its owner may read."""

    file: Path

    def get(self, name: str, kind: Secret) -> str:
        """The secret `name`, made if there is none."""
        known: dict[str, str] = json.loads(self.file.read_text()) if self.file.exists() else {}
        if name not in known:
            known[name] = _MAKERS[kind]()
            self.file.touch(mode=0o600)
            self.file.write_text(json.dumps(known, indent=1))
        return known[name]


def new_private_key() -> str:
    """A new Ed25519 private key as JWK (RFC 8037) in JSON."""
    return json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=True))


def new_field_keys() -> str:
    """A first key for encrypting fields, under the id 1."""
    return json.dumps({"1": base64.b64encode(secrets.token_bytes(32)).decode()})


_MAKERS = {
    Secret.PRIVATE_KEY: new_private_key,
    Secret.RANDOM: lambda: secrets.token_hex(32),
    Secret.FIELD_KEYS: new_field_keys,
}


def public_key(private_jwk: str) -> str:
    """The public half of a private JWK, in JSON."""
    return json.dumps(OKPKey.import_key(json.loads(private_jwk)).as_dict(private=False))


def database_url(postgres_url: str, service: str) -> str:
    """SQLAlchemy's address of a service's own database, on the server that `postgres_url` names."""
    parts = urlsplit(postgres_url)
    return urlunsplit(("postgresql+asyncpg", parts.netloc, f"/sunlot_{service}", parts.query, ""))


class Stack:
    """Everything that runs: `home` holds ports, secrets and logs; `extra` is more environment, by service."""

    def __init__(
        self,
        servers: Servers,
        home: Path = ROOT / ".local" / "demo",
        *,
        gateway_port: int | None = None,
        extra: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.processes = Processes(home)
        # An earlier run that was killed may still hold the ports that we want.
        self.processes.end_leftovers()
        self._servers = servers
        self._vault = Vault(home / "secrets.json")
        self._state = State.load(home / "ports.json")
        self._extra = extra or {}
        self._ports = {name: self._state.free_port(name) for name in SERVICES}
        gateway = gateway_port or self._state.free_port("gateway")
        self.url = f"http://127.0.0.1:{gateway}"
        self._gateway = self._gateway_program(gateway)

    def environment(self, service: str) -> dict[str, str]:
        """What `service` is told; the same names as in compose.yaml."""
        session = self._vault.get("SUNLOT_SESSION_PRIVATE_KEY", Secret.PRIVATE_KEY)
        common = {
            "SUNLOT_DATABASE_URL": database_url(self._servers.postgres_url, service),
            "SUNLOT_AMQP_URL": self._servers.amqp_url,
            "SUNLOT_HOST": "127.0.0.1",
            "SUNLOT_PORT": str(self._ports[service]),
            "SUNLOT_PUBLIC_URL": self.url,
            "SUNLOT_SESSION_PUBLIC_KEY": public_key(session),
        }
        own = {name: self._vault.get(name, kind) for name, kind in SECRETS[service].items()}
        return common | own | dict(self._extra.get(service, {}))

    def service_url(self, service: str) -> str:
        """A service's own address, behind the gateway."""
        return f"http://127.0.0.1:{self._ports[service]}"

    def program(self, service: str, command: str = "all") -> Program:
        """`python -m services.<service> <command>` with its environment."""
        return Program(
            name=service if command == "all" else f"{service}-{command}",
            command=(sys.executable, "-m", f"services.{service}", command),
            environment=self.environment(service),
            ready_url=f"{self.service_url(service)}/readyz" if command in {"all", "serve"} else "",
        )

    def _gateway_program(self, port: int) -> Program:
        upstreams = {f"SUNLOT_UPSTREAM_{name.upper()}": self.service_url(name) for name in SERVICES}
        return Program(
            name="gateway",
            command=(sys.executable, "-m", "deploy.local.gateway"),
            environment={"SUNLOT_HOST": "127.0.0.1", "SUNLOT_PORT": str(port)} | upstreams,
            ready_url=f"{self.url}/healthz",
        )

    def migrate(self) -> None:
        """Bring every database and the broker to this version; raises CannotStart with the log's end."""
        self.processes.run(*(self.program(name, "migrate") for name in SERVICES))

    def start(self) -> None:
        """Start the services and the gateway, and return when all are ready."""
        self.processes.start(*(self.program(name) for name in SERVICES), self._gateway)
        self.processes.wait_ready()

    def stop(self) -> None:
        """End the services and the gateway; the servers go on."""
        self.processes.stop()
