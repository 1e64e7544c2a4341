from pathlib import Path

import pytest

from libs.common.cli import main
from libs.common.settings import ROOT, read_county_groups
from services.registry.app import SERVICE


def test_a_county_in_two_groups_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "counties.toml"
    file.write_text('[groups]\nall = ["410302", "410303"]\nlarge = ["410303"]\n', "utf-8")
    with pytest.raises(ValueError, match="410303"):
        read_county_groups(file)


def test_migrate_refuses_to_leave_a_county_without_a_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "counties.toml"
    file.write_text((ROOT / "deploy" / "counties.toml").read_text("utf-8").replace('"410311",', ""), "utf-8")
    for name, value in {
        "DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/none",
        "AMQP_URL": "amqp://127.0.0.1:1",
        "SESSION_PUBLIC_KEY": "{}",
        "SESSION_PRIVATE_KEY": "{}",
        "COUNTIES_FILE": str(file),
    }.items():
        monkeypatch.setenv(f"SUNLOT_{name}", value)
    with pytest.raises(SystemExit, match="410311"):
        main(SERVICE, ["migrate"])
