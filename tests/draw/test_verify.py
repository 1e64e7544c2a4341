"""verify.py: agrees with the service on every honest draw, and names what was manipulated in any other."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.common.canonical import canonical, digest, sha256_hex
from services.draw.domain.commitment import Profile
from services.draw.domain.deal import OfficersInsufficient, deal
from services.draw.domain.lottery import Drawn as DrawnSubject
from services.draw.domain.pool import salt
from services.draw.domain.roster import OpenPool, RaiseCap, Roster
from services.draw.domain.seed import key
from services.draw.public import verify
from tests.draw.domain.samples import KEY, MASTER, Drawn, roster, rows, scarcities, whole_draw

Documents = dict[str, Any]
ROWS = 700


@pytest.fixture(scope="module")
def honest() -> Drawn:
    return whole_draw(rows(ROWS))


@pytest.fixture(scope="module")
def masked() -> Drawn:
    return whole_draw(rows(ROWS), profile=Profile.MASKED)


def _write(folder: Path, certificate: Documents, pool: bytes, officers: Documents) -> list[str]:
    (folder / "certificate.json").write_bytes(canonical(certificate))
    (folder / "pool.tsv").write_bytes(pool)
    (folder / "officers.json").write_bytes(canonical(officers))
    return [str(folder / "certificate.json"), str(folder / "pool.tsv"), "--officers", str(folder / "officers.json")]


def _arguments(folder: Path, drawn: Drawn) -> list[str]:
    return _write(folder, drawn.certificate.document(), drawn.pool, json.loads(drawn.officers))


def _failed(output: str) -> set[str]:
    return {line.split("[", 1)[1].split("]", 1)[0] for line in output.splitlines() if line.startswith("✗")}


@pytest.mark.article(2, 5)
def test_an_honest_draw_passes_as_a_separate_program(honest: Drawn, tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(Path(verify.__file__)), *_arguments(tmp_path, honest)]
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


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 400), st.text("0123456789", min_size=6, max_size=12), st.sampled_from(Profile))
def test_service_and_verifier_agree_on_every_draw(tmp_path: Path, count: int, dice: str, profile: Profile) -> None:
    pool = rows(count + 1)
    drawn = whole_draw(pool, dice=dice, profile=profile)
    arguments = _arguments(tmp_path, drawn)
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
    assert verify.main(_arguments(tmp_path, drawn)) == 0


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


Manipulation = Callable[[Documents, list[bytes], Documents], None]


def _swap_for_undrawn(certificate: Documents) -> tuple[str, str]:
    """Replace the first drawn subject by one that is not, keeping everything else plausible."""
    out = certificate["selected"][0][0]
    into = certificate["strata"][0]["reserve"][0][0]
    return out, into


def replaced_subject(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    out, into = _swap_for_undrawn(certificate)
    certificate["selected"][0][0] = certificate["assignments"][0][0] = into
    assert out != into


def replaced_subject_with_its_ticket(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    into, ticket = certificate["strata"][1]["reserve"][0]
    drawn = [row for row in certificate["selected"] if row[1] == "B"]
    place = certificate["selected"].index(drawn[-1])
    certificate["selected"][place] = [into, "B", ticket]
    certificate["assignments"][place][0] = into


def dropped_subject(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    del certificate["selected"][3], certificate["assignments"][3]


def added_subject(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    into, ticket = certificate["strata"][0]["reserve"][0]
    certificate["selected"].append([into, "A", ticket])
    certificate["assignments"].append([into, certificate["assignments"][0][1]])


def ghost_subject(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["selected"][0][0] = certificate["assignments"][0][0] = "91410300GH0ST00000"


def slot_moved_between_strata(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["commit"]["strata"][0][2] -= 1
    certificate["commit"]["strata"][1][2] += 1


def higher_ratio(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["commit"]["rule"]["strata"]["ratio"]["A"] = [1, 2]


def ratio_and_commitment_hash(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["commit"]["rule"]["strata"]["min"] = 2
    certificate["commit_sha256"] = digest(certificate["commit"])


def other_dice(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    text = certificate["seed"]["txt"].replace("dice 314159", "dice 314158")
    certificate["seed"] = {"txt": text, "sha256": sha256_hex(text.encode()), "beacon": None}
    certificate["keys"] = {name: key(name, text.encode()) for name in ("subject", "officer")}


def other_reveal(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    text = certificate["seed"]["txt"].replace("07" * 32, "08" * 32)
    certificate["seed"] = {"txt": text, "sha256": sha256_hex(text.encode()), "beacon": None}


def everybody_absent(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    text = certificate["seed"]["txt"].replace("07" * 32, "ABSENT").replace("09" * 32, "ABSENT")
    certificate["seed"] = {"txt": text, "sha256": sha256_hex(text.encode()), "beacon": None}


def chosen_key(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["keys"]["subject"] = "0" * 32


def changed_row(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    pool[5] = pool[5].replace("小".encode(), "微".encode()).replace(b"\t1100\t", b"\t1200\t")


def removed_row(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    del pool[len(pool) // 2]


def duplicated_row(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    pool.insert(9, pool[8])


def swapped_rows(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    pool[2], pool[3] = pool[3], pool[2]


def protected_firm(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    identity = certificate["selected"][0][0].encode()
    place = next(place for place, line in enumerate(pool) if line.startswith(identity))
    pool[place] = pool[place].replace(b"\t1\n", b"\t0\n")


def foreign_county(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    pool[0] = pool[0].replace(b"\t4103", b"\t4105")


def narrower_filter(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["commit"]["rule"]["filter"] = [{"col": "county", "in": ["410302"]}]


def reordered_selection(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    for name in ("selected", "assignments"):
        certificate[name][0], certificate[name][1] = certificate[name][1], certificate[name][0]


def raised_threshold(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["strata"][1]["threshold"] = certificate["strata"][1]["reserve"][0][1]


def hidden_reserve(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    del certificate["strata"][1]["reserve"][0]


def swapped_officers(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["assignments"][0][1].reverse()


def single_officer(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["assignments"][0][1].pop()


def same_officer_twice(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["assignments"][0][1][1] = certificate["assignments"][0][1][0]


def dropped_officer(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    officers["officers"].pop()


def forgotten_recusal(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    officers["recusals"].pop()


def shuffled_escalation(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    officers["escalation"].reverse()


def invented_escalation(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["escalated"].append([0, certificate["selected"][0][0], 1])


def silent_replacement(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["replacements"].append(["x", "y"])


def forged_log_path(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["log"]["inclusion"][0] = "00" * 32


def foreign_log_entry(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["log"]["entry"] = certificate["log"]["entry"].replace("draw-commit", "draw-other")


def another_result_hash(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    certificate["result_sha256"] = "0" * 64


MANIPULATIONS: list[tuple[Manipulation, str]] = [
    (replaced_subject, "tickets"),
    (replaced_subject_with_its_ticket, "selected"),
    (dropped_subject, "selected.count"),
    (added_subject, "selected"),
    (ghost_subject, "ghosts"),
    (slot_moved_between_strata, "strata.quota"),
    (higher_ratio, "commit"),
    (ratio_and_commitment_hash, "seed"),
    (other_dice, "tickets"),
    (other_reveal, "seed"),
    (everybody_absent, "seed"),
    (chosen_key, "keys"),
    (changed_row, "pool.root"),
    (removed_row, "pool.size"),
    (duplicated_row, "pool.order"),
    (swapped_rows, "pool.order"),
    (protected_firm, "strata.counts"),
    (foreign_county, "pool.filter"),
    (narrower_filter, "commit"),
    (reordered_selection, "selected.order"),
    (raised_threshold, "thresholds"),
    (hidden_reserve, "reserve"),
    (swapped_officers, "assignments"),
    (single_officer, "assignments.seats"),
    (same_officer_twice, "assignments.seats"),
    (dropped_officer, "officers.root"),
    (forgotten_recusal, "officers.recusals"),
    (shuffled_escalation, "officers.root"),
    (invented_escalation, "escalated"),
    (silent_replacement, "replacements"),
    (forged_log_path, "log"),
    (foreign_log_entry, "log.entry"),
    (another_result_hash, "result"),
]


@pytest.mark.article(5, 8)
@pytest.mark.parametrize(("manipulate", "name"), MANIPULATIONS, ids=lambda value: getattr(value, "__name__", value))
def test_a_manipulation_is_caught_and_named(
    honest: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str], manipulate: Manipulation, name: str
) -> None:
    certificate = json.loads(honest.certificate.bytes)
    pool = honest.pool.splitlines(keepends=True)
    officers = json.loads(honest.officers)
    manipulate(certificate, pool, officers)
    if name != "result":  # a careful forger makes the result's hash fit
        certificate["result_sha256"] = digest([certificate["selected"], certificate["assignments"]])
    assert verify.main(_write(tmp_path, certificate, b"".join(pool), officers)) == 1
    output = capsys.readouterr().out
    assert name in _failed(output)
    assert "核验未通过" in output.splitlines()[-1]


@pytest.mark.article(5)
def test_a_whole_second_draw_does_not_fit_the_logged_commitment(
    honest: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = rows(ROWS - 1)  # one firm left out, everything else drawn anew and consistent
    second = whole_draw(pool, roster(pool))
    certificate = second.certificate.document()
    certificate["log"] = honest.certificate.document()["log"]
    assert verify.main(_write(tmp_path, certificate, second.pool, json.loads(second.officers))) == 1
    assert _failed(capsys.readouterr().out) == {"log.entry"}


@pytest.mark.article(6)
def test_a_hidden_class_can_not_be_changed_unnoticed(
    masked: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = _arguments(tmp_path, masked)
    (tmp_path / "master").write_text(MASTER.hex() + "\n")
    lines = masked.private.splitlines(keepends=True)
    lines[4] = lines[4].replace(b"\t1\n", b"\t0\n") if lines[4].endswith(b"\t1\n") else lines[4][:-2] + b"1\n"
    (tmp_path / "private.tsv").write_bytes(b"".join(lines))
    assert verify.main([*arguments, "--private", str(tmp_path / "private.tsv"), str(tmp_path / "master")]) == 1
    assert "masked.opening" in _failed(capsys.readouterr().out)


@pytest.mark.article(6)
def test_the_masked_profile_publishes_no_class_and_no_eligibility(masked: Drawn, tmp_path: Path) -> None:
    document = masked.certificate.document()
    assert {stratum for _, stratum, _ in document["selected"]} == {"*"}
    assert all(part["reserve"] == [] for part in document["strata"])
    for line in masked.pool.decode().splitlines():
        cells = line.split("\t")
        assert len(cells[5]) == 22
        assert cells[6] == "-"
    assert verify.main(_arguments(tmp_path, masked)) == 0


def test_a_firm_opens_its_own_masked_row_with_its_salt(
    masked: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = _arguments(tmp_path, masked)
    drawn = masked.certificate.selection.selected[0]
    own = salt(MASTER, drawn.id)
    assert verify.main([*arguments, "--company", drawn.id, "--salt", own]) == 0
    assert f"{drawn.stratum} 类，可抽取" in capsys.readouterr().out
    assert verify.main([*arguments, "--company", drawn.id, "--salt", "0" * 64]) == 1
    assert "company.salt" in _failed(capsys.readouterr().out)


def test_a_firm_checks_itself_against_the_certificate_alone(
    honest: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate = _arguments(tmp_path, honest)[0]
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
    arguments = _write(tmp_path, certificate, honest.pool, json.loads(honest.officers))
    assert verify.main([*arguments, "--company", victim]) == 1
    output = capsys.readouterr().out
    assert "company" in _failed(output)
    assert "应抽中而未抽中" in output


def test_a_commitment_noted_before_the_draw_exposes_a_second_one(
    honest: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = _arguments(tmp_path, honest)
    assert verify.main([*arguments, "--commit", honest.certificate.commitment.sha256]) == 0
    assert verify.main([*arguments, "--commit", "0" * 64]) == 1
    assert "commit" in _failed(capsys.readouterr().out)


@pytest.mark.parametrize("text", ["", "{", '{"a":1,"a":2}', "[]", "{}"])
def test_a_file_that_is_no_certificate_never_passes(honest: Drawn, tmp_path: Path, text: str) -> None:
    arguments = _arguments(tmp_path, honest)
    Path(arguments[0]).write_text(text)
    assert verify.main(arguments) in {1, 2}
    assert verify.main([str(tmp_path / "missing.json"), *arguments[1:]]) == 2
