"""verify.py: agrees with the service on every honest draw, and names what was manipulated in any other."""

import ast
import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.draw.domain.commitment import Profile
from services.draw.domain.deal import OfficersInsufficient, deal
from services.draw.domain.lottery import Drawn as DrawnSubject
from services.draw.domain.pool import salt
from services.draw.domain.roster import OpenPool, RaiseCap, Roster
from services.draw.public import verify
from tests.draw.domain.samples import KEY, MASTER, Drawn, roster, rows, scarcities, whole_draw
from tests.draw.published import arguments_of, failed_in, write

ROWS = 700


@pytest.fixture(scope="module")
def honest() -> Drawn:
    return whole_draw(rows(ROWS))


@pytest.fixture(scope="module")
def masked() -> Drawn:
    return whole_draw(rows(ROWS), profile=Profile.MASKED)


@pytest.mark.article(2, 5)
def test_an_honest_draw_passes_as_a_separate_program(honest: Drawn, tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(Path(verify.__file__)), *arguments_of(tmp_path, honest)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    assert "－" not in done.stdout
    for name in ("commit", "pool.root", "strata.quota", "seed", "selected", "assignments", "result", "log.entry"):
        assert f"[{name}]" in done.stdout


def test_the_verifier_knows_nothing_of_the_service() -> None:
    source = Path(verify.__file__).read_text(encoding="utf-8")
    assert "import services" not in source
    assert "libs." not in source


def test_the_verifier_needs_nothing_newer_than_python_3_8() -> None:
    tree = ast.parse(Path(verify.__file__).read_text(encoding="utf-8"), feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    newer = {"zoneinfo", "graphlib", "tomllib"}
    assert imported <= set(sys.stdlib_module_names) - newer
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert used.isdisjoint({"removeprefix", "removesuffix", "bit_count", "pairwise", "randbytes"})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 400), st.text("0123456789", min_size=6, max_size=12), st.sampled_from(Profile))
def test_service_and_verifier_agree_on_every_draw(tmp_path: Path, count: int, dice: str, profile: Profile) -> None:
    pool = rows(count + 1)
    drawn = whole_draw(pool, dice=dice, profile=profile)
    arguments = arguments_of(tmp_path, drawn)
    (tmp_path / "private.tsv").write_bytes(drawn.private)
    (tmp_path / "master").write_text(MASTER.hex())
    if profile is Profile.MASKED:
        arguments += ["--private", str(tmp_path / "private.tsv"), str(tmp_path / "master")]
    assert verify.main(arguments) == 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(2, 4), st.integers(3, 30), st.text("0123456789", min_size=6, max_size=12))
def test_service_and_verifier_agree_when_officers_are_scarce(
    tmp_path: Path, per_county: int, cap: int, dice: str
) -> None:
    pool = rows(120)
    try:
        drawn = whole_draw(pool, roster(pool, per_county, cap), dice=dice)
    except OfficersInsufficient as error:
        assert error.lacking  # noqa: PT017 - scarce officers may be too few, and then subjects are named
        return
    assert verify.main(arguments_of(tmp_path, drawn)) == 0


@pytest.mark.article(5, 10)
@given(scarcities((RaiseCap(1), OpenPool("410300"))), st.integers(2, 3))
def test_both_implementations_of_the_deal_agree(situation: tuple[list[DrawnSubject], Roster], seats: int) -> None:
    drawn, committed = situation
    told = [(each.ticket, each.id, each.county) for each in drawn]
    theirs = verify.Deal(told, committed.document(), KEY)
    try:
        ours = deal(drawn, committed, seats, KEY)
    except OfficersInsufficient:
        with pytest.raises(verify.DealFailed):
            theirs.run(seats)
        return
    theirs.run(seats)
    assert {(seat, subject): number for subject, team in ours.assignments for seat, number in enumerate(team)} == (
        theirs.seat
    )
    assert [[taken.step, taken.subject_id, taken.seat] for taken in ours.escalated] == theirs.taken


