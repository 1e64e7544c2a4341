"""Whoever replaces, drops, adds, moves or reorders anything in a draw is caught, and told which check failed."""

import json
from pathlib import Path

import pytest

from services.draw.public import verify
from tests.draw.domain.samples import Drawn, rows, whole_draw
from tests.draw.manipulations import MANIPULATIONS, Manipulation, forge
from tests.draw.published import failed_in, write


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
