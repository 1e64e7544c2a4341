"""The environment is made from locks that anybody can check, and made once."""

import re
import subprocess
import time
import tomllib
from pathlib import Path

import pytest

from deploy.local.machine import ROOT

LOCKS = sorted(ROOT.glob("requirements*.lock"))
PROJECTS = [ROOT / "libs/common", *sorted((ROOT / "services").iterdir())]


def pinned(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9_.-]+)==(\S+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_version_is_pinned_with_its_hashes(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", lock.read_text().strip())
    assert len(entries) >= (1 if lock.name == "requirements-bench.lock" else 4)
    for entry in entries:
        assert re.match(r"[a-z0-9_.-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_host(lock: Path) -> None:
    assert "://" not in lock.read_text()
    assert "index" not in lock.read_text()


def test_tests_run_on_the_versions_that_are_deployed() -> None:
    deployed, tested = pinned(ROOT / "requirements.lock"), pinned(ROOT / "requirements-dev.lock")
    assert {name: tested.get(name) for name in deployed} == deployed


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_what_a_project_asks_for_is_in_the_lock(project: Path) -> None:
    asked = tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[\[><=]", line)[0].lower().replace("_", "-") for line in asked} - {"sunlot-common"}
    assert names <= set(pinned(ROOT / "requirements.lock"))


def test_a_second_bootstrap_takes_no_time() -> None:
    began = time.monotonic()
    done = subprocess.run([ROOT / "deploy/local/bootstrap.sh", "dev"], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert time.monotonic() - began < 2  # 0.02 s when nobody else uses the machine


def test_a_python_that_is_too_old_is_named_with_what_to_install(tmp_path: Path) -> None:
    copy = tmp_path / "checkout"
    (copy / "deploy/local").mkdir(parents=True)
    for file in [*LOCKS, ROOT / "pyproject.toml", *(project / "pyproject.toml" for project in PROJECTS)]:
        target = copy / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.read_text())
    script = copy / "deploy/local/bootstrap.sh"
    script.write_text((ROOT / "deploy/local/bootstrap.sh").read_text())
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("cat", "cksum", "dirname"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    done = subprocess.run(
        ["/bin/bash", script], env={"PATH": str(programs)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Python 3.11" in done.stderr
    assert "python3-venv" in done.stderr
