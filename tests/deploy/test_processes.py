"""Programs are waited for until they are ready, revived when watched, and never outlive their run unseen."""

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local.machine import CannotStart, State, wait_until
from deploy.local.processes import Processes, Program, answers_ok

ANSWERING = "import http.server as h; h.HTTPServer(('127.0.0.1', {port}), h.SimpleHTTPRequestHandler).serve_forever()"


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path) as running:
        yield running


@pytest.fixture
def answering(tmp_path: Path) -> Program:
    port = State.load(tmp_path / "ports.json").free_port("web")
    return Program("web", (sys.executable, "-c", ANSWERING.format(port=port)), ready_url=f"http://127.0.0.1:{port}/")


def python(name: str, code: str, **environment: str) -> Program:
    return Program(name, (sys.executable, "-c", code), environment, ready_url="http://127.0.0.1:9/")


def test_start_returns_when_the_program_can_be_used(processes: Processes, answering: Program) -> None:
    processes.start(answering)
    processes.wait_ready()
    assert answers_ok(answering.ready_url)


def test_a_program_that_ends_at_once_is_named_with_its_last_words(processes: Processes) -> None:
    processes.start(python("draw", "raise SystemExit('no such column')"))
    with pytest.raises(CannotStart, match=r"(?s)draw has ended.*no such column"):
        processes.wait_ready(seconds=30)


def test_a_program_that_is_never_ready_is_named(processes: Processes) -> None:
    processes.start(python("draw", "import time; time.sleep(60)"))
    with pytest.raises(CannotStart, match="draw is not ready in time"):
        processes.wait_ready(seconds=0.3)


def test_a_program_is_told_its_own_environment(processes: Processes) -> None:
    processes.run(python("migrate", "import os; print(os.environ['SUNLOT_PORT'])", SUNLOT_PORT="8123"))
    assert processes.log("migrate").read_text() == "8123\n"


def test_a_step_that_fails_stops_the_run(processes: Processes) -> None:
    with pytest.raises(CannotStart, match=r"(?s)migrate failed.*broken"):
        processes.run(python("migrate", "raise SystemExit('broken')"))


def test_a_killed_program_is_started_again_when_watched(processes: Processes, answering: Program) -> None:
    processes.start(answering)
    processes.wait_ready()
    processes.watch()
    killed = processes.pid("web")
    psutil.Process(killed).kill()
    assert wait_until(lambda: processes.pid("web") != killed and answers_ok(answering.ready_url), seconds=30)


def test_a_killed_program_stays_dead_until_it_is_restarted(processes: Processes, answering: Program) -> None:
    processes.start(answering)
    processes.wait_ready()
    processes.kill("web")
    assert not processes.alive("web")
    processes.restart("web")
    processes.wait_ready()
    assert processes.alive("web")


def test_stop_ends_everything(tmp_path: Path, answering: Program) -> None:
    with Processes(tmp_path) as running:
        running.start(answering)
        running.wait_ready()
        pid = running.pid("web")
    assert not psutil.pid_exists(pid)


def test_what_a_killed_run_left_behind_is_ended_by_the_next(tmp_path: Path, answering: Program) -> None:
    killed_run = Processes(tmp_path)
    killed_run.start(answering)
    killed_run.wait_ready()
    left = killed_run.pid("web")
    with Processes(tmp_path) as following:
        following.end_leftovers()
        assert psutil.Process(left).status() == psutil.STATUS_ZOMBIE if psutil.pid_exists(left) else True
        assert not answers_ok(answering.ready_url)
    killed_run.stop()
