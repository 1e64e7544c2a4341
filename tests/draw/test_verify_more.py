"""verify.py on what came later: a firm after replacements, a fresh draw alone, a masked reserve, the log's key."""

import base64
import json
from collections import Counter
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.common.canonical import canonical, sha256_hex
from services.draw.domain.cells import select_cells
from services.draw.domain.commitment import Profile
from services.draw.domain.long_lists import long_list
from services.draw.public import verify
from tests.draw import additions
from tests.draw.additions import Files, Office, finish, plain
from tests.draw.domain.samples import KEY, MASTER, rows, whole_draw
from tests.draw.published import failed_in
from tests.draw.test_signatures import note


def office_of(files: Files) -> tuple[Office, list[str]]:
    office = Office(files)
    return office, [row[0] for row in office.certificate["selected"]]


@pytest.mark.article(8)
def test_a_firm_learns_that_it_was_struck_off_and_who_came_instead(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = additions.replaced()
    arguments = files.write(tmp_path)
    entries = files.certificate["replacements"]
    assert verify.main([*arguments, "--company", entries[0]["subject"]]) == 0
    told = capsys.readouterr().out
    assert "已作废（名录时点前已注销）" in told
    assert f"由 {entries[2]['taken'][0]} 补入" in told
    assert verify.main([*arguments, "--company", entries[2]["taken"][0]]) == 0
    told = capsys.readouterr().out
    assert "作为候补补入" in told
    assert f"检查人员 {entries[3]['out']} 换为 {entries[3]['in']}" in told
    assert f"检查人员：{entries[3]['in']}" in told


def test_a_firm_is_told_by_the_certificate_alone_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = additions.replaced()
    certificate = files.write(tmp_path)[0]
    assert verify.main([certificate, "--company", files.certificate["replacements"][1]["subject"]]) == 0
    assert "已作废" in capsys.readouterr().out


@pytest.mark.article(5)
def test_a_fresh_draw_is_verified_by_itself_against_its_parent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = additions.refreshed()
    files.write(tmp_path)
    fresh = tmp_path / files.fresh[0].certificate["commit"]["draw_id"]
    arguments = [str(fresh / "certificate.json"), str(fresh / "pool.tsv"), "--officers", str(fresh / "officers.json")]
    assert verify.main(arguments) == 0
    assert "－ 原抽取 [replaces]" in capsys.readouterr().out
    assert verify.main([*arguments, "--parent", str(tmp_path / "certificate-2.json")]) == 0
    assert "✓ 原抽取 [replaces]" in capsys.readouterr().out
    assert verify.main([*arguments, "--parent", str(tmp_path / "certificate.json")]) == 1
    assert failed_in(capsys.readouterr().out) == {"replaces"}
    spared = files.certificate["replacements"][0]["subject"]
    assert verify.main([*arguments, "--company", spared]) == 0
    assert "不再参加补抽" in capsys.readouterr().out


def test_what_was_not_given_is_said_to_be_unchecked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = additions.refreshed().write(tmp_path)
    assert verify.main(arguments[: arguments.index("--previous")]) == 0
    told = capsys.readouterr().out
    assert "－ 前一版凭证 [edition.previous]" in told
    assert "－ 补抽 410300202611220001-1-r1 [fresh]" in told


@pytest.mark.article(5)
def test_a_fresh_draw_can_have_a_fresh_draw_of_its_own(tmp_path: Path) -> None:
    office, _ = office_of(additions.refreshed().fresh[0])
    office.void(office.certificate["selected"][0][0])
    office.publish()
    commit = office.replaces([1])
    before = office.certificate["commit"]["replaces"]["without"]
    commit["replaces"]["without"] = sorted([*commit["replaces"]["without"], *before])
    office.fresh([1], finish(plain(), commit))
    office.publish()
    assert verify.main(office.files.write(tmp_path)) == 0
    assert office.certificate["replacements"][1]["draw_id"].endswith("-1-r1-r1")


@pytest.mark.article(5, 6)
def test_the_reserve_of_a_masked_draw_is_checked_as_far_as_can_be_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    masked = whole_draw(rows(700), profile=Profile.MASKED)
    own = Files(masked.certificate.document(), masked.private.splitlines(keepends=True), json.loads(masked.officers))
    office, drawn = office_of(own)
    office.reserve(office.void(drawn[0]))
    stratum = office.entries[1]["taken"][1]
    _, second, *_ = office.next_of(stratum)
    office.entries[1]["taken"][1] = "*"
    honest = dict(office.entries[1])
    (tmp_path / "master").write_text(MASTER.hex())
    (tmp_path / "private.tsv").write_bytes(masked.private)
    private = ["--private", str(tmp_path / "private.tsv"), str(tmp_path / "master")]
    own.pool = masked.pool.splitlines(keepends=True)
    old, taken = own.certificate, office.entries
    office.publish()
    arguments = own.write(tmp_path)
    assert verify.main(arguments) == 0
    assert "－ 候补是本分类的下一户 [replacements.next]" in capsys.readouterr().out
    assert verify.main([*arguments, *private]) == 0
    assert "✓ 候补是本分类的下一户 [replacements.next]" in capsys.readouterr().out

    skipped = Files(old, own.pool, own.officers)
    again, _ = office_of(skipped)
    again.entries = [taken[0], {**honest, "taken": [second[0], "*", second[2]]}]
    again.publish()
    assert verify.main([*skipped.write(tmp_path), *private]) == 1
    assert "replacements.next" in failed_in(capsys.readouterr().out)


def test_the_checkpoint_is_checked_with_the_key_of_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = plain()
    log = files.certificate["log"]
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    root = base64.b64encode(bytes.fromhex(log["root_hash"])).decode()
    log["checkpoint"], key = note("log.example", private, f"log.example\n5\n{root}\n")
    arguments = files.write(tmp_path)
    assert verify.main([*arguments, "--log-key", key]) == 0
    assert "[log.signature]" in capsys.readouterr().out
    _, other = note("log.example", Ed25519PrivateKey.from_private_bytes(bytes(32)), "x\n")
    assert verify.main([*arguments, "--log-key", other]) == 1
    assert failed_in(capsys.readouterr().out) == {"log.signature"}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_history_of_replacements_is_verified(tmp_path: Path, data: st.DataObject) -> None:
    office, _ = office_of(plain())
    for _ in range(data.draw(st.integers(1, 8))):
        teams = office.teams()
        subject = data.draw(st.sampled_from(sorted(teams)))
        what = data.draw(st.sampled_from(["void", "reserve", "recusal_requested", "not_available", "publish"]))
        if what == "publish" and office.entries:
            office.publish()
        elif what in {"void", "reserve"}:
            void = office.void(subject)
            if what == "reserve" and office.next_of(office.rows[subject][5]):
                office.reserve(void)
        elif what != "publish":
            off = {one["out"] for one in office.all if one["kind"] == "officer" and one["subject"] == subject}
            if office.ranked(subject, {*teams[subject], *off}):
                office.officer(subject, data.draw(st.integers(1, 2)), what)
    if office.entries:
        office.publish()
    assert verify.main(office.files.write(tmp_path)) == 0
    assert sha256_hex(canonical(office.certificate)) != office.certificate.get("previous_sha256")


CELLS = st.lists(st.sampled_from(["county", "industry", "size", "type"]), min_size=1, unique=True).map(sorted)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 300), CELLS, st.text("0123456789abcdef", min_size=32, max_size=32))
def test_both_implementations_of_the_even_draw_agree(count: int, cells: list[str], key: str) -> None:
    pool = rows(count)
    eligible = Counter(row.credit_class for row in pool if row.eligible == "1")
    strata = [(name, n, -(-n // 3)) for name, n in sorted(eligible.items())]
    ours = select_cells(pool, strata, cells, KEY, key)
    commit = {"rule": {"filter": [], "strata": {"cells": cells}}, "strata": strata}
    names = ("county", "industry", "size", "type", "credit_class", "eligible")
    lines = ["\t".join([row.id, *(getattr(row, name) for name in names)]) for row in pool]
    scan = verify.Scan(commit, {}, False, set())
    scan.run(lines, KEY)
    cert = {"strata": [{"stratum": name, "k": k} for name, _, k in strata]}
    theirs = verify.evenly_drawn(cert, scan, key)
    assert sorted(theirs) == [(one.ticket, one.id, one.stratum) for one in ours.selected]


@pytest.mark.parametrize("count", [1, 255, 256, 257, 600])
def test_a_long_list_of_the_service_is_read_back(tmp_path: Path, count: int) -> None:
    told = [[f"{place:018d}", "B", f"{place:064x}"] for place in range(count)]
    written = long_list("selected.tsv", told)
    path = tmp_path / written.name
    path.write_bytes(b"".join(written.parts))
    report = verify.Report()
    assert verify.read_list(report, "selected", written.document(), str(path), "") == told
    assert report.failed == []
    path.write_bytes(path.read_bytes()[:-1])
    verify.read_list(report, "selected", written.document(), str(path), "")
    assert report.failed == ["selected.file"]
