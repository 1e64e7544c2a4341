"""Who may know whom: the contracts of pyproject.toml, and what imports cannot show."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.services import NAMES
from tests.conftest import ROOT


def test_imports_keep_the_contracts() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout


def _files(*rooms: str) -> Iterator[Path]:
    for service in NAMES:
        for room in rooms:
            yield from sorted((ROOT / "services" / service / room).rglob("*.py"))


_TIME = {"now", "today", "utcnow", "time", "monotonic", "perf_counter"}
_CHANCE = {"new_id", "uuid4", "uuid7", "token_bytes", "token_hex", "token_urlsafe", "urandom", "choice", "randbelow"}


def _calls(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
                if called.value.id in {"clock", "datetime", "date", "time", "secrets", "uuid", "os", "ids"}:
                    yield node.lineno, called.attr
            elif isinstance(called, ast.Name):
                yield node.lineno, called.id


def test_the_domain_is_told_the_time_and_has_no_chance_in_it() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line} {name}"
        for file in _files("domain")
        for line, name in _calls(file)
        if name in _TIME | _CHANCE
    ]
    assert found == []


def test_use_cases_are_told_the_time() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line} {name}"
        for file in _files("usecases", "store")
        for line, name in _calls(file)
        if name in _TIME
    ]
    assert found == []


def _of_a_transaction(called: ast.Attribute) -> bool:
    return isinstance(called.value, ast.Name) and called.value.id in {"tx", "connection"}


def test_only_the_doors_open_transactions_and_nobody_commits() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno} {node.func.attr}"
        for file in _files("usecases", "store", "domain")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr == "transaction"
        or (node.func.attr in {"commit", "rollback"} and _of_a_transaction(node.func))
    ]
    assert found == []


# A row or a statement of the store may be passed on as it is, and named so; making one is the store's alone.
_ROWS = {"RowMapping", "Select"}


def test_only_the_store_makes_sql() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno} {name.name}"
        for file in _files("api", "pages", "events", "loops", "usecases", "domain")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in {"sqlalchemy", "asyncpg"}
        for name in node.names
        if name.name not in _ROWS
    ]
    assert found == []


@pytest.mark.parametrize("service", NAMES)
def test_every_service_has_its_rooms_and_its_canvas(service: str) -> None:
    folder = ROOT / "services" / service
    for room in ("domain", "usecases", "store", "api", "pages", "events", "migrations/versions"):
        assert (folder / room).is_dir(), room
    assert (folder / "README.md").is_file()