@pytest.mark.article(5)
def test_a_whole_second_draw_does_not_fit_the_logged_commitment(
    honest: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = rows(ROWS - 1)  # one firm left out, everything else drawn anew and consistent
    second = whole_draw(pool, roster(pool))
    certificate = second.certificate.document()
    certificate["log"] = honest.certificate.document()["log"]
    assert verify.main(write(tmp_path, certificate, second.pool, json.loads(second.officers))) == 1
    assert failed_in(capsys.readouterr().out) == {"log.entry"}


@pytest.mark.article(6)
def test_a_hidden_class_can_not_be_changed_unnoticed(
    masked: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = arguments_of(tmp_path, masked)
    (tmp_path / "master").write_text(MASTER.hex() + "\n")
    lines = masked.private.splitlines(keepends=True)
    lines[4] = lines[4].replace(b"\t1\n", b"\t0\n") if lines[4].endswith(b"\t1\n") else lines[4][:-2] + b"1\n"
    (tmp_path / "private.tsv").write_bytes(b"".join(lines))
    assert verify.main([*arguments, "--private", str(tmp_path / "private.tsv"), str(tmp_path / "master")]) == 1
    assert "masked.opening" in failed_in(capsys.readouterr().out)


@pytest.mark.article(6)
def test_the_masked_profile_publishes_no_class_and_no_eligibility(masked: Drawn, tmp_path: Path) -> None:
    document = masked.certificate.document()
    assert {stratum for _, stratum, _ in document["selected"]} == {"*"}
    assert all(part["reserve"] == [] for part in document["strata"])
    for line in masked.pool.decode().splitlines():
        cells = line.split("\t")
        assert len(cells[5]) == 22
        assert cells[6] == "-"
    assert verify.main(arguments_of(tmp_path, masked)) == 0


def test_a_firm_opens_its_own_masked_row_with_its_salt(
    masked: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = arguments_of(tmp_path, masked)
    drawn = masked.certificate.selection.selected[0]
    own = salt(MASTER, drawn.id)
    assert verify.main([*arguments, "--company", drawn.id, "--salt", own]) == 0
    assert f"{drawn.stratum} 类，可抽取" in capsys.readouterr().out
    assert verify.main([*arguments, "--company", drawn.id, "--salt", "0" * 64]) == 1
    assert "company.salt" in failed_in(capsys.readouterr().out)


def test_a_firm_checks_itself_against_the_certificate_alone(
    honest: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate = arguments_of(tmp_path, honest)[0]
    drawn = honest.certificate.selection.selected[0]
    assert verify.main([certificate, "--company", drawn.id]) == 0
    assert "已抽中" in capsys.readouterr().out
    spared = honest.certificate.selection.strata[0].reserve[0][0]
    assert verify.main([certificate, "--company", spared]) == 0
    assert "未抽中" in capsys.readouterr().out


def test_a_firm_that_should_have_been_drawn_learns_it(
    honest: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate = copy.deepcopy(json.loads(honest.certificate.bytes))
    victim = certificate["selected"][0][0]
    del certificate["selected"][0], certificate["assignments"][0]
    arguments = write(tmp_path, certificate, honest.pool, json.loads(honest.officers))
    assert verify.main([*arguments, "--company", victim]) == 1
    output = capsys.readouterr().out
    assert "company" in failed_in(output)
    assert "应抽中而未抽中" in output


def test_a_commitment_noted_before_the_draw_exposes_a_second_one(
    honest: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = arguments_of(tmp_path, honest)
    assert verify.main([*arguments, "--commit", honest.certificate.commitment.sha256]) == 0
    assert verify.main([*arguments, "--commit", "0" * 64]) == 1
    assert "commit" in failed_in(capsys.readouterr().out)


@pytest.mark.parametrize("text", ["", "{", '{"a":1,"a":2}', "[]", "{}"])
def test_a_file_that_is_no_certificate_never_passes(honest: Drawn, tmp_path: Path, text: str) -> None:
    arguments = arguments_of(tmp_path, honest)
    Path(arguments[0]).write_text(text)
    assert verify.main(arguments) in {1, 2}
    assert verify.main([str(tmp_path / "missing.json"), *arguments[1:]]) == 2
