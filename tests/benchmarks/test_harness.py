"""The benchmark itself, at a size at which it takes seconds: so that it runs when somebody wants to know."""

import json
import math
import multiprocessing
import os
from argparse import Namespace
from pathlib import Path

import pytest

from tests.benchmarks import fairness, measure
from tests.benchmarks.chance import binomial_two_sided, chi_square_tail, normal_two_sided
from tests.benchmarks.fairness import Tally, by_rule, by_steps, by_ticket, by_turns, p_values, simulate
from tests.benchmarks.measure import Failed, Line, Watch, apart
from tests.benchmarks.report import table
from tests.benchmarks.run import bench
from tests.benchmarks.steps import SIZED, UNSIZED

FIRMS = 2_000 + os.getpid() % 1_000  # a database is named after its size: two runs on one server have two


@pytest.fixture
def quick_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes from one that has imported everything: their memory says less, but they start at once."""
    multiprocessing.set_forkserver_preload(["tests.benchmarks.steps"])
    monkeypatch.setattr(measure, "START", "forkserver")


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("quick_starts")
def test_every_section_runs_and_stands_in_the_report(
    postgres_url: str, amqp_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUNLOT_AMQP_URL", amqp_url)
    report = tmp_path / "benchmarks.md"
    facts = {"deal": (300, 400), "fairness": (40, 300), "rules": (3_000,), "intake": (40, 1), "relay": (200, 20)}
    asked = Namespace(server=postgres_url, size=str(FIRMS), only=None, keep=False, kept=tmp_path, report=report,
                      facts=facts)  # fmt: skip
    assert bench(asked) == 0
    text = report.read_text("utf-8")
    for step in (SIZED | UNSIZED).values():
        assert f"## {step.title}" in text
    assert "未测" not in text
    kept = json.loads((tmp_path / f"{FIRMS}.json").read_text("utf-8"))
    assert kept["finished"]
    assert {name: bool(part["lines"]) for name, part in kept["sections"].items()} == dict.fromkeys(SIZED, True)
    assert not (tmp_path / str(FIRMS)).exists()


def _holds(watch: Watch, mib: int) -> int:
    with watch:
        return len(bytearray(mib << 20))


def _breaks(watch: Watch) -> None:
    with watch:
        raise ValueError("it broke")


def test_time_and_memory_are_those_of_the_work_alone() -> None:
    small, large = apart(_holds, 1), apart(_holds, 200)
    assert large.value == 200 << 20
    assert 190 < large.peak_mib - small.peak_mib < 210
    assert 0 < large.seconds < 5  # not the seconds in which the process starts
    with pytest.raises(Failed, match="it broke"):
        apart(_breaks)


def test_a_table_names_missed_goals_and_leaves_empty_columns_out() -> None:
    lines = [
        Line("bare", 10, 2.0, base=True),
        Line("ours", 10, 3.0, goals=(("×", "≤", 1.2), ("s", "≤", 4))),
        Line("another size", 20, 3.0),
    ]
    assert table(lines).splitlines()[2:] == [
        "| bare | 10 | 2.00 | 1.00 × |  |",
        "| ours | 10 | 3.00 | 1.50 × | ≤ 1.2 × ✗，≤ 4 s ✓ |",
        "| another size | 20 | 3.00 |  |  |",
    ]


@pytest.mark.parametrize(
    ("statistic", "degrees", "expected"),
    [(3.841458820694124, 1, 0.05), (11.070497693516351, 5, 0.05), (1074.6794, 1000, 0.05), (0.0, 7, 1.0)],
)
def test_the_tail_of_chi_square_is_that_of_the_tables(statistic: float, degrees: int, expected: float) -> None:
    assert math.isclose(chi_square_tail(statistic, degrees), expected, rel_tol=1e-4)


def test_the_other_tails_are_those_of_the_tables() -> None:
    assert math.isclose(normal_two_sided(1.959963984540054), 0.05, rel_tol=1e-9)
    assert math.isclose(binomial_two_sided(10, 0.5, 1), 22 / 1024, rel_tol=1e-12)
    assert binomial_two_sided(10, 0.5, 5) == 1.0


def _tally(lottery: fairness.Lottery, dealer: fairness.Dealer) -> dict[str, float]:
    return p_values(simulate(0, 200, lottery, dealer, 400), 400)


@pytest.mark.article(5, 6)
def test_chance_explains_our_draws_and_not_those_of_bad_methods() -> None:
    ours, bad = _tally(by_ticket, by_rule), _tally(by_steps, by_turns)
    assert min(ours.values()) > fairness.ALARM
    inclusion, pairs = next(iter(bad)), next(name for name in bad if name.startswith("人员组合"))
    assert bad[inclusion] < fairness.ALARM
    assert bad[pairs] < fairness.ALARM


def test_portions_of_seeds_add_up_to_all_seeds() -> None:
    whole, parts = simulate(0, 20, by_ticket, by_rule, 300), Tally()
    for start in (0, 10):
        parts.merge(simulate(start, start + 10, by_ticket, by_rule, 300))
    assert parts.firms == whole.firms
    assert parts.pairs == whole.pairs
    assert math.isclose(parts.pair_squares, whole.pair_squares, rel_tol=1e-9)
