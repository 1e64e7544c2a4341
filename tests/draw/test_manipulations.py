"""Whoever replaces, drops, adds, moves or reorders anything in a draw is caught, and told which check failed."""

import json
from pathlib import Path

import pytest

from services.draw.public import verify
from tests.conftest import ROOT
from tests.draw import additions
from tests.draw.domain.samples import Drawn, rows, whole_draw
from tests.draw.manipulations import MANIPULATIONS, Manipulation, forge
from tests.draw.manipulations_of_draws import OF_DRAWS, Forgery
from tests.draw.manipulations_of_replacements import OF_REPLACEMENTS
from tests.draw.published import failed_in, write

ADDED = (*OF_DRAWS, *OF_REPLACEMENTS)
HONEST = (
    additions.plain,
    additions.with_beacon,
    additions.sealed,
    additions.with_cells,
    additions.order_only,
    additions.long_lists,
    additions.replaced,
    additions.refreshed,
)


@pytest.fixture(scope="module")
def honest() -> Drawn:
    return whole_draw(rows(700))


@pytest.mark.article(5, 8)
@pytest.mark.parametrize(("manipulate", "name"), MANIPULATIONS, ids=lambda value: getattr(value, "__name__", value))
def test_a_manipulation_is_caught_and_named(
    honest: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str], manipulate: Manipulation, name: str
) -> None:
    certificate = json.loads(honest.certificate.bytes)
    officers = json.loads(honest.officers)
    pool = forge(manipulate, name, certificate, honest.pool, officers)
    assert verify.main(write(tmp_path, certificate, pool, officers)) == 1
    output = capsys.readouterr().out
    assert name in failed_in(output)
    assert "核验未通过" in output.splitlines()[-1]


@pytest.mark.article(5, 8)
@pytest.mark.parametrize(("forgery", "name"), ADDED, ids=lambda value: getattr(value, "__name__", value))
def test_a_forgery_of_a_newer_part_is_caught_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], forgery: Forgery, name: str
) -> None:
    assert verify.main(forgery().write(tmp_path)) == 1
    assert name in failed_in(capsys.readouterr().out)


@pytest.mark.parametrize("make", HONEST, ids=lambda make: make.__name__)
def test_the_honest_draws_that_are_forged_here_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Forgery
) -> None:
    assert verify.main(make().write(tmp_path)) == 0
    assert "－" not in capsys.readouterr().out


def test_a_beacon_of_a_chain_that_nobody_knows_is_said_to_be_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever makes up a chain of his own knows its rounds beforehand; its parts fit together all the same.
    monkeypatch.setattr(verify, "QUICKNET", "00" * 32)
    assert verify.main(additions.with_beacon().write(tmp_path)) == 0
    assert "－ 信标链的来历 [beacon.source]" in capsys.readouterr().out


def test_the_public_list_of_manipulations_is_this_one() -> None:
    page = (ROOT / "services/draw/pages/templates/draw/public_verify.html").read_text("utf-8")
    for manipulation, name in (*MANIPULATIONS, *ADDED):
        words = (manipulation.__doc__ or "").strip()
        assert f'("{words}", "{name}")' in page, manipulation.__name__
