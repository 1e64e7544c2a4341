"""Replacements replayed: the rule names the officer, nobody is drawn twice, and every edition follows from the last."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.canonical import sha256_hex
from services.draw.domain.commitment import Profile
from services.draw.domain.editions import next_edition, start_of
from services.draw.domain.next_in_line import remaining, without
from services.draw.domain.replacement import (
    Entry,
    Fresh,
    ReplacementInvalid,
    Reserve,
    SubjectNotDrawn,
    Swap,
    SwapReason,
    Taken,
    Void,
    VoidNeedsEvidence,
    VoidNotOpen,
    VoidReason,
    entry_from,
)
from services.draw.domain.roster import Officer, OpenPool, RaiseCap, Roster, roster_from
from services.draw.domain.standing import NobodyToSend, Standing, Start, replay
from tests.draw.domain.samples import KEY, MASTER, rows, whole_draw

HERE, THERE, CITY = "410311", "410302", "410300"
AT = "2026-11-22T08:00:00Z"
PROOF = ("ab" * 32,)


def start(
    teams: Mapping[str, tuple[str, ...]],
    officers: Mapping[str, tuple[str, int, int]],
    recusals: frozenset[tuple[str, str]] = frozenset(),
    escalation: tuple[RaiseCap | OpenPool, ...] = (),
) -> Start:
    """A draw of the subjects in `teams`; officers are (county, cap, load0)."""
    listed = tuple(Officer(number, county, ("X",), cap, load0) for number, (county, cap, load0) in officers.items())
    roster = Roster(listed, ("X",), recusals, escalation)
    return Start(tuple(Taken(one, "A", "00" * 32) for one in teams), teams, roster, KEY, 2, 0)


def by_hand(candidates: Mapping[str, int]) -> str:
    """The smallest (g, H(key | o | g), o), as ADR 0019 writes it; `candidates` maps officers to g."""
    return min((g, hashlib.sha256(f"{KEY}|{one}|{g}".encode()).hexdigest(), one) for one, g in candidates.items())[2]


FIVE = dict.fromkeys(("O1", "O2", "O3", "O4", "O5"), (HERE, 9, 0))
TEAMS = {"S1": ("O1", "O2"), "S2": ("O1", "O3")}
COUNTIES = dict.fromkeys(("S1", "S2", "S3", "S4"), HERE)


def swap(standing: Standing, subject: str, seat: int, reason: SwapReason = SwapReason.RECUSAL_REQUESTED) -> Swap:
    """The swap that the rule gives."""
    out = standing.teams[subject][seat - 1]
    return Swap(len(standing.entries) + 1, AT, subject, seat, out, standing.officer_for(subject, seat), reason)


@pytest.mark.article(10)
def test_a_seat_passes_to_the_officer_with_the_least_load_and_the_smallest_hash() -> None:
    standing = Standing(start(TEAMS, FIVE), COUNTIES)
    # O1 goes out, O2 sits there already; O3 holds one seat, O4 and O5 none.
    assert standing.officer_for("S1", 1) == by_hand({"O3": 1, "O4": 0, "O5": 0})
    standing.apply(swap(standing, "S1", 1))
    assert standing.teams["S1"] == (by_hand({"O4": 0, "O5": 0}), "O2")
    assert standing.load("O1") == 1


def test_earlier_work_counts_as_load() -> None:
    officers = FIVE | {"O4": (HERE, 9, 3), "O5": (HERE, 9, 2)}
    assert Standing(start(TEAMS, officers), COUNTIES).officer_for("S1", 1) == by_hand({"O3": 1, "O4": 3, "O5": 2})


@pytest.mark.article(5)
def test_nobody_comes_back_to_a_team_that_he_was_taken_off() -> None:
    three = {name: FIVE[name] for name in ("O1", "O2", "O3")}
    standing = Standing(start({"S1": ("O1", "O2")}, three), COUNTIES)
    standing.apply(swap(standing, "S1", 1))
    assert standing.teams["S1"] == ("O3", "O2")
    with pytest.raises(NobodyToSend, match="没有其他符合条件"):
        standing.officer_for("S1", 1)


@pytest.mark.article(5)
def test_an_officer_on_leave_gets_no_other_seat_however_free_he_is_now() -> None:
    four = {name: FIVE[name] for name in ("O1", "O2", "O3", "O4")} | {"O4": (HERE, 9, 9)}
    standing = Standing(start({"S1": ("O1", "O2"), "S2": ("O2", "O3")}, four), COUNTIES)
    standing.apply(swap(standing, "S1", 1, SwapReason.NOT_AVAILABLE))
    assert standing.teams["S1"][0] == "O3"
    assert standing.officer_for("S2", 1) == "O4"  # O1 would have g = 0


@pytest.mark.article(5)
def test_a_recused_officer_is_not_chosen() -> None:
    recusals = frozenset({("O4", "S1"), ("O5", "S1")})
    assert Standing(start(TEAMS, FIVE, recusals), COUNTIES).officer_for("S1", 1) == "O3"


def test_nobody_goes_beyond_his_cap() -> None:
    officers = FIVE | {"O4": (HERE, 0, 0), "O5": (HERE, 0, 0), "O3": (HERE, 1, 0)}
    with pytest.raises(NobodyToSend, match="均已达承办上限"):
        Standing(start(TEAMS, officers), COUNTIES).officer_for("S1", 1)


def test_a_step_is_taken_when_nobody_is_left_and_stays_taken() -> None:
    officers = {"O1": (HERE, 1, 0), "O2": (HERE, 1, 0), "C1": (CITY, 9, 0), "C2": (CITY, 9, 0)}
    steps = (OpenPool(CITY), RaiseCap(1))
    standing = Standing(start({"S1": ("O1", "O2"), "S2": ("O2", "O1")}, officers, escalation=steps), COUNTIES)
    standing.apply(swap(standing, "S1", 1))
    assert standing.teams["S1"][0] == by_hand({"C1": 0, "C2": 0})
    # The city's officers may go everywhere now, and the raise of the cap was not needed.
    standing.apply(swap(standing, "S2", 1))
    assert standing.teams["S2"][0] in {"C1", "C2"} - {standing.teams["S1"][0]}


def test_a_void_needs_a_document() -> None:
    with pytest.raises(VoidNeedsEvidence):
        Void(1, AT, "S1", VoidReason.DUPLICATE, ())


def test_a_void_frees_its_officers_and_a_reserve_takes_them_by_the_rule() -> None:
    standing = Standing(start(TEAMS, FIVE), COUNTIES)
    standing.apply(Void(1, AT, "S1", VoidReason.DEREGISTERED, PROOF))
    assert (standing.load("O1"), standing.load("O2")) == (1, 0)
    loads = {"O1": 1, "O2": 0, "O3": 1, "O4": 0, "O5": 0}
    first = by_hand(loads)
    second = by_hand({name: g for name, g in loads.items() if name != first})
    assert standing.team_for("S3") == (first, second)
    standing.apply(Reserve(2, AT, 1, Taken("S3", "A", "11" * 32), (first, second)))
    assert standing.current == ["S2", "S3"]
    assert standing.open_voids == {}


def test_a_void_is_made_up_for_once() -> None:
    standing = Standing(start(TEAMS, FIVE), COUNTIES)
    standing.apply(Void(1, AT, "S1", VoidReason.DEREGISTERED, PROOF))
    standing.apply(Reserve(2, AT, 1, Taken("S3", "A", "11" * 32), standing.team_for("S3")))
    with pytest.raises(VoidNotOpen):
        standing.apply(Reserve(3, AT, 1, Taken("S4", "A", "22" * 32), standing.team_for("S4")))


def test_nobody_is_taken_twice() -> None:
    standing = Standing(start(TEAMS, FIVE), COUNTIES)
    standing.apply(Void(1, AT, "S1", VoidReason.DEREGISTERED, PROOF))
    for again in ("S1", "S2"):
        with pytest.raises(ReplacementInvalid, match="已经抽中过"):
            replay(
                start(TEAMS, FIVE),
                [*standing.entries, Reserve(2, AT, 1, Taken(again, "A", "11" * 32), ("O4", "O5"))],
                COUNTIES,
            )


@pytest.mark.parametrize("team", [("O4", "O4"), ("O5", "O9"), ("O1", "O3")])
def test_a_team_that_the_rule_does_not_give_is_refused(team: tuple[str, str]) -> None:
    standing = Standing(start(TEAMS, FIVE), COUNTIES)
    standing.apply(Void(1, AT, "S1", VoidReason.DEREGISTERED, PROOF))
    with pytest.raises(ReplacementInvalid, match="检查人员应为"):
        standing.apply(Reserve(2, AT, 1, Taken("S3", "A", "11" * 32), team))


def test_what_a_fresh_draw_took_is_dealt_with_there() -> None:
    standing = Standing(start(TEAMS, FIVE), COUNTIES)
    standing.apply(Void(1, AT, "S1", VoidReason.DEREGISTERED, PROOF))
    taken = (Taken("S3", "A", "11" * 32),)
    standing.apply(Fresh(2, AT, (1,), "T-1-r1", "cd" * 32, taken, (("S3", ("O4", "O9")),)))
    assert standing.current == ["S2"]
    assert standing.load("O4") == 1
    with pytest.raises(SubjectNotDrawn):
        standing.apply(Void(3, AT, "S3", VoidReason.DUPLICATE, PROOF))


def test_entries_come_in_order_of_number_and_time() -> None:
    standing = Standing(start(TEAMS, FIVE), COUNTIES)
    with pytest.raises(ReplacementInvalid, match="依次编号"):
        standing.apply(Void(2, AT, "S1", VoidReason.DUPLICATE, PROOF))
    standing.apply(Void(1, AT, "S1", VoidReason.DUPLICATE, PROOF))
    with pytest.raises(ReplacementInvalid, match="早于上一条"):
        standing.apply(Void(2, "2026-11-22T07:59:59Z", "S2", VoidReason.DUPLICATE, PROOF))


def test_an_entry_reads_back_as_it_was_written_and_refuses_more() -> None:
    entries: list[Entry] = [
        Void(1, AT, "S1", VoidReason.COURT_ORDER, PROOF),
        Reserve(2, AT, 1, Taken("S3", "*", "11" * 32), ("O1", "O2")),
        Fresh(3, AT, (4, 5), "T-1-r4", "cd" * 32, (Taken("S4", "B", "22" * 32),), (("S4", ("O1", "O2")),)),
        Swap(4, AT, "S2", 2, "O3", "O4", SwapReason.NOT_AVAILABLE),
    ]
    for entry in entries:
        assert entry_from(json.loads(json.dumps(entry.document()))) == entry
        with pytest.raises(ReplacementInvalid):
            entry_from(entry.document() | {"note": "more"})
    with pytest.raises(ReplacementInvalid):
        entry_from(entries[0].document() | {"reason": "unwanted"})


def test_an_edition_repeats_the_one_before_and_names_its_hash() -> None:
    first = whole_draw(rows(300)).certificate.bytes
    subject = json.loads(first)["selected"][0][0]
    second = next_edition(first, [Void(1, AT, subject, VoidReason.DUPLICATE, PROOF)])
    third = next_edition(second, [Void(2, AT, subject, VoidReason.DUPLICATE, PROOF)])
    before, after = json.loads(first), json.loads(second)
    assert "edition" not in before
    assert (after["edition"], after["previous_sha256"]) == (2, sha256_hex(first))
    assert json.loads(third)["previous_sha256"] == sha256_hex(second)
    assert {name: after[name] for name in before if name != "replacements"} == {
        name: before[name] for name in before if name != "replacements"
    }


def test_who_is_gone_counts_as_not_eligible_and_nothing_else_changes() -> None:
    pool = rows(600)
    pages = [b"".join(one.line for one in pool[place : place + 256]) for place in range(0, 600, 256)]
    gone = {pool[place].id for place in (0, 255, 256, 300, 599)}
    blanked = b"".join(without(pages, gone)).decode().splitlines()
    assert len(blanked) == 600
    for line, row in zip(blanked, pool, strict=True):
        expected = row._replace(eligible="0") if row.id in gone else row
        assert line == expected.line.decode().rstrip("\n")


def test_what_remains_of_the_strata() -> None:
    pool = [row for row in rows(100) if row.eligible == "1"]
    counts = Counter(row.credit_class for row in pool)
    strata = tuple((name, counts[name], 1) for name in "ABCDU")
    gone = [next(row for row in pool if row.credit_class == name) for name in "AB"]
    left = {name: (n, k) for name, n, k in remaining(strata, gone, {"A": 1, "C": 1000})}
    assert left["A"] == (counts["A"] - 1, 1)
    assert left["B"] == (counts["B"] - 1, 0)
    assert left["C"] == (counts["C"], counts["C"])


@given(st.data(), st.integers(60, 400), st.sampled_from([Profile.OPEN, Profile.MASKED]))
@settings(max_examples=40, deadline=None)
def test_any_history_replays_to_the_same_list(data: st.DataObject, size: int, profile: Profile) -> None:
    """Whatever is voided and replaced: two officers each, nobody twice, nobody recused, loads add up."""
    pool = rows(size)
    drawn = whole_draw(pool, profile=profile)
    document = json.loads(drawn.certificate.bytes)
    roster = roster_from(json.loads(drawn.officers))
    begin = start_of(document, document["selected"], document["assignments"], roster)
    county_of = {row.id: row.county for row in pool}
    standing = Standing(begin, county_of)
    spare = [row.id for row in pool if row.id not in standing.known and row.eligible == "1"]
    for _ in range(data.draw(st.integers(1, 8))):
        n = len(standing.entries) + 1
        kind = data.draw(st.sampled_from(["void", "reserve", "officer"]))
        try:
            if kind == "void" and standing.current:
                subject = data.draw(st.sampled_from(standing.current))
                standing.apply(Void(n, AT, subject, VoidReason.DUPLICATE, PROOF))
            elif kind == "reserve" and standing.open_voids and spare:
                subject = spare.pop()
                void = data.draw(st.sampled_from(sorted(standing.open_voids)))
                standing.apply(Reserve(n, AT, void, Taken(subject, "*", "00" * 32), standing.team_for(subject)))
            elif kind == "officer" and standing.current:
                subject = data.draw(st.sampled_from(standing.current))
                standing.apply(swap(standing, subject, data.draw(st.integers(1, 2))))
        except NobodyToSend:
            continue
    again = replay(begin, [entry_from(entry.document()) for entry in standing.entries], county_of)
    assert again.teams == standing.teams
    assert set(again.teams).isdisjoint(again.voids.values())
    for subject, team in again.teams.items():
        assert len(set(team)) == 2
        assert not {(number, subject) for number in team} & roster.recusals
    held = Counter(number for team in again.teams.values() for number in team)
    assert all(again.load(officer.number) == held[officer.number] for officer in roster.officers)
    assert all(held[officer.number] <= officer.cap + 1 for officer in roster.officers)


def test_masters_stay_inside() -> None:
    drawn = whole_draw(rows(300), profile=Profile.MASKED)
    second = next_edition(
        drawn.certificate.bytes,
        [Void(1, AT, drawn.certificate.selected()[0][0], VoidReason.DUPLICATE, PROOF)],
    )
    assert MASTER.hex().encode() not in second
    assert {row[1] for row in json.loads(second)["selected"]} == {"*"}
