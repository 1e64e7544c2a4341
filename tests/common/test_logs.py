"""What goes wrong is logged with its place, and never in words that quote what somebody had written."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable

import pytest
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError, IntegrityError

from libs.common.telemetry.logs import configure_logs, get_logger
from tests.conftest import ROOT

CANARY = "canary-金丝雀"


class Typed(BaseModel):
    number: int


def _group() -> None:
    try:
        int(CANARY)
    except ValueError as error:
        error.add_note(CANARY)
        raise ExceptionGroup(CANARY, [error, KeyError(CANARY)]) from error


def _detail() -> None:
    raise IntegrityError(None, None, Exception(f"duplicate key\nDETAIL:  Key (name)=({CANARY}) already exists."))


def _argument() -> None:
    raise DBAPIError(None, None, Exception(f"invalid input for query argument $1: '{CANARY}'"))


BUGS: dict[str, Callable[[], object]] = {
    "number": lambda: int(CANARY),
    "key": lambda: dict[str, str]()[CANARY],
    "model": lambda: Typed.model_validate({"number": CANARY}),
    "surrogate": (CANARY + "\ud800").encode,
    "group": _group,
    "detail": _detail,
    "argument": _argument,
}


def logged(bug: Callable[[], object], capsys: pytest.CaptureFixture[str]) -> str:
    """What a service writes of a bug."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level, sys.excepthook)
    configure_logs("test", "debug")  # onto what capsys reads
    try:
        bug()
    except Exception as error:  # noqa: BLE001 - whichever it is
        get_logger("test").error("it broke", exc_info=error)
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        sys.excepthook = before[2]
    return capsys.readouterr().err


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_an_error_is_logged_without_what_it_quotes(
    bug: Callable[[], object], capsys: pytest.CaptureFixture[str]
) -> None:
    line = logged(bug, capsys)
    assert "canary" not in line
    (first, *_) = json.loads(line)["exception"]
    assert first["exc_type"]
    assert any(frame["filename"].endswith("test_logs.py") for frame in first["frames"])


def test_what_is_wrong_with_a_statement_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "duplicate key" in logged(_detail, capsys)


def ended(line: str) -> tuple[str, dict[str, str]]:
    """What a program leaves that ends with `line`: all of it, and the last line read."""
    program = f"from libs.common.telemetry.logs import configure_logs\nconfigure_logs('test', 'info')\n{line}\n"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    told: dict[str, str] = json.loads(done.stderr)
    return done.stdout + done.stderr, told


def test_a_program_that_ends_says_where_and_not_with_what() -> None:
    everything, told = ended(f"int({CANARY!r})")
    assert told["error"] == "ValueError"
    assert "canary" not in everything


def test_a_program_that_is_told_wrong_says_so_in_our_words() -> None:
    wrong = "from services.trigger.store.vault import Vault; Vault({})"
    assert "SUNLOT_FIELD_KEYS" in ended(wrong)[1]["said"]
