"""What every tracked file keeps to: no foreign hosts, no paths of one machine, one reason to exist."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

LONGEST = 400  # lines; a longer file has two reasons to exist
PACED = "tests/benchmarks/load.py"  # sends at a steady rate and waits for nothing
ONE_FILE = {"services/draw/public/verify.py"}  # people download one file and run it
# Written apart, so that this file does not name what it forbids.
HOSTS = [".".join(parts) for parts in (
    ("pypi", "org"), ("files", "pythonhosted", "org"), ("deb", "debian", "org"), ("registry", "npmjs", "org"),
)]  # fmt: skip
OF_ONE_MACHINE = re.compile(r"(?<![\w.])/(?:work|home/\w+|Users/\w+)/|\.\./" + "shared")
BINARY = {".png", ".jpg", ".webp", ".ico", ".xlsx", ".pdf", ".woff2"}


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    if not files:
        pytest.skip("not a checkout")
    return [file for file in files if file.is_file() and file.suffix not in BINARY]


TRACKED = _tracked()


def _python() -> Iterator[Path]:
    return (file for file in TRACKED if file.suffix == ".py")


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{number}"
        for file in TRACKED
        for number, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_names_a_package_registry() -> None:
    assert _lines_with(re.compile("|".join(map(re.escape, HOSTS)))) == []


def test_no_file_names_a_place_on_one_machine() -> None:
    assert _lines_with(OF_ONE_MACHINE) == []


def test_no_file_of_code_is_longer_than_one_reason() -> None:
    long = {
        str(file.relative_to(ROOT)): length
        for file in _python()
        if (length := len(file.read_text("utf-8").splitlines())) > LONGEST
        and file.relative_to(ROOT).as_posix() not in ONE_FILE
    }
    assert long == {}


def test_tests_wait_for_what_must_come_and_never_sleep() -> None:
    sleeping = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in _python()
        if file.is_relative_to(ROOT / "tests") and file.relative_to(ROOT).as_posix() != PACED
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep", "sleep"}
        if not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
    ]
    assert sleeping == []


def test_nothing_is_left_to_be_done() -> None:
    words = "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3 + r"\b"))
    found = _lines_with(re.compile(rf"\b({words})"))
    of_others = ("tests/contracts/asyncapi-", "services/draw/pages/static/verify/vendor/")
    assert [line for line in found if not line.startswith(of_others)] == []
