"""The one table of addresses that every gateway, on one machine or in containers, goes by."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Routes:
    """Prefix → service, and where a visitor without an address is sent."""

    home: str
    prefixes: Mapping[str, str]

    def __post_init__(self) -> None:
        for prefix in (*self.prefixes, self.home.rstrip("/")):
            if not re.fullmatch(r"(/[a-z0-9_-]+)+", prefix):
                raise ValueError(f"{prefix!r} is no prefix: lower-case segments that begin with / are")

    def longest_first(self) -> list[tuple[str, str]]:
        """(prefix, service), the more special before the more general."""
        return sorted(self.prefixes.items(), key=lambda route: (-len(route[0]), route[0]))

    def service_for(self, path: str) -> str | None:
        """The service that answers `path`, None if nobody does."""
        for prefix, service in self.longest_first():
            rest = path.removeprefix(prefix)
            if path.startswith(prefix) and (not rest or rest[0] in "/."):
                return service
        return None

    def services(self) -> list[str]:
        """Every service that can be reached, sorted."""
        return sorted(set(self.prefixes.values()))


def read_routes(file: Path = FOLDER / "routes.toml") -> Routes:
    """The table in `routes.toml`; raises ValueError for a prefix that is none."""
    table = tomllib.loads(file.read_text("utf-8"))
    return Routes(home=table["home"], prefixes=table["prefixes"])
