"""A stage of a test's own: private servers, databases and ports below a temporary folder, and nothing shared."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local.machine import ROOT
from deploy.local.servers import ensure_servers
from deploy.local.theatre import Theatre


@contextmanager
def staged(home: Path) -> Iterator[Theatre]:
    """Everything runs; it ends with the block, servers too."""
    packages = ROOT / ".local" / "packages"  # what was unpacked once need not be fetched again
    packages.mkdir(parents=True, exist_ok=True)
    (home / ".local").mkdir()
    (home / ".local" / "packages").symlink_to(packages)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SUNLOT_POSTGRES_URL", "SUNLOT_AMQP_URL"):
            patch.delenv(name, raising=False)
        servers = ensure_servers(home, durable=False)
        try:
            theatre = Theatre(servers, home / "stage")
            try:
                theatre.start()
                yield theatre
            finally:
                theatre.stop()
        finally:
            servers.stop()
